"""The jobs of a stage: found by their tag, started, followed, reported."""

from __future__ import annotations

import time
from typing import Any

from rehearsal.assembly import PipelineStage
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import RunReport
from rehearsal.terminal import Step

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")
_LOOK_SECONDS = 0.3


class StageJobs:
    """The jobs that carry a stage's tag.

    Parameters
    ----------
    cloud
        Where they are.
    stage
        The stage.
    """

    def __init__(self, cloud: LocalCloud, stage: PipelineStage) -> None:
        self._glue: Any = cloud.client("glue", stage.environment.account, stage.environment.region)
        self._stage = stage

    def names(self) -> list[str]:
        """Return the names of the stage's jobs."""
        pages = self._glue.get_paginator("list_jobs").paginate(Tags={"stage": self._stage.name})
        return sorted(name for page in pages for name in page["JobNames"])

    def run_all(self, step: Step) -> list[RunReport]:
        """Start each job once and wait until all runs, and their retries, have ended.

        Parameters
        ----------
        step
            Told the news.

        Returns
        -------
        list of RunReport
            The last run of each job.
        """
        names = self.names()
        for name in names:
            self._glue.start_job_run(JobName=name)
        while True:
            latest = [self._report(self._runs_of(name)[0]) for name in names]
            step.note(", ".join(f"{run.job} {run.state}" for run in latest))
            if all(run.state in ENDED for run in latest):
                return latest
            time.sleep(_LOOK_SECONDS)

    def runs(self) -> list[RunReport]:
        """Return every run of the stage's jobs, in the order in which they were started."""
        found = [run for name in self.names() for run in self._runs_of(name)]
        return [self._report(run) for run in sorted(found, key=lambda run: run["StartedOn"])]

    def _runs_of(self, name: str) -> list[dict[str, Any]]:
        pages = self._glue.get_paginator("get_job_runs").paginate(JobName=name)
        return [run for page in pages for run in page["JobRuns"]]

    def _report(self, run: dict[str, Any]) -> RunReport:
        return RunReport(
            stage=run.get("Arguments", {}).get("--stage", self._stage.name.removeprefix("Deploy").lower()),
            job=run["JobName"],
            run_id=run["Id"],
            state=run["JobRunState"],
            seconds=run["ExecutionTime"],
            error=run.get("ErrorMessage", ""),
        )
