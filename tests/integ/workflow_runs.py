"""A workflow under test: an execution of its state machine, started, read and stopped."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import boto3

from tests.integ.aws_errors import sorted_errors
from tests.integ.stage import Stage, patience
from tests.integ.watched_job import NOT_STARTED

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
_LONGEST_CAUSE = 1000  # characters; Step Functions keeps 32,768


@dataclass(frozen=True)
class ExecutionStatus:
    """What Step Functions says of an execution."""

    state: str
    error: str
    cause: str


class Executions:
    """The executions of one account and Region.

    Every method raises NotNowError, UnclearError or RefusedError, and no other error of AWS.
    """

    def __init__(self, session: boto3.Session) -> None:
        self._states = session.client("stepfunctions", config=patience(3))

    def start(self, state_machine_arn: str, name: str) -> str:
        """Start an execution and give its ARN; asked again with the same name, Step Functions starts no other."""
        with sorted_errors():
            return str(self._states.start_execution(stateMachineArn=state_machine_arn, name=name)["executionArn"])

    def status(self, arn: str) -> ExecutionStatus:
        """Read an execution."""
        with sorted_errors():
            told = self._states.describe_execution(executionArn=arn)
        return ExecutionStatus(told["status"], told.get("error") or "", told.get("cause") or "")

    def stop(self, arn: str) -> None:
        """Stop an execution; Step Functions then stops the runs that it waits for."""
        with sorted_errors():
            self._states.stop_execution(executionArn=arn, error="IntegrationTest", cause="the test was ended")


@dataclass
class WatchedWorkflow:
    """The test of one workflow.

    Parameters
    ----------
    name
        Its deployed name.
    arn
        The ARN of its state machine.
    limit
        The seconds that an execution may take, so that a test ends by itself.
    asked_at
        The time, by the clock of StageRuns, at which it was first asked for; also of ``due``, when to look next.
    """

    name: str
    arn: str
    limit: float
    asked_at: float
    due: float
    poll_seconds: float
    execution: str = field(default_factory=lambda: f"integration-test-{uuid.uuid4()}")
    execution_arn: str | None = None
    status: ExecutionStatus | None = None
    trouble: str = ""
    finished: bool = False
    verdict: str = ""
    stop_asked: bool = False

    @property
    def state(self) -> str:
        """The state that was last seen."""
        if self.status is not None:
            return self.status.state
        return "RUNNING" if self.execution_arn else NOT_STARTED

    @property
    def arn_to_stop(self) -> str | None:
        """The execution that may be going on and that nobody stopped yet, also if its start had an unclear answer."""
        if self.state in ENDED or self.stop_asked:
            return None
        unclear = f"{self.arn.replace(':stateMachine:', ':execution:')}:{self.execution}" if self.trouble else None
        return self.execution_arn or unclear

    def see(self, status: ExecutionStatus) -> None:
        """Take note of what Step Functions says, and end the test if the execution has ended."""
        self.status = status
        if status.state == "SUCCEEDED":
            self.finish()
        elif status.state in ENDED:
            reason = ": ".join(part for part in (status.error, status.cause[:_LONGEST_CAUSE]) if part)
            self.finish(f"{status.state}: {reason or 'Step Functions gives no reason'}")

    def finish(self, verdict: str = "") -> None:
        """End the test: passed, or failed for the reason given."""
        self.finished, self.verdict = True, verdict

    def failure(self, stage: Stage) -> str | None:
        """Tell why the test failed; nothing if it passed."""
        if not self.verdict:
            return None
        link = f"\n  execution: {stage.execution_link(self.execution_arn)}" if self.execution_arn else ""
        return f"{self.name} {self.verdict}{link}"
