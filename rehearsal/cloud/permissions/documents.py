"""Policies that AWS would not store: malformed ones, and those that trust a role or a user that does not exist.

moto looks at what its IAM API is given, and not at what templates bring.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.exceptions import MalformedPolicyDocument, NotFoundException
from moto.iam.models import IAMBackend, InlinePolicy, iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.kms.models import KmsBackend
from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend

from rehearsal.cloud.permissions.callers import parsed
from rehearsal.cloud.permissions.policy import principals_of


class _MalformedKeyPolicy(ServiceException):
    code = "MalformedPolicyDocumentException"


def install() -> None:
    """Let IAM, S3 and KMS look at the policies that they are given."""
    _before(IAMBackend, "create_role", check_trust, "assume_role_policy_document")
    _before(IAMBackend, "update_assume_role_policy", check_trust, "policy_document")
    _before(IAMBackend, "create_inline_policy", check_identity_policy, "policy_document")
    _before(InlinePolicy, "update", check_identity_policy, "policy_document")
    _before(S3Backend, "put_bucket_policy", _check_bucket_policy, "policy")
    _before(KmsBackend, "create_key", _check_key_policy, "policy")
    _before(KmsBackend, "put_key_policy", _check_key_policy, "policy")


def check_identity_policy(document: Any) -> None:
    """Refuse a malformed policy of a role.

    Parameters
    ----------
    document
        The policy, as JSON or read.

    Raises
    ------
    MalformedPolicyDocument
        In IAM's words.
    """
    IAMPolicyDocumentValidator(_as_json(document)).validate()


def check_trust(document: Any) -> None:
    """Refuse a trust policy that is malformed, or names a role or a user that does not exist.

    Parameters
    ----------
    document
        The policy, as JSON or read.

    Raises
    ------
    MalformedPolicyDocument
        In IAM's words.
    """
    IAMTrustPolicyDocumentValidator(_as_json(document)).validate()
    missing = _missing_principal(document)
    if missing:
        raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{missing}"')


def _check_bucket_policy(document: Any) -> None:
    missing = _missing_principal(document)
    if missing:
        raise S3ClientError("MalformedPolicy", f'Invalid principal in policy: "AWS" : "{missing}"')


def _check_key_policy(document: Any) -> None:
    missing = _missing_principal(document) if document else None
    if missing:
        raise _MalformedKeyPolicy(f"Policy contains a statement with one or more invalid principals: {missing}")


def _missing_principal(document: Any) -> str | None:
    """Return the first role or user that a policy names and that does not exist."""
    for statement in parsed(document):
        for principal in principals_of(statement, "AWS"):
            if ":role/" in principal or ":user/" in principal:
                _, partition, _, _, account, name = [*principal.split(":", 5), *[""] * 5][:6]
                if not _exists(iam_backends[account][partition], principal, name):
                    return principal
    return None


def _exists(iam: IAMBackend, arn: str, name: str) -> bool:
    try:
        if name.startswith("role/"):
            iam.get_role_by_arn(arn)
        else:
            iam.get_user(name.rpartition("/")[2])
    except NotFoundException:
        return False
    return True


def _as_json(document: Any) -> str:
    policy = json.loads(document) if isinstance(document, (str, bytes)) else dict(document)
    statements = policy.get("Statement")
    if isinstance(statements, list):  # AWS::NoValue in a list
        policy["Statement"] = [one for one in statements if one is not None]
    policy["Version"] = "2012-10-17"  # IAM takes the older one and none too, moto's check does not
    return json.dumps(policy, default=str)


def _before(owner: Any, name: str, check: Any, parameter: str) -> None:
    operation = getattr(owner, name)
    names = operation.__code__.co_varnames
    place = names.index(parameter)

    def checking(*given: Any, **named: Any) -> Any:
        check(named[parameter] if parameter in named else given[place])
        return operation(*given, **named)

    setattr(owner, name, checking)
