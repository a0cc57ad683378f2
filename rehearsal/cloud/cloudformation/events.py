"""The status and the events of a stack, from which the CDK CLI tells its user what happened and why."""

from __future__ import annotations

from botocore.exceptions import ClientError, ParamValidationError
from moto.cloudformation.models import Event, Stack


def set_status(stack: Stack, status: str, reason: str | None = None) -> None:
    """Give a stack a status, with the event that goes with it.

    Parameters
    ----------
    stack
        The stack.
    status
        For example ``CREATE_COMPLETE``.
    reason
        Why, where something went wrong.
    """
    stack.status = status
    setattr(stack, "stack_status_reason", reason)  # noqa: B010 - DescribeStacks shows it, moto sets none
    stack._add_stack_event(status, resource_status_reason=reason)


def record(stack: Stack, name: str, physical_id: str, kind: str, status: str, *, reason: str | None = None) -> None:
    """Add the event of a resource.

    Parameters
    ----------
    stack
        The stack.
    name, physical_id, kind
        The resource's logical ID, physical ID and type.
    status
        For example ``CREATE_FAILED``.
    reason
        Why it failed.
    """
    stack.events.append(
        Event(
            stack_id=stack.stack_id,
            stack_name=stack.name,
            logical_resource_id=name,
            physical_resource_id=physical_id,
            resource_type=kind,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
    )


def reason_of(error: Exception) -> str:
    """Return what CloudFormation would write as the reason of a failure.

    Parameters
    ----------
    error
        What a resource raised.

    Returns
    -------
    str
        One line.
    """
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return f'Resource handler returned message: "{told["Message"]}" (Error Code: {told["Code"]})'
    if isinstance(error, ParamValidationError):
        return f'Resource handler returned message: "{" ".join(str(error).split())}" (Error Code: InvalidRequest)'
    text = getattr(error, "message", None) or getattr(error, "description", None) or str(error)
    return " ".join(str(text).split()) or type(error).__name__
