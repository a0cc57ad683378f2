"""The executions: what the API shows of one, stopping it, and the end of all of them with the cloud."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.responses import get_backend

from rehearsal.cloud.stepfunctions.engine import is_loaded

RUNNING = "RUNNING"
_START_SECONDS = 5.0


class Executions:
    """The executions of all accounts."""

    def shut_down(self) -> None:
        """End all that run; the runs of jobs end with Glue."""
        if not is_loaded():
            return
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends  # noqa: PLC0415 - takes a second

        for regions in list(stepfunctions_parser_backends.values()):
            for backend in list(regions.values()):
                for machine in list(backend.state_machines):
                    abort_all(machine, cause="The local cloud ends")


def find(account: str, region: str, arn: str) -> Any:
    """Return an execution; raises ExecutionDoesNotExist if there is none."""
    return get_backend(account, region).describe_execution(arn)


def abort_all(machine: Any, *, cause: str) -> None:
    """Abort every execution of a machine that runs.

    Parameters
    ----------
    machine
        moto's state machine.
    cause
        Why.
    """
    for execution in list(machine.executions):
        abort(execution, cause=cause)


def abort(execution: Any, *, error: str | None = None, cause: str | None = None) -> datetime:
    """Abort an execution, with the job runs that it waits for.

    Parameters
    ----------
    execution
        moto's execution.
    error, cause
        What its history says of it.

    Returns
    -------
    datetime
        When it was stopped; of one that has ended, when it ended.
    """
    if execution.status != RUNNING:
        ended: datetime = execution.stop_date
        return ended
    deadline = time.monotonic() + _START_SECONDS
    while execution.exec_worker.env is None and time.monotonic() < deadline:
        time.sleep(0.01)  # its thread has not begun: moto would fail on that
    execution.error, execution.cause = error, cause
    moment = datetime.now(tz=UTC)
    execution.stop(stop_date=moment, error=error, cause=cause)
    return moment


def listed(execution: Any) -> dict[str, Any]:
    """Return an execution as ListExecutions shows it."""
    shown = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "redriveCount": 0,
    }
    return {name: value for name, value in shown.items() if value is not None}


def described(execution: Any) -> dict[str, Any]:
    """Return an execution as DescribeExecution shows it."""
    from moto.stepfunctions.parser.asl.utils.encoding import to_json_str  # noqa: PLC0415 - takes a second

    shown = {**listed(execution), "input": execution.execution_input, "inputDetails": {"included": True}}
    if execution.status == "SUCCEEDED":
        shown |= {"output": to_json_str(execution.output, separators=(",", ":")), "outputDetails": {"included": True}}
    if execution.status != RUNNING:
        shown |= {name: value for name in ("error", "cause") if (value := getattr(execution, name)) is not None}
    return shown


def history(execution: Any) -> list[dict[str, Any]]:
    """Return the events of an execution, the oldest first."""
    events: list[dict[str, Any]] = execution.to_history_output()["events"]
    return events
