"""Keeps the pipelines of all accounts and what starts them."""

from __future__ import annotations

import logging
import threading
from typing import Any

from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codecommit.repositories import Repository
from rehearsal.cloud.codepipeline.declaration import read
from rehearsal.cloud.codepipeline.line import Line
from rehearsal.cloud.codepipeline.record import Execution, Trigger

log = logging.getLogger(__name__)


class PipelineService:
    """The pipelines.

    Parameters
    ----------
    builds
        CodeBuild.
    automatic
        Whether a pipeline starts by itself when it is created, updated or pushed to.
    """

    def __init__(self, builds: BuildService, *, automatic: bool) -> None:
        self.automatic = automatic
        self._builds = builds
        self._lines: dict[tuple[str, str, str], Line] = {}
        self._lock = threading.Lock()

    def create(self, account: str, region: str, declared: dict[str, Any]) -> None:
        """Take a new pipeline in; it starts by itself."""
        pipeline = read(declared)
        line = Line(account, region, pipeline, self._builds)
        with self._lock:
            self._lines[account, region, pipeline.name] = line
        self._start_automatically(line, Trigger("CreatePipeline"))

    def update(self, account: str, region: str, declared: dict[str, Any]) -> None:
        """Replace a pipeline's declaration."""
        line = self.find(account, region, declared["name"])
        if line:
            line.update(read(declared))

    def delete(self, account: str, region: str, name: str) -> None:
        """Forget a pipeline and give up what it runs."""
        with self._lock:
            line = self._lines.pop((account, region, name), None)
        if line:
            line.shut_down()

    def find(self, account: str, region: str, name: str) -> Line | None:
        """Return a pipeline, or None."""
        return self._lines.get((account, region, name))

    def start(
        self,
        line: Line,
        trigger: Trigger,
        variables: dict[str, str] | None = None,
        revisions: dict[str, str] | None = None,
    ) -> Execution:
        """Start an execution.

        Parameters
        ----------
        line
            The pipeline.
        trigger
            What starts it.
        variables
            Of the pipeline; the others have their defaults.
        revisions
            Commits by source action, in the place of the newest.
        """
        given = {**line.pipeline.variables, **(variables or {})}
        execution = Execution(line.pipeline, trigger, given, revisions or {})
        line.start(execution)
        return execution

    def restart(self, account: str, region: str, name: str) -> None:
        """Start a pipeline because CloudFormation has updated it."""
        line = self.find(account, region, name)
        if line:
            self._start_automatically(line, Trigger("UpdatePipeline", "RestartExecutionOnUpdate"))

    def start_by_event(self, account: str, region: str, name: str, rule: str) -> None:
        """Start a pipeline that a rule of EventBridge has as its target."""
        line = self.find(account, region, name)
        if line is None:
            log.error("rule %s: there is no pipeline %s in %s, %s", rule, name, account, region)
            return
        self._start_automatically(line, Trigger("CloudWatchEvent", rule))

    def start_by_polling(self, repository: Repository, branch: str) -> None:
        """Start the pipelines that look for pushes by themselves: the default of CodeCommit's source action."""
        for (account, region, _), line in list(self._lines.items()):
            if (account, region) != (repository.account, repository.region):
                continue
            for action in (action for stage in line.pipeline.stages for action in stage.actions):
                given = action.configuration
                if (
                    action.provider == "CodeCommit"
                    and (given.get("RepositoryName"), given.get("BranchName")) == (repository.name, branch)
                    and given.get("PollForSourceChanges", "true").lower() != "false"
                ):
                    self._start_automatically(line, Trigger("PollForSourceChanges", action.name))

    def shut_down(self) -> None:
        """Give up everything that runs."""
        for line in list(self._lines.values()):
            line.shut_down()

    def _start_automatically(self, line: Line, trigger: Trigger) -> None:
        if self.automatic:
            self.start(line, trigger)
