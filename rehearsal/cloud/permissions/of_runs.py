"""What Glue does as a run's role: it reads the job's connections and writes the run's logs."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import Caller, Denial, decide
from rehearsal.cloud.permissions.policy import Request


def denied_connection(caller: Caller, region: str, name: str) -> Denial | None:
    """Decide on the reading of a connection.

    Parameters
    ----------
    caller
        The run's role.
    region
        Where the job is.
    name
        The connection.
    """
    prefix = _prefix(caller, "glue", region)
    return _first(caller, region, [("glue:GetConnection", prefix + end) for end in ("catalog", f"connection/{name}")])


def denied_logs(caller: Caller, region: str, group: str, stream: str) -> Denial | None:
    """Decide on the writing of a log stream.

    Parameters
    ----------
    caller
        The run's role.
    region
        Where the job is.
    group, stream
        The names of the log group and of the stream.
    """
    arn = f"{_prefix(caller, 'logs', region)}log-group:{group}:log-stream:"
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    return _first(caller, region, [(action, arn + stream) for action in actions])


def _first(caller: Caller, region: str, asked: Iterable[tuple[str, str]]) -> Denial | None:
    known = context_of(caller, caller.account, region)
    denials = (decide(caller, Request(action, resource, known)) for action, resource in asked)
    return next((denial for denial in denials if denial), None)


def _prefix(caller: Caller, service: str, region: str) -> str:
    return f"arn:{caller.role_arn.split(':')[1]}:{service}:{region}:{caller.account}:"
