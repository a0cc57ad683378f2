"""What an execution of a pipeline has done: its stages, its actions, its artifacts and variables."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field

from rehearsal.cloud.codebuild.record import Place
from rehearsal.cloud.codepipeline.declaration import Action, Pipeline

IN_PROGRESS = "InProgress"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
ABANDONED = "Abandoned"


@dataclass(frozen=True)
class Trigger:
    """What started an execution.

    Parameters
    ----------
    kind
        For example ``StartPipelineExecution``.
    detail
        Who or what.
    """

    kind: str
    detail: str = ""


@dataclass(frozen=True)
class Revision:
    """What a source action fetched.

    Parameters
    ----------
    action, artifact
        Names.
    id, summary, url
        The commit, its message, where to see it.
    """

    action: str
    artifact: str
    id: str
    summary: str
    url: str = ""


@dataclass
class ActionExecution:
    """One run of an action.

    Parameters
    ----------
    stage, action
        What ran.
    configuration
        With every variable resolved.
    """

    stage: str
    action: Action
    configuration: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = IN_PROGRESS
    summary: str = ""
    error_code: str = ""
    error: str = ""
    external_id: str = ""
    token: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    made: dict[str, Place] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    approver: str = ""

    def end(self, status: str, *, code: str = "", error: str = "") -> None:
        """Give the run its end, if it has none yet."""
        if self.status == IN_PROGRESS:
            self.error_code, self.error, self.token = code, error, ""
            self.updated = time.time()
            self.status = status


@dataclass
class Execution:
    """One execution of a pipeline.

    Parameters
    ----------
    pipeline
        The declaration as it was when the execution started.
    trigger
        What started it.
    variables
        The pipeline's own, resolved.
    revisions_wanted
        Commits by source action, where the start named them.
    branches_pushed
        Branches by source action, where a push to another than the action's own started it.
    rolls_back
        For a rollback: the stage that it rolls back, and the execution that it rolls back to.
    """

    pipeline: Pipeline
    trigger: Trigger
    variables: dict[str, str]
    revisions_wanted: dict[str, str] = field(default_factory=dict)
    branches_pushed: dict[str, str] = field(default_factory=dict)
    rolls_back: tuple[str, str] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = IN_PROGRESS
    summary: str = ""
    stages: dict[str, str] = field(default_factory=dict)
    retried: set[str] = field(default_factory=set)
    actions: list[ActionExecution] = field(default_factory=list)
    artifacts: dict[str, Place] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    stopping: threading.Event = field(default_factory=threading.Event)
    abandoned: threading.Event = field(default_factory=threading.Event)

    def to(self, status: str, summary: str = "") -> None:
        """Change the status."""
        self.updated = time.time()
        self.summary = summary
        self.status = status

    def latest(self, stage: str, action: str) -> ActionExecution | None:
        """Return the last run of an action, or None."""
        runs = [each for each in self.actions if (each.stage, each.action.name) == (stage, action)]
        return runs[-1] if runs else None
