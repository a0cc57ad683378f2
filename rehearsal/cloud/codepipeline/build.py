"""The build action: a build of a CodeBuild project with the pipeline's artifacts."""

from __future__ import annotations

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloud.codebuild.api import HANDOVER_HEADER
from rehearsal.cloud.codebuild.record import Handover
from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome
from rehearsal.cloud.sessions import Session

_LOOK_SECONDS = 0.1


def build(context: Context) -> Outcome:
    """Run a build to its end, as the action's role."""
    context.refuse_others("ProjectName", "PrimarySource", "EnvironmentVariables")
    action = context.record.action
    handover = Handover(
        primary=context.configuration.get("PrimarySource") or action.inputs[0],
        inputs={name: context.input(name) for name in action.inputs},
        outputs={name: context.place_for(name) for name in action.outputs},
    )
    if handover.primary not in handover.inputs:
        raise ActionError(f"PrimarySource {handover.primary} is no input of the action", "ConfigurationError")
    session = context.session()
    codebuild = session.client("codebuild", context.where)
    id_ = _start(context, session, handover)
    context.record.external_id = id_
    told = codebuild.batch_get_builds(ids=[id_])["builds"][0]
    while not told["buildComplete"]:
        if context.ended:
            codebuild.stop_build(id=id_)
        time.sleep(_LOOK_SECONDS)
        told = codebuild.batch_get_builds(ids=[id_])["builds"][0]
    if told["buildStatus"] != "SUCCEEDED":
        raise ActionError(_why(told))
    context.record.made.update(handover.outputs)
    return Outcome({each["name"]: each["value"] for each in told.get("exportedEnvironmentVariables", [])})


def _start(context: Context, session: Session, handover: Handover) -> str:
    # a client of its own: the header is of this one call
    codebuild = session.fresh_client("codebuild", context.where)
    word = context.builds.hand_over(handover)

    def name_handover(request: Any, **_: Any) -> None:
        request.headers[HANDOVER_HEADER] = word

    codebuild.meta.events.register("before-sign.codebuild.StartBuild", name_handover)
    try:
        variables = json.loads(context.configuration.get("EnvironmentVariables") or "[]")
        started = codebuild.start_build(
            projectName=context.setting("ProjectName"), environmentVariablesOverride=variables
        )
    except json.JSONDecodeError as error:
        raise ActionError(f"EnvironmentVariables is not JSON: {error}", "ConfigurationError") from error
    except ClientError as error:
        raise ActionError(f"Error calling startBuild: {error}") from error
    return str(started["build"]["id"])


def _why(told: dict[str, Any]) -> str:
    state = told["buildStatus"]
    for phase in told["phases"]:
        if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED":
            context = phase["contexts"][0]
            return (
                f"Build terminated with state: {state}. Phase: {phase['phaseType']}, "
                f"Code: {context['statusCode']}, Message: {context['message']}"
            )
    return f"Build terminated with state: {state}"
