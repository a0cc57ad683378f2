"""Executions and their actions in the shapes of the API."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.codebuild.record import Place
from rehearsal.cloud.codepipeline.declaration import Stage
from rehearsal.cloud.codepipeline.line import Line, Transition
from rehearsal.cloud.codepipeline.record import ActionExecution, Execution


def state_of(line: Line) -> dict[str, Any]:
    """Return the answer of GetPipelineState, less the times of the pipeline itself."""
    return {
        "pipelineName": line.pipeline.name,
        "pipelineVersion": line.pipeline.version,
        "stageStates": [_stage_state(line, stage) for stage in line.pipeline.stages],
    }


def execution_of(execution: Execution) -> dict[str, Any]:
    """Return the answer of GetPipelineExecution."""
    found = {
        "pipelineName": execution.pipeline.name,
        "pipelineVersion": execution.pipeline.version,
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "artifactRevisions": [
            {
                "name": revision.artifact,
                "revisionId": revision.id,
                "revisionSummary": revision.summary,
                "created": execution.started,
            }
            for revision in execution.revisions
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
        "trigger": _trigger(execution),
        "executionMode": execution.pipeline.mode,
        **_kind(execution),
    }
    return found | ({"statusSummary": execution.summary} if execution.summary else {})


def summary_of(execution: Execution) -> dict[str, Any]:
    """Return an execution as ListPipelineExecutions shows it."""
    found = {
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "startTime": execution.started,
        "lastUpdateTime": execution.updated,
        "sourceRevisions": [
            {"actionName": revision.action, "revisionId": revision.id, "revisionSummary": revision.summary}
            for revision in execution.revisions
        ],
        "trigger": _trigger(execution),
        "executionMode": execution.pipeline.mode,
        **_kind(execution),
    }
    return found | ({"statusSummary": execution.summary} if execution.summary else {})


def action_of(line: Line, execution: Execution, record: ActionExecution) -> dict[str, Any]:
    """Return a run of an action as ListActionExecutions shows it."""
    action = record.action
    kind = {"category": action.category, "owner": action.owner, "provider": action.provider, "version": action.version}
    given: dict[str, Any] = {
        "actionTypeId": kind,
        "configuration": action.configuration,
        "resolvedConfiguration": record.configuration,
        "region": action.region or line.region,
        "inputArtifacts": [_artifact(name, execution.artifacts.get(name)) for name in action.inputs],
    }
    given |= {"roleArn": action.role_arn} if action.role_arn else {}
    given |= {"namespace": action.namespace} if action.namespace else {}
    result: dict[str, Any] = {
        "externalExecutionId": record.external_id,
        "externalExecutionSummary": record.summary,
    }
    if record.error:
        result["errorDetails"] = {"code": record.error_code, "message": record.error}
    return {
        "pipelineExecutionId": execution.id,
        "actionExecutionId": record.id,
        "pipelineVersion": execution.pipeline.version,
        "stageName": record.stage,
        "actionName": action.name,
        "startTime": record.started,
        "lastUpdateTime": record.updated,
        "updatedBy": record.approver or action.role_arn or execution.pipeline.role_arn,
        "status": record.status,
        "input": given,
        "output": {
            "outputArtifacts": [_artifact(name, place) for name, place in record.made.items()],
            "executionResult": result,
            "outputVariables": record.variables,
        },
    }


def _stage_state(line: Line, stage: Stage) -> dict[str, Any]:
    entered = [execution for execution in line.executions if stage.name in execution.stages]
    way = line.transitions.get(stage.name, Transition())
    found: dict[str, Any] = {
        "stageName": stage.name,
        "inboundTransitionState": {"enabled": way.enabled},
        "actionStates": [_action_state(line, entered, stage.name, action.name) for action in stage.actions],
    }
    if not way.enabled:
        found["inboundTransitionState"] |= {"disabledReason": way.reason, "lastChangedAt": way.changed}
    waiting = line.waiting.get(stage.name)
    if waiting:
        coming = [{"pipelineExecutionId": each.id, "status": "InProgress"} for each in waiting]
        found |= {"inboundExecution": coming[-1], "inboundExecutions": coming}
    latest = (line.inside.get(stage.name) or entered)[-1:]
    for execution in latest:
        found["latestExecution"] = {
            "pipelineExecutionId": execution.id,
            "status": execution.stages[stage.name],
        }
        if execution.rolls_back:
            found["latestExecution"]["type"] = "ROLLBACK"
        if stage.name in execution.retried:
            found["retryStageMetadata"] = {
                "autoStageRetryAttempt": 1,
                "latestRetryTrigger": "AutomatedStageRetry",
            }
    return found


def _action_state(line: Line, executions: list[Execution], stage: str, action: str) -> dict[str, Any]:
    runs = [run for execution in executions if (run := execution.latest(stage, action))]
    if not runs:
        return {"actionName": action}
    last = max(runs, key=lambda run: (bool(run.token), run.started))  # in mode PARALLEL several may wait
    told: dict[str, Any] = {"actionExecutionId": last.id, "status": last.status, "lastStatusChange": last.updated}
    told |= {"summary": last.summary} if last.summary else {}
    told |= {"token": last.token} if last.token else {}
    told |= {"lastUpdatedBy": last.approver} if last.approver else {}
    told |= {"errorDetails": {"code": last.error_code, "message": last.error}} if last.error else {}
    if last.external_id:
        told["externalExecutionId"] = last.external_id
    return {"actionName": action, "latestExecution": told}


def _kind(execution: Execution) -> dict[str, Any]:
    if execution.rolls_back is None:
        return {"executionType": "STANDARD"}
    target = {"rollbackTargetPipelineExecutionId": execution.rolls_back[1]}
    return {"executionType": "ROLLBACK", "rollbackMetadata": target}


def _trigger(execution: Execution) -> dict[str, str]:
    return {"triggerType": execution.trigger.kind, "triggerDetail": execution.trigger.detail}


def _artifact(name: str, place: Place | None) -> dict[str, Any]:
    return {"name": name} | ({"s3location": {"bucket": place.bucket, "key": place.key}} if place else {})
