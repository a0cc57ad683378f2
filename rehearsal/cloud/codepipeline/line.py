"""One pipeline with its executions: which may enter which stage, and what becomes of those that may not.

Rules: https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codepipeline.declaration import Pipeline, Stage
from rehearsal.cloud.codepipeline.record import ABANDONED, FAILED, IN_PROGRESS, SUCCEEDED, Execution, Trigger
from rehearsal.cloud.codepipeline.rollback import rollback_to, target_among
from rehearsal.cloud.codepipeline.stage import StageRun

log = logging.getLogger(__name__)

_CANCELLED = "The pipeline's definition was updated before the execution could be completed"


@dataclass
class Transition:
    """The way into a stage.

    Parameters
    ----------
    enabled
        Whether executions may take it.
    reason, changed
        Why it was disabled, and when.
    """

    enabled: bool = True
    reason: str = ""
    changed: float = field(default_factory=time.time)


class Line:
    """A pipeline with its executions.

    Parameters
    ----------
    account, region
        Where it is.
    pipeline
        Its declaration, replaced by each update.
    builds
        CodeBuild.
    """

    def __init__(self, account: str, region: str, pipeline: Pipeline, builds: BuildService) -> None:
        self.account = account
        self.region = region
        self.pipeline = pipeline
        self.executions: list[Execution] = []
        self.transitions: dict[str, Transition] = {}
        self.inside: dict[str, list[Execution]] = {}
        self.waiting: dict[str, list[Execution]] = {}
        self._builds = builds
        self._changed = threading.Condition()

    def start(self, execution: Execution) -> None:
        """Let a new execution go."""
        with self._changed:
            self.executions.append(execution)
        self._go(execution, 0, frozenset())

    def update(self, pipeline: Pipeline) -> None:
        """Replace the declaration; executions under way end when their running actions have."""
        with self._changed:
            self.pipeline = pipeline
            self._changed.notify_all()

    def retry(self, execution: Execution, stage: Stage, *, all_actions: bool) -> None:
        """Let a failed execution go on from the stage in which it failed.

        Parameters
        ----------
        execution
            The execution.
        stage
            The stage.
        all_actions
            Whether the actions that succeeded run again too.
        """
        execution.stopping.clear()
        execution.abandoned.clear()
        execution.to(IN_PROGRESS)
        execution.stages[stage.name] = IN_PROGRESS
        done = frozenset() if all_actions else _done(execution, stage)
        self._go(execution, execution.pipeline.stages.index(stage), done)

    def roll_back(self, stage: Stage, target: Execution, trigger: Trigger) -> Execution:
        """Run a stage again with what an earlier execution gave it; returns the new execution."""
        execution = rollback_to(target, self.pipeline, stage, trigger)
        with self._changed:
            self.executions.append(execution)
        self._go(execution, self.pipeline.stages.index(stage), frozenset())
        return execution

    def stop(self, execution: Execution, reason: str, *, abandon: bool) -> None:
        """Stop an execution, after its running actions or at once.

        Parameters
        ----------
        execution
            The execution.
        reason
            Why.
        abandon
            Whether running actions are given up.
        """
        execution.to("Stopping", reason)
        execution.stopping.set()
        if abandon:
            execution.abandoned.set()
            for record in execution.actions:
                record.end(ABANDONED)
        with self._changed:
            self._changed.notify_all()

    def set_transition(self, stage: str, *, enabled: bool, reason: str = "") -> None:
        """Open or close the way into a stage."""
        with self._changed:
            self.transitions[stage] = Transition(enabled, reason)
            self._changed.notify_all()

    def shut_down(self) -> None:
        """Give up everything that runs."""
        for execution in self.executions:
            if execution.status in (IN_PROGRESS, "Stopping"):
                self.stop(execution, "the local cloud ends", abandon=True)

    def _go(self, execution: Execution, first: int, done: frozenset[str]) -> None:
        arguments = (execution, first, done)
        threading.Thread(target=self._run, args=arguments, name=execution.id, daemon=True).start()

    def _run(self, execution: Execution, first: int, done: frozenset[str]) -> None:
        log.info("pipeline %s: execution %s (%s)", self.pipeline.name, execution.id, execution.trigger.kind)
        last = first + 1 if execution.rolls_back else None
        for stage in execution.pipeline.stages[first:last]:
            if not self._enter(execution, stage):
                return
            try:
                ended = self._run_stage(execution, stage, done)
                if ended == FAILED and stage.on_failure == "RETRY" and not self._cut_short(execution):
                    execution.retried.add(stage.name)
                    again = frozenset() if stage.retries_all else _done(execution, stage)
                    ended = self._run_stage(execution, stage, again)
            finally:
                self._leave(execution, stage)
            done = frozenset()
            if execution.stopping.is_set():
                self._end(execution, stage, "Stopped", execution.summary)
                return
            if ended == FAILED:
                self._end(execution, stage, FAILED)
                self._roll_back_by_itself(execution, stage)
                return
            if self._is_outdated(execution):
                self._end(execution, stage, "Cancelled", _CANCELLED)
                return
            execution.stages[stage.name] = SUCCEEDED
        execution.to(SUCCEEDED)

    def _run_stage(self, execution: Execution, stage: Stage, done: frozenset[str]) -> str:
        names = frozenset(action.name for action in stage.actions) - done
        return StageRun(
            self.account, self.region, self._builds, execution, stage, names, lambda: self._cut_short(execution)
        ).run()

    def _roll_back_by_itself(self, execution: Execution, stage: Stage) -> None:
        """Roll a failed stage back where it says so; a rollback that fails is not rolled back."""
        if stage.on_failure != "ROLLBACK" or execution.rolls_back:
            return
        target = target_among(self.executions, self.pipeline, stage)
        if target:
            self.roll_back(stage, target, Trigger("AutomatedRollback", execution.id))
        else:
            log.info("pipeline %s: no execution succeeded in %s to roll back to", self.pipeline.name, stage.name)

    def _end(self, execution: Execution, stage: Stage, status: str, summary: str = "") -> None:
        execution.stages[stage.name] = status
        execution.to(status, summary)
        log.info("pipeline %s: execution %s %s in %s", self.pipeline.name, execution.id, status, stage.name)

    def _enter(self, execution: Execution, stage: Stage) -> bool:
        """Wait for the way into a stage; say whether the execution may go on."""
        with self._changed:
            queue = self.waiting.setdefault(stage.name, [])
            if self.pipeline.mode == "SUPERSEDED":
                self._supersede(execution, queue)
            if execution.status == IN_PROGRESS:
                queue.append(execution)
            try:
                while not self._may_enter(execution, stage, queue):
                    if self._has_ended_outside(execution):
                        return False
                    self._changed.wait(1)
                self.inside.setdefault(stage.name, []).append(execution)
                execution.stages[stage.name] = IN_PROGRESS
                return True
            finally:
                if execution in queue:
                    queue.remove(execution)

    def _supersede(self, execution: Execution, queue: list[Execution]) -> None:
        """Let an execution that waits give way to one that started after it."""
        for other in list(queue):
            older, newer = sorted((execution, other), key=self.executions.index)
            older.to("Superseded", f"Superseded by {newer.id}")
        self._changed.notify_all()

    def _may_enter(self, execution: Execution, stage: Stage, queue: list[Execution]) -> bool:
        if execution.status != IN_PROGRESS or self._cut_short(execution):
            return False
        if not self.transitions.get(stage.name, Transition()).enabled:
            return False
        if self.pipeline.mode == "PARALLEL":
            return True
        ahead = [other for other in queue if other.status == IN_PROGRESS]
        return not self.inside.get(stage.name) and ahead[:1] == [execution]

    def _has_ended_outside(self, execution: Execution) -> bool:
        if execution.stopping.is_set():
            execution.to("Stopped", execution.summary)
        elif execution.status == IN_PROGRESS and self._is_outdated(execution):
            execution.to("Cancelled", _CANCELLED)
        return execution.status != IN_PROGRESS

    def _cut_short(self, execution: Execution) -> bool:
        return execution.stopping.is_set() or self._is_outdated(execution)

    def _is_outdated(self, execution: Execution) -> bool:
        return execution.pipeline.version != self.pipeline.version

    def _leave(self, execution: Execution, stage: Stage) -> None:
        with self._changed:
            self.inside[stage.name].remove(execution)
            self._changed.notify_all()


def _done(execution: Execution, stage: Stage) -> frozenset[str]:
    """Return the names of the actions of a stage that an execution has run with success."""
    latest = {action.name: execution.latest(stage.name, action.name) for action in stage.actions}
    return frozenset(name for name, run in latest.items() if run and run.status == SUCCEEDED)
