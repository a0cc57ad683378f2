"""Who makes a request: the session that an access key belongs to, and the policies of its role."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, Policy, Role, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.accounts import account_of
from rehearsal.cloud.permissions.decision import Caller
from rehearsal.cloud.permissions.policy import Statement, statements_of


def caller_of(access_key: str, region: str) -> Caller | None:
    """Return who makes a request.

    Parameters
    ----------
    access_key
        The ID of the key that signed it.
    region
        Where it was made; says in which partition.

    Returns
    -------
    Caller or None
        A session of a role. None for users and for the rehearsal itself, whom nothing restricts.
    """
    account, partition = account_of(access_key), get_partition(region)
    if account not in sts_backends or not access_key.startswith("ASIA"):
        return None
    session = sts_backends[account][partition].get_assumed_role_from_access_key(access_key)
    return caller_in_role(session.role_arn, session.session_name, session.policy or "") if session else None


def caller_in_role(role_arn: str, session: str, session_policy: str = "") -> Caller:
    """Return the caller that a session of a role is.

    Parameters
    ----------
    role_arn
        The role.
    session
        Name of the session.
    session_policy
        The policy that AssumeRole was given, if any: it bounds the session.

    Returns
    -------
    Caller
        Without any policy if the role is gone: such a session may do nothing any more.
    """
    _, partition, _, _, account, name = role_arn.split(":", 5)
    arn = f"arn:{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session}"
    backend = iam_backends[account][partition]
    try:
        role = backend.get_role_by_arn(role_arn)
    except NotFoundException:
        return Caller(arn, role_arn, account, ())
    identity = [*role.policies.values(), *map(_document, role.managed_policies.values())]
    bounds = [session_policy] if session_policy else []
    if role.permissions_boundary_arn:
        bounds.append(_managed(backend, role.permissions_boundary_arn))
    tags = tags_of(role)
    return Caller(
        arn,
        role_arn,
        account,
        tuple(statement for document in identity for statement in parsed(document)),
        tuple(parsed(bound) for bound in bounds),
        tuple((tag["Key"], tag["Value"]) for tag in tags),
    )


def tags_of(role: Role) -> list[dict[str, str]]:
    """Return the tags of a role in either form in which moto keeps them."""
    return list(role.tags.values() if isinstance(role.tags, dict) else role.tags or ())


def parsed(document: Any) -> tuple[Statement, ...]:
    """Return the statements of a policy in any form in which moto keeps one."""
    if isinstance(document, bytes):
        document = document.decode()
    if not isinstance(document, str):
        document = json.dumps(document)
    return statements_of(unquote(document) if document.startswith("%7B") else document)


def _managed(backend: IAMBackend, arn: str) -> str:
    try:
        return _document(backend.get_policy(arn))
    except NotFoundException:
        return '{"Statement": []}'  # a boundary that is gone allows nothing


def _document(policy: Policy) -> str:
    return str(next(version.document for version in policy.versions if version.version_id == policy.default_version_id))
