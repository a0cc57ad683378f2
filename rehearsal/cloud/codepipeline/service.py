"""Keeps the pipelines of all accounts and what starts them."""

from __future__ import annotations

import logging
import threading
from typing import Any

from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codecommit.repositories import Push, Repository
from rehearsal.cloud.codepipeline.connection import PROVIDER as CONNECTION
from rehearsal.cloud.codepipeline.declaration import Action, read
from rehearsal.cloud.codepipeline.line import Line
from rehearsal.cloud.codepipeline.record import Execution, Trigger

log = logging.getLogger(__name__)


class PipelineService:
    """The pipelines.

    Parameters
    ----------
    builds
        CodeBuild.
    """

    def __init__(self, builds: BuildService) -> None:
        self._builds = builds
        self._lines: dict[tuple[str, str, str], Line] = {}
        self._lock = threading.Lock()

    def create(self, account: str, region: str, declared: dict[str, Any]) -> None:
        """Take a new pipeline in; it starts by itself."""
        pipeline = read(declared)
        line = Line(account, region, pipeline, self._builds)
        with self._lock:
            self._lines[account, region, pipeline.name] = line
        self.start(line, Trigger("CreatePipeline"))

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
        branches: dict[str, str] | None = None,
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
        branches
            Names of branches by source action, where the push was not to the action's own.
        """
        defaults = {name: value for name, value in line.pipeline.variables.items() if value is not None}
        given = {**defaults, **(variables or {})}
        execution = Execution(line.pipeline, trigger, given, revisions or {}, branches or {})
        line.start(execution)
        return execution

    def restart(self, account: str, region: str, name: str) -> None:
        """Start a pipeline because CloudFormation has updated it."""
        line = self.find(account, region, name)
        if line:
            self.start(line, Trigger("UpdatePipeline", "RestartExecutionOnUpdate"))

    def start_by_event(self, account: str, region: str, name: str, rule: str) -> None:
        """Start a pipeline that a rule of EventBridge has as its target."""
        line = self.find(account, region, name)
        if line is None:
            log.error("rule %s: there is no pipeline %s in %s, %s", rule, name, account, region)
            return
        self.start(line, Trigger("CloudWatchEvent", rule))

    def start_by_polling(self, repository: Repository, push: Push) -> None:
        """Start the pipelines whose triggers want a push, or whose source actions notice it, which is the default."""
        for (account, region, _), line in list(self._lines.items()):
            for action in line.pipeline.stages[0].actions:
                trigger = next((each for each in line.pipeline.triggers if each.action == action.name), None)
                if trigger is None:
                    kind = _notices(action, account, region, repository, push)
                    if kind:
                        self.start(line, Trigger(kind, action.name))
                elif _reads(action, repository) and trigger.wants(
                    repository, push, action.configuration.get("BranchName", "")
                ):
                    what = {action.name: push.commit}
                    where = {action.name: push.name} if push.kind == "branch" else {}
                    self.start(line, Trigger("WebhookV2", action.name), revisions=what, branches=where)

    def shut_down(self) -> None:
        """Give up everything that runs."""
        for line in list(self._lines.values()):
            line.shut_down()


def _notices(action: Action, account: str, region: str, repository: Repository, push: Push) -> str | None:
    """Return the kind of trigger that a push is for a source action; None if it does not care."""
    given = action.configuration
    if push.kind != "branch" or given.get("BranchName") != push.name:
        return None
    if action.provider == "CodeCommit":
        its = (account, region, given.get("RepositoryName")) == (repository.account, repository.region, repository.name)
        polls = given.get("PollForSourceChanges", "true").lower() != "false"
        return "PollForSourceChanges" if its and polls else None
    detects = given.get("DetectChanges", "true").lower() != "false"
    return "WebhookV2" if detects and _reads(action, repository) else None


def _reads(action: Action, repository: Repository) -> bool:
    """Say whether a source action reads a repository of a connection."""
    its = (action.provider, action.configuration.get("FullRepositoryId")) == (CONNECTION, repository.name)
    return its and not repository.account
