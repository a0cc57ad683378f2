"""The CodePipeline operations: those that moto lacks, or answers without doing them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.codepipeline.exceptions import PipelineExecutionNotFoundException, PipelineNotFoundException
from moto.codepipeline.models import CodePipelineBackend
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError

from rehearsal.cloud.codepipeline import approval
from rehearsal.cloud.codepipeline.declaration import Stage
from rehearsal.cloud.codepipeline.line import Line
from rehearsal.cloud.codepipeline.record import FAILED, IN_PROGRESS, SUCCEEDED, Execution, Trigger
from rehearsal.cloud.codepipeline.rollback import is_target
from rehearsal.cloud.codepipeline.structure import check_structure
from rehearsal.cloud.codepipeline.views import action_of, execution_of, state_of, summary_of

if TYPE_CHECKING:
    from rehearsal.cloud.codepipeline.service import PipelineService

_PAGE = 100


def install(service: PipelineService) -> None:
    """Put our operations in the place of moto's.

    Parameters
    ----------
    service
        What keeps and runs the pipelines.
    """
    _follow_definitions(service)
    operations = _Operations(service)
    for name in (
        "start_pipeline_execution",
        "stop_pipeline_execution",
        "retry_stage_execution",
        "rollback_stage",
        "get_pipeline_execution",
        "list_pipeline_executions",
        "list_action_executions",
        "get_pipeline_state",
        "put_approval_result",
        "disable_stage_transition",
        "enable_stage_transition",
    ):
        setattr(CodePipelineResponse, name, _answering(getattr(operations, name)))


def _answering(operation: Any) -> Any:
    def answer(self: CodePipelineResponse) -> str:
        return json.dumps(operation(self))

    return answer


def _follow_definitions(service: PipelineService) -> None:
    backend = CodePipelineBackend
    create, update, delete = backend.create_pipeline, backend.update_pipeline, backend.delete_pipeline

    def create_pipeline(self: CodePipelineBackend, pipeline: dict[str, Any], tags: list[dict[str, str]]) -> Any:
        check_structure(pipeline)
        made = create(self, pipeline, tags)
        service.create(self.account_id, self.region_name, made[0])
        return made

    def update_pipeline(self: CodePipelineBackend, pipeline: dict[str, Any]) -> dict[str, Any]:
        check_structure(pipeline)
        made = update(self, pipeline)
        service.update(self.account_id, self.region_name, made)
        return made

    def delete_pipeline(self: CodePipelineBackend, name: str) -> None:
        delete(self, name)
        service.delete(self.account_id, self.region_name, name)

    backend.create_pipeline = create_pipeline  # type: ignore[method-assign]
    backend.update_pipeline = update_pipeline  # type: ignore[method-assign]
    backend.delete_pipeline = delete_pipeline  # type: ignore[method-assign]


class _Operations:
    """The operations on executions."""

    def __init__(self, service: PipelineService) -> None:
        self._service = service

    def start_pipeline_execution(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "name")
        variables = {each["name"]: each["value"] for each in call._get_param("variables") or []}
        unknown = sorted(set(variables) - set(line.pipeline.variables))
        if unknown:
            raise JsonRESTError("ValidationException", f"The pipeline declares no variable {', '.join(unknown)}")
        missing = [
            name for name, default in line.pipeline.variables.items() if default is None and name not in variables
        ]
        if missing:
            raise JsonRESTError(
                "ValidationException", f"Variables without a default need a value: {', '.join(missing)}"
            )
        revisions = {each["actionName"]: each["revisionValue"] for each in call._get_param("sourceRevisions") or []}
        sources = [action.name for action in line.pipeline.stages[0].actions]
        unknown = sorted(set(revisions) - set(sources))
        if unknown:
            raise JsonRESTError("ValidationException", f"The pipeline has no source action {', '.join(unknown)}")
        trigger = Trigger("StartPipelineExecution", call.access_key)
        return {"pipelineExecutionId": self._service.start(line, trigger, variables, revisions).id}

    def stop_pipeline_execution(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        execution = _execution(line, call)
        abandon = bool(call._get_param("abandon"))
        if execution.status not in (IN_PROGRESS, "Stopping"):
            raise JsonRESTError("PipelineExecutionNotStoppableException", f"The execution is {execution.status}")
        if execution.status == "Stopping" and not abandon:
            raise JsonRESTError("DuplicatedStopRequestException", "The execution is being stopped already")
        line.stop(execution, call._get_param("reason") or "", abandon=abandon)
        return {"pipelineExecutionId": execution.id}

    def retry_stage_execution(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        execution = _execution(line, call)
        stage = _stage(line, call)
        entered = [each for each in line.executions if stage.name in each.stages]
        if entered and max(entered, key=lambda each: each.updated) is not execution:
            raise JsonRESTError("NotLatestPipelineExecutionException", "Another execution has entered the stage since")
        if execution.stages.get(stage.name) not in (FAILED, "Stopped") or line.inside.get(stage.name):
            raise JsonRESTError("StageNotRetryableException", f"Stage {stage.name} has no failed actions to retry")
        if execution.pipeline.version != line.pipeline.version:
            raise JsonRESTError("StageNotRetryableException", "The pipeline's definition has been updated since")
        line.retry(execution, stage, all_actions=call._get_param("retryMode") == "ALL_ACTIONS")
        return {"pipelineExecutionId": execution.id}

    def rollback_stage(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        stage, target = _stage(line, call), _execution(line, call, "targetPipelineExecutionId")
        if line.pipeline.mode == "PARALLEL" or stage is line.pipeline.stages[0]:
            raise JsonRESTError("UnableToRollbackStageException", f"Stage {stage.name} cannot be rolled back")
        if target.pipeline.version != line.pipeline.version:
            raise JsonRESTError(
                "PipelineExecutionOutdatedException", "The pipeline's definition has been updated since that execution"
            )
        if not is_target(target, line.pipeline, stage):
            raise JsonRESTError("UnableToRollbackStageException", f"That execution did not succeed in {stage.name}")
        trigger = Trigger("ManualRollback", call.access_key)
        return {"pipelineExecutionId": line.roll_back(stage, target, trigger).id}

    def get_pipeline_execution(self, call: CodePipelineResponse) -> dict[str, Any]:
        return {"pipelineExecution": execution_of(_execution(self._line(call, "pipelineName"), call))}

    def list_pipeline_executions(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        stage = ((call._get_param("filter") or {}).get("succeededInStage") or {}).get("stageName")
        told = [each for each in line.executions[::-1] if stage is None or each.stages.get(stage) == SUCCEEDED]
        return _page(call, "pipelineExecutionSummaries", [summary_of(each) for each in told])

    def list_action_executions(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        wanted = (call._get_param("filter") or {}).get("pipelineExecutionId")
        told = [
            action_of(line, execution, record)
            for execution in line.executions[::-1]
            if wanted in (None, execution.id)
            for record in execution.actions[::-1]
        ]
        return _page(call, "actionExecutionDetails", told)

    def get_pipeline_state(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "name")
        kept = call.codepipeline_backend.pipelines[line.pipeline.name]
        return state_of(line) | {"created": kept._created.timestamp(), "updated": kept._updated.timestamp()}

    def put_approval_result(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        stage, name = _stage(line, call), call._get_param("actionName")
        if stage.action(name) is None:
            raise JsonRESTError("ActionNotFoundException", f"The stage {stage.name} has no action {name}")
        result, token = call._get_param("result"), call._get_param("token")
        records = [execution.latest(stage.name, name) for execution in line.inside.get(stage.name, [])]
        waiting = [each for each in records if each and each.status == IN_PROGRESS]
        record = next((each for each in waiting if each.token == token), waiting[0] if waiting else None)
        if record is None:
            raise JsonRESTError("ApprovalAlreadyCompletedException", "The approval is not waiting for an answer")
        if not approval.answer(record, token, result["status"], result["summary"]):
            raise JsonRESTError("InvalidApprovalTokenException", "The approval waits with another token")
        return {"approvedAt": record.updated}

    def disable_stage_transition(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        stage = _stage(line, call)
        if call._get_param("transitionType") != "Inbound":
            raise JsonRESTError("ValidationException", "The rehearsal disables Inbound transitions only")
        line.set_transition(stage.name, enabled=False, reason=call._get_param("reason"))
        return {}

    def enable_stage_transition(self, call: CodePipelineResponse) -> dict[str, Any]:
        line = self._line(call, "pipelineName")
        line.set_transition(_stage(line, call).name, enabled=True)
        return {}

    def _line(self, call: CodePipelineResponse, parameter: str) -> Line:
        name = call._get_param(parameter)
        line = self._service.find(call.current_account, call.region, name)
        if line is None:
            raise PipelineNotFoundException(
                f"Account '{call.current_account}' does not have a pipeline with name '{name}'"
            )
        return line


def _execution(line: Line, call: CodePipelineResponse, parameter: str = "pipelineExecutionId") -> Execution:
    id_ = call._get_param(parameter)
    found = next((each for each in line.executions if each.id == id_), None)
    if found is None:
        raise PipelineExecutionNotFoundException(f"Pipeline {line.pipeline.name} has no execution with ID {id_}")
    return found


def _stage(line: Line, call: CodePipelineResponse) -> Stage:
    name = call._get_param("stageName")
    found = line.pipeline.stage(name)
    if found is None:
        raise JsonRESTError("StageNotFoundException", f"Pipeline {line.pipeline.name} has no stage {name}")
    return found


def _page(call: CodePipelineResponse, name: str, listed: list[dict[str, Any]]) -> dict[str, Any]:
    first, most = int(call._get_param("nextToken") or 0), int(call._get_param("maxResults") or _PAGE)
    page: dict[str, Any] = {name: listed[first : first + most]}
    return page | ({"nextToken": str(first + most)} if first + most < len(listed) else {})
