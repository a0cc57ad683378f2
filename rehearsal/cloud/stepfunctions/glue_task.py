"""``glue:startJobRun.sync``: waits for the run, stops it when nobody waits any more, and fails as AWS does.

moto's own waiting ends in an AttributeError, takes a stopped run for a success and leaves runs behind.
"""

from __future__ import annotations

import json
import logging
from typing import Any, cast

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_glue import (
    StateTaskServiceGlue,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

from rehearsal.cloud.stepfunctions.interruption import InterruptedTaskError, wait

log = logging.getLogger(__name__)

ENDED_BADLY = ("FAILED", "TIMEOUT", "ERROR", "EXPIRED", "STOPPED")
"""States of a run that fail its task.  What AWS makes of a run that somebody stops is not documented."""

_LOOK_SECONDS = 0.25


def install() -> None:
    """Put our waiting and our errors in the place of moto's."""
    StateTaskServiceGlue._eval_integration_pattern = _wait_for_run  # type: ignore[assignment, method-assign]
    StateTaskServiceGlue._from_error = _failure_of  # type: ignore[method-assign]


def _wait_for_run(
    self: StateTaskServiceGlue,
    env: Environment,
    resource_runtime_part: ResourceRuntimePart,
    normalised_parameters: dict[str, Any],
    state_credentials: StateCredentials,
) -> None:
    submitted = env.stack.pop()
    name, run_id = submitted["JobName"], submitted["JobRunId"]
    glue = self._get_glue_client(resource_runtime_part, state_credentials)
    while env.is_running():
        run = {**glue.get_job_run(JobName=name, RunId=run_id)["JobRun"], "JobName": name}
        if run["JobRunState"] == "SUCCEEDED":
            env.stack.append(dict(sorted(run.items())))
            return
        if run["JobRunState"] in ENDED_BADLY:
            raise FailureEventException(_event(self, env, _task_failed(), json.dumps(run, sort_keys=True)))
        wait(env, _LOOK_SECONDS)
    _stop(glue, name, run_id)
    raise InterruptedTaskError(f"{name} {run_id}")


def _stop(glue: Any, name: str, run_id: str) -> None:
    """Stop the run that nobody waits for, as far as the role may: AWS promises its best effort, no more."""
    try:
        glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    except ClientError as error:
        log.warning("run %s of %s goes on: %s", run_id, name, error)


def _failure_of(self: StateTaskServiceGlue, env: Environment, ex: Exception) -> FailureEvent:
    if not isinstance(ex, ClientError):
        return super(StateTaskServiceGlue, self)._from_error(env=env, ex=ex)
    told, answer = ex.response["Error"], ex.response["ResponseMetadata"]
    about = f"Service: AWSGlue; Status Code: {answer['HTTPStatusCode']}; Error Code: {told['Code']}"
    cause = f"{told['Message']} ({about}; Request ID: {answer.get('RequestId')}; Proxy: null)"
    return _event(self, env, CustomErrorName(f"Glue.{told['Code']}"), cause)


def _event(task: StateTaskServiceGlue, env: Environment, name: Any, cause: str) -> FailureEvent:
    details = TaskFailedEventDetails(
        resource=task._get_sfn_resource(),
        resourceType=task._get_sfn_resource_type(),
        error=name.error_name,
        cause=cause,
    )
    return FailureEvent(env, name, HistoryEventType.TaskFailed, cast(EventDetails, {"taskFailedEventDetails": details}))


def _task_failed() -> StatesErrorName:
    return StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
