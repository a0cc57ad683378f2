"""AssumeRole as AWS answers it: the role must exist and its trust policy must name the caller.

moto hands out credentials for any ARN. Here the principals of the trust policy are honoured; its conditions are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

SERVICE_HEADER = "x-rehearsal-service"
"""Header by which the local cloud's own parts act as a service, for example ``glue.amazonaws.com``."""


class AccessDenied(ServiceException):
    """The caller may not assume the role."""

    code = "AccessDenied"


def install() -> None:
    """Let moto's AssumeRole ask for the role and its trust."""
    answer = TokenResponse.assume_role

    def assume_role(self: TokenResponse) -> ActionResult:
        service = self.headers.get(SERVICE_HEADER)
        role_arn = self._get_param("RoleArn")
        _, caller, account = sts_backends[self.current_account][self.partition].get_caller_identity(
            self.access_key, self.region
        )
        if not trusts(role_arn, service=service, caller=caller, account=account):
            raise AccessDenied(
                f"User: {service or caller} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            )
        return answer(self)

    TokenResponse.assume_role = assume_role  # type: ignore[method-assign]


def trusts(role_arn: str, *, service: str | None = None, caller: str = "", account: str = "") -> bool:
    """Say whether a role lets a service or a caller assume it.

    Parameters
    ----------
    role_arn
        The role that is to be assumed.
    service
        Service principal that asks; ``None`` when a user or role asks.
    caller
        ARN of the user, role or assumed role that asks.
    account
        Account of the caller.

    Returns
    -------
    bool
        False also for a role that does not exist.
    """
    role_account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    try:
        role = iam_backends[role_account][get_partition_of(role_arn)].get_role_by_arn(role_arn)
    except (NotFoundException, KeyError):
        return False
    document = role.assume_role_policy_document
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    wanted = {service} if service else {"*", account, caller, f"arn:{get_partition_of(role_arn)}:iam::{account}:root"}
    if not service and ":assumed-role/" in caller:
        wanted.add(_role_of_session(caller, role_arn))
    kind = "Service" if service else "AWS"
    return any(wanted & set(_principals(statement, kind)) for statement in _allowing(policy))


def get_partition_of(arn: str) -> str:
    """Return the partition of an ARN: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    return arn.split(":")[1] if arn.startswith("arn:") else get_partition("us-east-1")


def _allowing(policy: dict[str, Any]) -> Iterable[dict[str, Any]]:
    statements = policy.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        actions = statement.get("Action", [])
        allowed = [actions] if isinstance(actions, str) else actions
        if statement.get("Effect") == "Allow" and "sts:AssumeRole" in allowed:
            yield statement


def _principals(statement: dict[str, Any], kind: str) -> list[str]:
    principal = statement.get("Principal", {})
    if principal == "*":
        return ["*"]
    named = principal.get(kind, [])
    return [named] if isinstance(named, str) else list(named)


def _role_of_session(caller: str, role_arn: str) -> str:
    # arn:aws:sts::<account>:assumed-role/<role name>/<session>; the path of the role is not part of it
    account, name = caller.split(":")[4], caller.split("/")[1]
    try:
        return str(iam_backends[account][get_partition_of(role_arn)].get_role(name).arn)
    except NotFoundException:
        return ""
