"""The rollback of a stage: an execution of that stage alone, with what an earlier one gave it.

Rules: https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html
"""

from __future__ import annotations

from collections.abc import Sequence

from rehearsal.cloud.codepipeline.declaration import Pipeline, Stage
from rehearsal.cloud.codepipeline.record import SUCCEEDED, Execution, Trigger


def is_target(execution: Execution, pipeline: Pipeline, stage: Stage) -> bool:
    """Say whether a stage can be rolled back to an execution.

    Parameters
    ----------
    execution
        One that has succeeded in the stage under the same declaration, and is no rollback itself.
    pipeline, stage
        What is to be rolled back.
    """
    same = execution.pipeline.version == pipeline.version
    return same and execution.stages.get(stage.name) == SUCCEEDED and execution.rolls_back is None


def target_among(executions: Sequence[Execution], pipeline: Pipeline, stage: Stage) -> Execution | None:
    """Return the newest execution that a stage can be rolled back to, or None."""
    return next((each for each in reversed(executions) if is_target(each, pipeline, stage)), None)


def rollback_to(target: Execution, pipeline: Pipeline, stage: Stage, trigger: Trigger) -> Execution:
    """Return an execution that rolls a stage back.

    Parameters
    ----------
    target
        The execution that it rolls back to: its artifacts and variables count again.
    pipeline, stage
        What is rolled back.
    trigger
        Who or what rolls back.
    """
    made = Execution(pipeline, trigger, target.variables, target.revisions_wanted, rolls_back=(stage.name, target.id))
    made.artifacts.update(target.artifacts)
    made.outputs.update(target.outputs)
    made.revisions.extend(target.revisions)
    return made
