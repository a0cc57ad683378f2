"""The jobs of a stage: found by their tag, started by themselves or by their workflow, followed, reported."""

from __future__ import annotations

import time
from typing import Any

from rehearsal.assembly import PipelineStage
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import LEFT_OUT, RunReport
from rehearsal.stage_workflows import StageWorkflows
from rehearsal.stand_ins import NOT_REHEARSED
from rehearsal.terminal import Step

ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED", LEFT_OUT)
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
        self._workflows = StageWorkflows(cloud, stage)
        self._stage = stage

    def names(self) -> list[str]:
        """Return the names of the stage's jobs."""
        pages = self._glue.get_paginator("list_jobs").paginate(Tags={"stage": self._stage.name})
        return sorted(name for page in pages for name in page["JobNames"])

    def run_all(self, step: Step) -> list[str]:
        """Start each workflow, and each job that is in none, once; wait until all, and their retries, have ended.

        Parameters
        ----------
        step
            Told the news.

        Returns
        -------
        list of str
            What failed, and why.
        """
        names = self.names()
        workflows = self._workflows.find()
        alone = [name for name in names if not any(name in workflow.jobs for workflow in workflows)]
        for workflow in workflows:
            self._workflows.start(workflow)
        for name in alone:
            self._glue.start_job_run(JobName=name)
        while True:
            ended = [self._workflows.look(workflow) for workflow in workflows]
            latest = [self._report(runs[0]) for name in names if (runs := self._runs_of(name))]
            step.note(", ".join(f"{run.job} {run.state}" for run in latest))
            if all(ended) and all(run.state in ENDED for run in latest):
                break
            time.sleep(_LOOK_SECONDS)
        bad = [
            f"{run.job}: {run.state}: {run.error or '-'}" for run in latest if run.state not in ("SUCCEEDED", LEFT_OUT)
        ]
        bad += [f"{one.name}: {one.state}: {one.error or '-'}" for one in workflows if one.state != "SUCCEEDED"]
        step.message = f"{len(latest)} jobs" + (f", {len(workflows)} workflow(s)" if workflows else "")
        return bad

    def runs(self) -> list[RunReport]:
        """Return every run of the stage's jobs, in the order in which they were started."""
        found = [run for name in self.names() for run in self._runs_of(name)]
        return [self._report(run) for run in sorted(found, key=lambda run: run["StartedOn"])]

    def _runs_of(self, name: str) -> list[dict[str, Any]]:
        pages = self._glue.get_paginator("get_job_runs").paginate(JobName=name)
        return [run for page in pages for run in page["JobRuns"]]

    def _report(self, run: dict[str, Any]) -> RunReport:
        error = run.get("ErrorMessage", "")
        left_out = error.startswith(NOT_REHEARSED)
        return RunReport(
            stage=run.get("Arguments", {}).get("--stage", self._stage.name.removeprefix("Deploy").lower()),
            job=run["JobName"],
            run_id=run["Id"],
            state=LEFT_OUT if left_out else run["JobRunState"],
            seconds=run["ExecutionTime"],
            error=error.removeprefix(NOT_REHEARSED),
        )
