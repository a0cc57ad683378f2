"""One job under watch: where its run stands, how long that took, and what there is to say about it in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.integ.glue_runs import FINAL_STATES, RunStatus
from tests.integ.stage import Stage

if TYPE_CHECKING:
    from tests.integ.workflow_runs import WatchedWorkflow

NOT_STARTED = "not started"


@dataclass
class WatchedJob:
    """The test of one job.

    Parameters
    ----------
    name
        Its deployed name.
    limit
        The seconds that a run may take.
    asked_at
        The time, by the clock of StageRuns, at which its run was first asked for; also of ``due``, when to look next.
    workflow
        The workflow that runs it, if it is not the test itself.
    """

    name: str
    limit: int
    asked_at: float
    due: float
    poll_seconds: float
    workflow: WatchedWorkflow | None = None
    run_id: str | None = None
    status: RunStatus | None = None
    restart_by: float | None = None
    trouble: str = ""
    waited: float = 0.0
    ran: float = 0.0
    seen_at: float = 0.0
    finished: bool = False
    verdict: str = ""
    stop_asked: bool = False

    def __post_init__(self) -> None:
        """Begin to count."""
        self.seen_at = self.asked_at

    @property
    def state(self) -> str:
        """Glue's state of the last attempt that was seen, or that nothing was seen yet."""
        if self.status is not None:
            return self.status.state
        return "STARTING" if self.run_id else NOT_STARTED

    @property
    def awaits_workflow(self) -> bool:
        """Whether it is its workflow that has to act: to start it in its turn, or to try again."""
        between_runs = self.run_id is None or self.state in FINAL_STATES
        return self.workflow is not None and between_runs and not self.trouble

    @property
    def standing(self) -> str:
        """The state with what belongs to it: the run, its duration, its error."""
        if self.status is None:
            return f"{self.state} {self.run_id or ''}".rstrip()
        if self.state not in FINAL_STATES:
            return f"{self.state} {self.run_id}" if self.state == "STARTING" else self.state
        error = f": {self.status.error}" if self.status.error else ""
        awaited = ", to be restarted by Glue" if self.restart_by is not None else ""
        return f"{self.state} after {self.seconds:.0f} s{error}{awaited}"

    @property
    def seconds(self) -> float:
        """How long the last attempt has run: as Glue counts, and by the own clock where Glue does not say it yet."""
        return (self.status.seconds if self.status else 0) or self.ran

    @property
    def stoppable(self) -> bool:
        """Whether a run of this job may be going on, or about to be restarted, that nobody stopped yet."""
        over = self.state in FINAL_STATES or self.run_id is None
        return not self.stop_asked and not (self.finished and over)

    def pass_time(self, now: float) -> None:
        """Count the time since the last look as run or as waited for, by what was last known."""
        passed, self.seen_at = now - self.seen_at, now
        if self.state == "RUNNING" and not self.trouble:
            self.ran += passed
        elif not self.awaits_workflow:
            self.waited += passed

    def follow(self, attempt: RunStatus) -> None:
        """Go on with the attempt by which Glue restarted the run."""
        self.run_id, self.status, self.restart_by, self.ran = attempt.run_id, attempt, None, 0.0

    def finish(self, verdict: str = "") -> None:
        """End the test: passed, or failed for the reason given."""
        self.finished, self.verdict = True, verdict

    def failure(self, stage: Stage) -> str | None:
        """Tell why the test failed, in the order in which a reader needs it; nothing if it passed."""
        if not self.verdict:
            return None
        lines = [f"{self.name} {self.verdict}"]
        if self.run_id is None:
            return lines[0]
        attempt = f", attempt {self.status.attempt + 1}" if self.status and self.status.attempt else ""
        lines.append(f"  run:   {self.run_id} {self.state}, {self.seconds:.0f} s{attempt}")
        if self.status and self.status.error:
            lines.append(f"  error: {self.status.error}")
        log_group = self.status.log_group if self.status else "/aws-glue/jobs/error"
        lines.append(f"  log:   {stage.log_link(log_group, self.run_id)}")
        return "\n".join(lines)

    def judge(self, status: RunStatus) -> None:
        """End the test by the final state of its run."""
        if status.state != "SUCCEEDED":
            said = status.error.splitlines()
            self.finish(f"{status.state}: {said[0] if said else 'Glue gives no error message'}")
        elif status.seconds >= self.limit:
            self.finish(f"is too slow: {status.seconds} s, its limit is {self.limit} s")
        else:
            self.finish()
