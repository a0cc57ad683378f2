"""What Step Functions refuses when a state machine is made or changed, beyond its definition."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.logs.models import logs_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.permissions.callers import caller_in_role
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import decide
from rehearsal.cloud.permissions.policy import Request
from rehearsal.cloud.stepfunctions.definition import diagnose
from rehearsal.cloud.stepfunctions.trust import is_trusting

LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
)
"""What a role needs for a machine that logs, on every resource.

See https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""


class InvalidDefinition(ServiceException):
    """The definition is refused."""

    code = "InvalidDefinition"


class InvalidLoggingConfiguration(ServiceException):
    """The log group is refused."""

    code = "InvalidLoggingConfiguration"


class AccessDenied(ServiceException):
    """The role is refused."""

    code = "AccessDeniedException"


class StateMachineAlreadyExists(ServiceException):
    """There is another machine of this name."""

    code = "StateMachineAlreadyExists"


class StateMachineTypeNotSupported(ServiceException):
    """The rehearsal does not execute machines of this type."""

    code = "StateMachineTypeNotSupported"


def check_definition(definition: str, region: str) -> None:
    """Refuse a definition that AWS would refuse.

    Parameters
    ----------
    definition
        In the Amazon States Language.
    region
        Where the machine is to be.

    Raises
    ------
    InvalidDefinition
        With all that is wrong.
    """
    found = diagnose(definition, get_partition(region))
    if found:
        raise InvalidDefinition(f"Invalid State Machine Definition: '{', '.join(map(str, found))}'")


def check_role(role_arn: str, region: str) -> None:
    """Refuse a role that Step Functions may not assume.

    Parameters
    ----------
    role_arn
        The role of the machine.
    region
        Where the machine is to be.

    Raises
    ------
    AccessDenied
        In AWS's words; also for a role that does not exist.
    """
    if not is_trusting(role_arn, region):
        raise AccessDenied(
            "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to "
            f"assume the provided role. ({role_arn})"
        )


def check_logging(logging: dict[str, Any] | None, role_arn: str, account: str, region: str) -> None:
    """Refuse a log destination that does not exist or that the role may not set up.

    Parameters
    ----------
    logging
        The machine's LoggingConfiguration.
    role_arn
        The role of the machine.
    account, region
        Where the machine is to be.

    Raises
    ------
    InvalidLoggingConfiguration
        If there is no such log group.
    AccessDenied
        If the role lacks one of the actions of log delivery.
    """
    for destination in (logging or {}).get("destinations", ()):
        arn = str(destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))
        group = arn.removesuffix(":*").rpartition(":log-group:")[2]
        if not arn.endswith(":*") or group not in logs_backends[account][region].groups:
            raise InvalidLoggingConfiguration(f"Invalid Logging Configuration: Log Destination is invalid. ({arn})")
        caller = caller_in_role(role_arn, "states")
        known = context_of(caller, account, region)
        denials = (decide(caller, Request(action, "*", known)) for action in LOG_DELIVERY)
        denial = next((denial for denial in denials if denial), None)
        if denial:
            text = "The state machine IAM Role is not authorized to access the Log Destination"
            raise AccessDenied(f"{text} ({denial})")


def check_type(kind: str | None) -> None:
    """Refuse EXPRESS machines, which have no history and no ``.sync``.

    Raises
    ------
    StateMachineTypeNotSupported
        For anything but STANDARD.
    """
    if kind not in (None, "STANDARD"):
        raise StateMachineTypeNotSupported(f"The rehearsal does not execute state machines of type {kind}")
