"""Glue's runs as the test needs them: start, read, find later attempts and those of a workflow, stop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from tests.integ.aws_errors import UnclearError, sorted_errors
from tests.integ.stage import patience

FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"})
RESTARTED_STATES = frozenset({"FAILED", "ERROR"})  # a job with MaxRetries is not restarted after a TIMEOUT or a stop
_STOP_AT_ONCE = 25  # the most run IDs that BatchStopJobRun takes
_RECENT_RUNS = 50
_CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True)
class RunStatus:
    """What Glue says of a run; ``seconds`` is its ExecutionTime, ``attempt`` counts from 0."""

    run_id: str
    state: str
    seconds: int
    attempt: int
    previous_run_id: str
    error: str
    log_group: str

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> RunStatus:
        """Read a JobRun of the Glue API."""
        return cls(
            run_id=run["Id"],
            state=run["JobRunState"],
            seconds=run.get("ExecutionTime") or 0,
            attempt=run.get("Attempt") or 0,
            previous_run_id=run.get("PreviousRunId") or "",
            error=(run.get("ErrorMessage") or run.get("StateDetail") or "").strip(),
            # /aws-glue/jobs, /aws-glue/python-jobs, or one named after role and security configuration
            log_group=f"{(run.get('LogGroupName') or '/aws-glue/jobs').rstrip('/')}/error",
        )


class GlueRuns:
    """The runs of one account and Region.

    Every method raises NotNowError, UnclearError or RefusedError, and no other error of AWS.
    """

    def __init__(self, session: boto3.Session) -> None:
        # few attempts, as nothing else is watched meanwhile: who calls asks again
        self._glue = session.client("glue", config=patience(3))
        # StartJobRun has no token that makes asking twice harmless: botocore must not ask again by itself
        self._glue_once = session.client("glue", config=patience(1))
        self._unclear_starts: dict[str, datetime] = {}
        self._max_retries: dict[str, int] = {}

    def start(self, job: str) -> str:
        """Start the job once and give its run's ID.

        After an unclear answer, this call or the next first looks for the run that may have been started all the same.
        """
        if found := self.unclear_start(job):
            return found
        asked = datetime.now(UTC)
        try:
            with sorted_errors():
                return str(self._glue_once.start_job_run(JobName=job)["JobRunId"])
        except UnclearError:
            self._unclear_starts[job] = asked
            if found := self.unclear_start(job):
                return found
            raise

    def unclear_start(self, job: str) -> str | None:
        """Find the run of an unclear start, if there was one and it came to a run after all."""
        asked = self._unclear_starts.get(job)
        if asked is None:
            return None
        with sorted_errors():
            recent = self._glue.get_job_runs(JobName=job, MaxResults=_RECENT_RUNS)["JobRuns"]
        del self._unclear_starts[job]
        started = [run for run in recent if run["StartedOn"] >= asked - _CLOCKS_APART]
        return max(started, key=lambda run: run["StartedOn"])["Id"] if started else None

    def status(self, job: str, run_id: str) -> RunStatus:
        """Read a run."""
        with sorted_errors():
            return RunStatus.of(self._glue.get_job_run(JobName=job, RunId=run_id)["JobRun"])

    def max_retries(self, job: str) -> int:
        """Say how often Glue restarts the job after a failure."""
        if job not in self._max_retries:
            with sorted_errors():
                self._max_retries[job] = self._glue.get_job(JobName=job)["Job"].get("MaxRetries") or 0
        return self._max_retries[job]

    def next_attempt(self, job: str, failed: RunStatus) -> RunStatus | None:
        """Find the run by which Glue restarted a failed one."""
        return next((run for run in self._attempts(job, failed.run_id) if run.attempt == failed.attempt + 1), None)

    def run_of_workflow(self, job: str, execution: str) -> RunStatus | None:
        """Find the last run that an execution of a workflow has started of a job."""
        with sorted_errors():
            recent = self._glue.get_job_runs(JobName=job, MaxResults=_RECENT_RUNS)["JobRuns"]
        started = [run for run in recent if run.get("Arguments", {}).get("--workflow_run_id") == execution]
        return RunStatus.of(max(started, key=lambda run: run["StartedOn"])) if started else None

    def stop(self, job: str, run_id: str) -> str:
        """Stop a run, or the attempts that followed it, and tell what came of it."""
        states = {run_id: "unknown"} | {run.run_id: run.state for run in self._attempts(job, run_id)}
        live = [run for run, state in states.items() if state not in FINAL_STATES | {"STOPPING"}]
        if not live:
            return f"had ended already: {run_id}"
        problems = []
        for first in range(0, len(live), _STOP_AT_ONCE):
            with sorted_errors():
                answer = self._glue_once.batch_stop_job_run(JobName=job, JobRunIds=live[first : first + _STOP_AT_ONCE])
            problems += [_problem(error) for error in answer.get("Errors") or []]
        return f"could not be stopped: {'; '.join(problems)}" if problems else f"was stopped: {', '.join(live)}"

    def _attempts(self, job: str, run_id: str) -> Sequence[RunStatus]:
        """Give the run and the attempts after it: ``jr_x``, ``jr_x_attempt_1``, ..."""
        with sorted_errors():
            recent = self._glue.get_job_runs(JobName=job, MaxResults=_RECENT_RUNS)["JobRuns"]
        root = run_id.partition("_attempt_")[0]
        runs = [RunStatus.of(run) for run in recent]
        return [run for run in runs if run.run_id.partition("_attempt_")[0] == root or run.previous_run_id == run_id]


def _problem(error: Mapping[str, Any]) -> str:
    detail = error.get("ErrorDetail") or {}
    return f"{error.get('JobRunId')}: {detail.get('ErrorCode')}: {detail.get('ErrorMessage')}"
