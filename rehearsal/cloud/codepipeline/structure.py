"""What a pipeline's declaration must fulfil, and what the rehearsal's pipelines do not act on: both are refused.

Rules: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipeline-requirements.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from moto.codepipeline.exceptions import InvalidStructureException

from rehearsal.cloud.codepipeline.connection import PROVIDER as CONNECTION

_ONLY_V2 = ("triggers", "variables")
_CONDITIONS = ("onSuccess", "beforeEntry")
_ONLY_COMMANDS = ("commands", "outputVariables", "environmentVariables")
"""Properties of actions that the provider Commands has, and no other; there is no such provider here."""


def check_structure(declared: dict[str, Any]) -> None:
    """Check a declaration.

    Parameters
    ----------
    declared
        The structure ``pipeline`` of the API.

    Raises
    ------
    InvalidStructureException
        With everything that is wrong.
    """
    problems = [*_of_pipeline(declared), *_of_stages(declared["stages"]), *_of_artifacts(declared["stages"])]
    if problems:
        raise InvalidStructureException("; ".join(problems))


def _of_pipeline(declared: dict[str, Any]) -> Iterator[str]:
    if declared.get("pipelineType") != "V2":
        for name in _ONLY_V2:
            if declared.get(name):
                yield f"{name} need a pipeline of type V2"
        if declared.get("executionMode", "SUPERSEDED") != "SUPERSEDED":
            yield f"execution mode {declared['executionMode']} needs a pipeline of type V2"
    sources = {
        action["name"]: action["actionTypeId"]["provider"]
        for stage in declared["stages"]
        for action in stage["actions"]
    }
    for trigger in declared.get("triggers") or ():
        name = trigger["gitConfiguration"]["sourceActionName"]
        if sources.get(name) != CONNECTION:
            yield f"the trigger of {name} is for no source action of provider {CONNECTION}"


def _of_stages(stages: list[dict[str, Any]]) -> Iterator[str]:
    if len(stages) < 2:
        yield "a pipeline must have at least two stages"
    yield from (f"the stage name {name} occurs twice" for name in _twice(stage["name"] for stage in stages))
    for number, stage in enumerate(stages):
        where = f"stage {stage['name']}"
        if not stage["actions"]:
            yield f"{where} has no action"
        yield from (f"{where}: {what}" for what in _unsupported(stage))
        for name in _twice(action["name"] for action in stage["actions"]):
            yield f"{where}: the action name {name} occurs twice"
        for action in stage["actions"]:
            if (action["actionTypeId"]["category"] == "Source") != (number == 0):
                yield f"{where}, action {action['name']}: source actions, and only those, are in the first stage"
            yield from (f"{where}, action {action['name']}: {what}" for what in _unsupported_in(action))


def _unsupported(stage: dict[str, Any]) -> Iterator[str]:
    if stage.get("blockers"):
        yield "the rehearsal's pipelines have no blockers"
    yield from (f"the rehearsal's pipelines have no {name}" for name in _CONDITIONS if stage.get(name))
    failure = stage.get("onFailure") or {}
    if failure.get("conditions"):
        yield "the rehearsal's pipelines have no conditions of onFailure"
    if failure.get("result", "FAIL") not in ("FAIL", "RETRY", "ROLLBACK"):
        yield f"the rehearsal's pipelines have no result {failure['result']} of onFailure"


def _unsupported_in(action: dict[str, Any]) -> Iterator[str]:
    given = [name for name in _ONLY_COMMANDS if action.get(name)]
    given += ["files"] * any(artifact.get("files") for artifact in action.get("outputArtifacts") or ())
    yield from (f"{name} is for the provider Commands, which the rehearsal has not" for name in given)
    if action.get("timeoutInMinutes") and action["actionTypeId"]["category"] != "Approval":
        yield "timeoutInMinutes is for manual approvals only"


def _of_artifacts(stages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with artifacts: each is made once, and before it is used."""
    made: set[str] = set()
    for stage in stages:
        for order in sorted({int(action.get("runOrder", 1)) for action in stage["actions"]}):
            actions = [action for action in stage["actions"] if int(action.get("runOrder", 1)) == order]
            for action in actions:
                for artifact in action.get("inputArtifacts") or ():
                    if artifact["name"] not in made:
                        where = f"stage {stage['name']}, action {action['name']}"
                        yield f"{where}: no earlier action makes its input artifact {artifact['name']}"
            outputs = [artifact["name"] for action in actions for artifact in action.get("outputArtifacts") or ()]
            for name in sorted({*_twice(outputs), *made.intersection(outputs)}):
                yield f"the output artifact {name} is made twice"
            made.update(outputs)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
