"""AssumeRole as AWS answers it: the role must exist, its trust must name the caller, whose own policies must allow it.

moto hands out credentials for any ARN. A session of a role is held to both policies with their conditions; of what
services and users ask for, the principals of the trust are looked at, its conditions are not.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

from rehearsal.cloud.permissions.callers import caller_of, parsed
from rehearsal.cloud.permissions.decision import Caller, Denial, ResourcePolicy, decide
from rehearsal.cloud.permissions.operations import requests_of
from rehearsal.cloud.permissions.policy import Statement, principals_of

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
        session = None if service else caller_of(self.access_key, self.region)
        if session:
            denial = _denied(self, session, role_arn)
            if denial:
                raise AccessDenied(f"User: {denial}")
            return answer(self)
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
        ARN of the user that asks; sessions of roles are held to more than the trust.
    account
        Account of the caller.

    Returns
    -------
    bool
        False also for a role that does not exist.
    """
    wanted = {service} if service else {"*", account, caller, f"arn:{get_partition_of(role_arn)}:iam::{account}:root"}
    kind = "Service" if service else "AWS"
    return any(wanted & set(principals_of(statement, kind)) for statement in _trust(role_arn) if _allows(statement))


def get_partition_of(arn: str) -> str:
    """Return the partition of an ARN: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    return arn.split(":")[1] if arn.startswith("arn:") else get_partition("us-east-1")


def _denied(response: TokenResponse, caller: Caller, role_arn: str) -> Denial | None:
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    trust = ResourcePolicy(account, _trust(role_arn), decides=True)
    return next((decide(caller, request, trust) for request in requests_of(response, caller)), None)


def _trust(role_arn: str) -> tuple[Statement, ...]:
    """Return the statements of a role's trust policy with its principals; none if there is no such role."""
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""
    try:
        role = iam_backends[account][get_partition_of(role_arn)].get_role_by_arn(role_arn)
    except (NotFoundException, KeyError):
        return ()
    return tuple(
        Statement(one.effect, {**one.elements, "Resource": role_arn})
        for one in parsed(role.assume_role_policy_document)
    )


def _allows(statement: Statement) -> bool:
    actions = statement.elements.get("Action", [])
    return statement.effect == "Allow" and "sts:AssumeRole" in ([actions] if isinstance(actions, str) else actions)
