"""Policies that AWS would not store: malformed ones, too long ones, those that trust whom there is not.

moto looks at what its IAM API is given, and not at what templates bring.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import functools
import inspect
import json
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.exceptions import LimitExceededException, MalformedPolicyDocument, NotFoundException
from moto.iam.models import IAMBackend, InlinePolicy, iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
from moto.kms.models import KmsBackend
from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend

from rehearsal.cloud.permissions.callers import parsed
from rehearsal.cloud.permissions.policy import principals_of

LONGEST_INLINE = 10_240
LONGEST_MANAGED = 6_144
LONGEST_TRUST = 2_048
"""Characters, white space not counted: of all inline policies of a role together, of a managed policy, of a trust."""


class _MalformedKeyPolicy(ServiceException):
    code = "MalformedPolicyDocumentException"


def install() -> None:
    """Let IAM, S3 and KMS look at the policies that they are given."""
    _before(IAMBackend, "create_role", check_trust, "assume_role_policy_document")
    _before(IAMBackend, "update_assume_role_policy", check_trust, "policy_document")
    _before(IAMBackend, "create_inline_policy", check_identity_policy, "policy_document")
    IAMBackend.update_inline_policy = _restoring(IAMBackend.update_inline_policy)  # type: ignore[method-assign]
    _before(IAMBackend, "create_policy", _check_managed_policy, "policy_document")
    _before(IAMBackend, "create_policy_version", _check_managed_policy, "policy_document")
    InlinePolicy.apply_policy = _within_quota(InlinePolicy.apply_policy)  # type: ignore[method-assign]
    _before(S3Backend, "put_bucket_policy", _check_bucket_policy, "policy", "bucket_name")
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
    if _length(document) > LONGEST_TRUST:
        raise LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {LONGEST_TRUST}")
    missing = _missing_principal(document)
    if missing:
        raise MalformedPolicyDocument(f'Invalid principal in policy: "AWS":"{missing}"')


def _check_managed_policy(document: Any) -> None:
    if _length(document) > LONGEST_MANAGED:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {LONGEST_MANAGED}")


def _within_quota(apply: Any) -> Any:
    """Take the policy of a template from its roles again where it makes theirs too long."""

    def apply_policy(self: InlinePolicy, backend: IAMBackend) -> None:
        apply(self, backend)
        for name in self.role_names or []:
            policies = backend.get_role(name).policies.values()
            if sum(map(_length, policies)) > LONGEST_INLINE:
                self.unapply_policy(backend)
                raise LimitExceededException(f"Maximum policy size of {LONGEST_INLINE} bytes exceeded for role {name}")

    return apply_policy


def _restoring(update: Any) -> Any:
    """Give the roles of a template's policy back what they had where its update fails."""

    def update_inline_policy(self: IAMBackend, resource_name: str, *given: Any, **named: Any) -> InlinePolicy:
        policy = self.get_inline_policy(resource_name)
        before = dict(vars(policy))
        try:
            updated: InlinePolicy = update(self, resource_name, *given, **named)
        except (LimitExceededException, MalformedPolicyDocument):
            vars(policy).update(before)
            policy.apply_policy(self)
            raise
        return updated

    return update_inline_policy


def _check_bucket_policy(document: Any, bucket: str) -> None:
    for statement in parsed(document):
        named = statement.elements.get("Resource", [])
        for resource in [named] if isinstance(named, str) else named:
            if resource != "*" and resource.partition(":::")[2].partition("/")[0] != bucket:
                raise S3ClientError("MalformedPolicy", f"Policy has invalid resource: {resource}")
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


def _length(document: Any) -> int:
    return len("".join(_as_json(document).split()))


def _before(owner: Any, name: str, check: Any, *parameters: str) -> None:
    """Let a check look at parameters of an operation before it is carried out."""
    operation = getattr(owner, name)
    signature = inspect.signature(operation)

    def checking(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named).arguments
        check(*(bound[parameter] for parameter in parameters))
        return operation(*given, **named)

    setattr(owner, name, functools.wraps(operation)(checking))  # the signature stays known
