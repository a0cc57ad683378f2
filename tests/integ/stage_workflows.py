"""The workflows of a stage: each started once, watched, and stopped if the test ends before they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.integ.aws_errors import NotNowError, RefusedError, UnclearError
from tests.integ.interruption import Interruption
from tests.integ.pace import Pace
from tests.integ.state_machines import StateMachine
from tests.integ.workflow_runs import Executions, WatchedWorkflow


class StageWorkflows:
    """Runs each workflow once.

    Parameters
    ----------
    executions
        Where they run.
    machines
        The workflows, by their deployed names.
    limits
        The seconds that a run of each of their jobs may take, by the job's deployed name.
    say
        Shows a line on the terminal.

    Attributes
    ----------
    watched
        The tests of the workflows, by name.
    of_job
        By the name of a job the workflow that reports it: the first, if it belongs to several.
    """

    def __init__(
        self,
        executions: Executions,
        machines: Mapping[str, StateMachine],
        limits: Mapping[str, int],
        *,
        say: Callable[[str], None],
        interruption: Interruption,
        pace: Pace,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._executions, self._say, self._interruption, self._pace = executions, say, interruption, pace
        self._clock, self._sleep = clock, sleep
        now = clock()
        self.watched: dict[str, WatchedWorkflow] = {}
        self.of_job: dict[str, WatchedWorkflow] = {}
        for name, machine in machines.items():
            # as if its jobs ran one after the other, each held up as long as it may be
            limit = sum(limits[job] + pace.wait_seconds for job in machine.jobs)
            self.watched[name] = WatchedWorkflow(name, machine.arn, limit, now, now, pace.poll_seconds)
            for job in machine.jobs:
                self.of_job.setdefault(job, self.watched[name])

    def look(self) -> None:
        """Start or read those whose time has come."""
        for workflow in self.watched.values():
            if not workflow.finished and workflow.due <= self._clock():
                self._advance(workflow)

    def stop(self) -> None:
        """Stop executions, so that they start nothing more; their runs are stopped as all others are."""
        give_up_at = self._clock() + self._pace.stop_seconds
        for workflow in self.watched.values():
            while arn := workflow.arn_to_stop:
                outcome = self._stop_execution(workflow, arn)
                if outcome or self._clock() >= give_up_at:
                    self._say(f"{workflow.name}: its execution {outcome or f'was NOT stopped: {workflow.trouble}'}")
                    break
                self._sleep(self._pace.poll_seconds)

    def _advance(self, workflow: WatchedWorkflow) -> None:
        before = workflow.state
        try:
            if workflow.execution_arn is None:
                with self._interruption.held():
                    workflow.execution_arn = self._executions.start(workflow.arn, workflow.execution)
            else:
                workflow.see(self._executions.status(workflow.execution_arn))
            workflow.trouble = ""
        except (NotNowError, UnclearError) as error:
            if workflow.trouble != str(error):
                self._say(f"{workflow.name}: {workflow.state}, will ask again: {error}")
            workflow.trouble = str(error)
        except RefusedError as error:
            workflow.finish(f"cannot be {'watched' if workflow.execution_arn else 'started'}: {error}")
        if workflow.state != before:
            self._say(f"{workflow.name}: {before} -> {workflow.state}")
        if not workflow.finished and self._clock() - workflow.asked_at > workflow.limit:
            arn = workflow.arn_to_stop
            outcome = self._stop_execution(workflow, arn) if arn else "was never started"
            outcome = outcome or f"could not be stopped yet: {workflow.trouble}"
            workflow.finish(f"did not end within {workflow.limit:.0f} s; its execution {outcome}")
        workflow.due = self._clock() + workflow.poll_seconds
        workflow.poll_seconds = min(1.5 * workflow.poll_seconds, self._pace.longest_poll_seconds)

    def _stop_execution(self, workflow: WatchedWorkflow, arn: str) -> str | None:
        """Try once to stop an execution: tell what came of it, None to try again."""
        try:
            self._executions.stop(arn)
        except (NotNowError, UnclearError) as error:
            workflow.trouble = str(error)
            return None
        except RefusedError as error:
            workflow.stop_asked = True
            return f"could not be stopped: {error}"
        workflow.stop_asked = True
        return f"was stopped: {workflow.execution}"
