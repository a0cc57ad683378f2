"""The runs of a stage's jobs and workflows: started at once, watched by one poller, stopped if the test ends first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tests.integ.aws_errors import NotNowError, RefusedError, UnclearError
from tests.integ.glue_runs import FINAL_STATES, RESTARTED_STATES, GlueRuns
from tests.integ.interruption import Interruption
from tests.integ.pace import Pace
from tests.integ.stage_workflows import StageWorkflows
from tests.integ.state_machines import StateMachine
from tests.integ.watched_job import NOT_STARTED, WatchedJob
from tests.integ.workflow_runs import Executions, WatchedWorkflow

_NAMES_IN_A_LINE = 5


class StageRuns:
    """Runs each workflow once, and each job that belongs to none.

    Parameters
    ----------
    glue, executions
        Where the runs are, and those of workflows.
    limits
        The seconds that each job's run may take, by the job's deployed name.
    workflows
        The workflows to run, by their deployed names; each job of theirs is one of ``limits``.
    say
        Shows a line on the terminal.
    """

    def __init__(
        self,
        glue: GlueRuns,
        limits: Mapping[str, int],
        *,
        executions: Executions,
        workflows: Mapping[str, StateMachine],
        say: Callable[[str], None],
        interruption: Interruption,
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._glue, self._pace, self._interruption = glue, pace, interruption
        self._clock, self._sleep = clock, sleep
        self._say_line = say
        self._began = self._said_at = clock()
        now = self._began
        self._workflows = StageWorkflows(
            executions, workflows, limits, say=self._say, interruption=interruption, pace=pace, clock=clock, sleep=sleep
        )
        self._jobs = {
            job: WatchedJob(job, limit, now, now, pace.poll_seconds, self._workflows.of_job.get(job))
            for job, limit in limits.items()
        }

    def start(self) -> None:
        """Ask for a run of every job without waiting for any; who meets a limit asks again while others are watched."""
        alone = sum(job.workflow is None for job in self._jobs.values())
        watched = self._workflows.watched
        workflows = f"{_count(len(watched), 'workflow')} and " if watched else ""
        self._say(f"starting {workflows}{_count(alone, 'job')}")
        self._look()

    def result(self, name: str) -> WatchedJob:
        """Watch all runs until this job has its result."""
        job = self._jobs[name]
        while not job.finished:
            self._pause()
            self._look()
        return job

    def workflow_result(self, name: str) -> WatchedWorkflow:
        """Watch all runs until this workflow has its result."""
        workflow = self._workflows.watched[name]
        while not workflow.finished:
            self._pause()
            self._look()
        return workflow

    def stop(self) -> None:
        """Stop every run that was started and did not end, each once, and say so."""
        self._workflows.stop()
        left = [job for job in self._jobs.values() if job.stoppable]
        give_up_at = self._clock() + self._pace.stop_seconds
        while True:
            outcomes = {job.name: self._stop(job) for job in left}
            left = [job for job in left if outcomes[job.name] is None]
            for name, outcome in outcomes.items():
                if outcome:
                    self._say(f"{name}: its run {outcome}")
            if not left or self._clock() >= give_up_at:
                break
            self._sleep(self._pace.poll_seconds)
        for job in left:
            self._say(f"{job.name}: its run was NOT stopped and may go on: {job.run_id}: {job.trouble}")

    def _stop(self, job: WatchedJob) -> str | None:
        """Try once to stop the job's run: tell what came of it, nothing if there is no run, None to try again."""
        try:
            run_id = self._run_to_stop(job)
            outcome = self._glue.stop(job.name, run_id) if run_id else ""
        except (NotNowError, UnclearError) as error:
            job.trouble = str(error)
            return None
        except RefusedError as error:
            outcome = f"could not be stopped: {error}"
        job.stop_asked = True
        return outcome

    def _run_to_stop(self, job: WatchedJob) -> str | None:
        if job.workflow is None:
            return job.run_id or self._glue.unclear_start(job.name)
        last = self._glue.run_of_workflow(job.name, job.workflow.execution)
        return last.run_id if last and last.state not in FINAL_STATES else None

    def _look(self) -> None:
        self._workflows.look()
        for job in self._jobs.values():
            if not job.finished and job.due <= self._clock():
                self._advance(job)

    def _pause(self) -> None:
        heartbeat_at = self._said_at + self._pace.heartbeat_seconds
        watched: list[WatchedJob | WatchedWorkflow] = [*self._workflows.watched.values(), *self._jobs.values()]
        due = min(one.due for one in watched if not one.finished)
        self._sleep(max(0.0, min(due, heartbeat_at) - self._clock()))
        if self._clock() >= heartbeat_at:
            self._say(self._standing())

    def _advance(self, job: WatchedJob) -> None:
        job.pass_time(self._clock())
        before = job.run_id, job.state
        try:
            self._take_step(job)
            job.trouble = ""
        except (NotNowError, UnclearError) as error:
            if job.trouble != str(error):
                self._say(f"{job.name}: {job.state}, will ask again: {error}")
            job.trouble = str(error)
        except RefusedError as error:
            self._give_up(job, f"cannot be {'watched' if job.run_id else 'started'}: {error}")
        if (job.run_id, job.state) != before:
            self._say(f"{job.name}: {before[1]} -> {job.standing}")
        if not job.finished and job.waited > self._pace.wait_seconds:
            self._give_up(job, _waited_too_long(job))
        job.due = self._clock() + job.poll_seconds
        job.poll_seconds = min(1.5 * job.poll_seconds, self._pace.longest_poll_seconds)

    def _take_step(self, job: WatchedJob) -> None:
        if job.workflow is not None:
            self._follow(job, job.workflow)
        elif job.run_id is None:
            with self._interruption.held():
                job.run_id = self._glue.start(job.name)
        elif job.restart_by is not None:
            self._await_restart(job)
        else:
            self._read(job, job.run_id)

    def _follow(self, job: WatchedJob, workflow: WatchedWorkflow) -> None:
        """Look for the run that the workflow has started of the job, and at how it goes."""
        nothing_follows = workflow.finished  # known before the run is read, which then is the last
        run = self._glue.run_of_workflow(job.name, workflow.execution) if workflow.execution_arn else None
        if run is None:
            if nothing_follows:
                job.finish(f"was not started: its workflow {workflow.name} {workflow.verdict or 'ended without it'}")
            return
        if run.run_id != job.run_id:
            job.follow(run)
            job.poll_seconds = self._pace.poll_seconds
        job.status = run
        if run.state == "SUCCEEDED" or (run.state in FINAL_STATES and nothing_follows):
            job.judge(run)
        elif run.state == "RUNNING" and job.seconds > job.limit:
            self._give_up(job, f"is too slow: RUNNING for {job.seconds:.0f} s, its limit is {job.limit} s")
        elif nothing_follows and run.state not in FINAL_STATES and run.state != "STOPPING":
            self._give_up(job, f"was left {run.state} by its workflow {workflow.name}, which {workflow.verdict}")

    def _read(self, job: WatchedJob, run_id: str) -> None:
        job.status = status = self._glue.status(job.name, run_id)
        if status.state in RESTARTED_STATES and status.attempt < self._retries(job):
            job.restart_by = self._clock() + self._pace.restart_seconds
        elif status.state in FINAL_STATES:
            job.judge(status)
        elif status.state == "RUNNING" and job.seconds > job.limit:
            self._give_up(job, f"is too slow: RUNNING for {job.seconds:.0f} s, its limit is {job.limit} s")

    def _retries(self, job: WatchedJob) -> int:
        try:
            return self._glue.max_retries(job.name)
        except RefusedError as error:
            # the failure itself matters more than whether Glue tries again
            self._say(f"{job.name}: it is unknown whether Glue restarts it: {error}")
            return 0

    def _await_restart(self, job: WatchedJob) -> None:
        assert job.status is not None  # only a run that was seen failing is awaited again
        assert job.restart_by is not None
        attempt = self._glue.next_attempt(job.name, job.status)
        if attempt is not None:
            job.follow(attempt)
            job.poll_seconds = self._pace.poll_seconds
        elif self._clock() >= job.restart_by:
            job.judge(job.status)

    def _give_up(self, job: WatchedJob, verdict: str) -> None:
        if job.run_id is not None and job.state not in FINAL_STATES:
            outcome = self._stop(job)
            verdict += f"; the run {outcome}" if outcome else f"; the run could not be stopped yet: {job.trouble}"
        job.finish(verdict)

    def _standing(self) -> str:
        to_go = [job for job in self._jobs.values() if not job.finished]
        shown = [f"{job.name} {job.state} {self._clock() - job.asked_at:.0f} s" for job in to_go[:_NAMES_IN_A_LINE]]
        more = f" and {len(to_go) - len(shown)} more" if len(to_go) > len(shown) else ""
        return f"{len(to_go)} of {_count(len(self._jobs), 'job')} to go: {', '.join(shown)}{more}"

    def _say(self, text: str) -> None:
        self._said_at = self._clock()
        minutes, seconds = divmod(int(self._said_at - self._began), 60)
        self._say_line(f"[{minutes:2d}:{seconds:02d}] {text}")


def _waited_too_long(job: WatchedJob) -> str:
    if job.state == NOT_STARTED:
        return f"was never started, after {job.waited:.0f} s of asking: {job.trouble}"
    if job.trouble:
        return f"could not be followed any more, last {job.state}: {job.trouble}"
    return f"was held up for {job.waited:.0f} s without running, last {job.state}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
