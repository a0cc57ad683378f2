"""The operations of Step Functions that moto lacks, or answers otherwise than AWS does."""

from __future__ import annotations

import json
import uuid
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import InvalidExecutionInput, StateMachineDoesNotExist
from moto.stepfunctions.responses import StepFunctionResponse
from moto.utilities.utils import get_partition

from rehearsal.cloud.stepfunctions import engine
from rehearsal.cloud.stepfunctions.definition import diagnose
from rehearsal.cloud.stepfunctions.executions import abort, abort_all, described, find, history, listed
from rehearsal.cloud.stepfunctions.rules import (
    StateMachineAlreadyExists,
    check_definition,
    check_logging,
    check_role,
    check_type,
)

FIRST_REVISION = "INITIAL"
_MOST_EVENTS = 1000
_USUAL_EVENTS = 100

_create = StepFunctionResponse.create_state_machine
_update = StepFunctionResponse.update_state_machine
_delete = StepFunctionResponse.delete_state_machine
_describe = StepFunctionResponse._describe_state_machine


def install() -> None:
    """Put our operations in the place of moto's."""
    for operation in (
        create_state_machine,
        update_state_machine,
        delete_state_machine,
        _describe_state_machine,
        validate_state_machine_definition,
        start_execution,
        stop_execution,
        describe_execution,
        list_executions,
        get_execution_history,
    ):
        setattr(StepFunctionResponse, operation.__name__, operation)


def create_state_machine(self: StepFunctionResponse) -> ActionResult:
    """Create a state machine, if AWS would; asking for the same once more changes nothing."""
    engine.load()
    ask = self._get_param
    name, definition, role = ask("name"), ask("definition"), ask("roleArn")
    check_type(ask("type"))
    check_definition(definition, self.region)
    check_role(role, self.region)
    check_logging(ask("loggingConfiguration"), role, self.current_account, self.region)
    for machine in self.stepfunction_backend.state_machines:
        if machine.name == name and (machine.definition, machine.roleArn) != (definition, role):
            raise StateMachineAlreadyExists(f"State Machine Already Exists: '{machine.arn}'")
    return _create(self)


def update_state_machine(self: StepFunctionResponse) -> ActionResult:
    """Update a state machine, if AWS would; executions that run keep the definition that they began with."""
    ask = self._get_param
    machine: Any = self.stepfunction_backend.describe_state_machine(ask("stateMachineArn"))
    role = ask("roleArn") or machine.roleArn
    if ask("definition"):
        check_definition(ask("definition"), self.region)
    check_role(role, self.region)
    check_logging(ask("loggingConfiguration"), role, self.current_account, self.region)
    answer = _update(self)
    machine.revision_id = str(uuid.uuid4())
    return ActionResult({**cast(dict[str, Any], answer.result), "revisionId": machine.revision_id})


def delete_state_machine(self: StepFunctionResponse) -> ActionResult:
    """Delete a state machine; what it executes ends, on AWS with the next transition."""
    try:
        machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    except StateMachineDoesNotExist:
        return _delete(self)
    abort_all(machine, cause="The state machine was deleted")
    return _delete(self)


def _describe_state_machine(self: StepFunctionResponse, state_machine_arn: str) -> ActionResult:
    machine = self.stepfunction_backend.describe_state_machine(state_machine_arn)
    answer = _describe(self, state_machine_arn)
    revision = getattr(machine, "revision_id", FIRST_REVISION)
    return ActionResult({**cast(dict[str, Any], answer.result), "revisionId": revision})


def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
    """Say what is wrong with a definition."""
    found = diagnose(self._get_param("definition"), get_partition(self.region))
    shown = [
        {"severity": "ERROR", "code": one.code, "message": one.message}
        | ({"location": one.location} if one.location else {})
        for one in found
    ]
    return ActionResult({"result": "FAIL" if found else "OK", "diagnostics": shown, "truncated": False})


def start_execution(self: StepFunctionResponse) -> ActionResult:
    """Start an execution; one without a name gets one."""
    name = self._get_param("name") or str(uuid.uuid4())
    given = self._get_param("input") or "{}"
    backend = self.stepfunction_backend
    backend._validate_name(name)
    try:
        json.loads(given)
    except json.JSONDecodeError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    execution = backend.start_execution(self._get_param("stateMachineArn"), name, given)
    return ActionResult({"executionArn": execution.execution_arn, "startDate": execution.start_date})


def stop_execution(self: StepFunctionResponse) -> ActionResult:
    """Stop an execution, and the job runs that it waits for."""
    execution = _execution(self)
    stopped = abort(execution, error=self._get_param("error"), cause=self._get_param("cause"))
    return ActionResult({"stopDate": stopped})


def describe_execution(self: StepFunctionResponse) -> ActionResult:
    """Describe an execution."""
    return ActionResult(described(_execution(self)))


def list_executions(self: StepFunctionResponse) -> ActionResult:
    """List the executions of a state machine, the newest first."""
    found, token = self.stepfunction_backend.list_executions(
        self._get_param("stateMachineArn"),
        status_filter=self._get_param("statusFilter"),
        max_results=self._get_int_param("maxResults"),
        next_token=self._get_param("nextToken"),
    )
    return ActionResult({"executions": [listed(one) for one in found]} | ({"nextToken": token} if token else {}))


def get_execution_history(self: StepFunctionResponse) -> ActionResult:
    """Return the events of an execution, a page at a time."""
    events = history(_execution(self))
    if self._get_param("reverseOrder"):
        events.reverse()
    first = int(self._get_param("nextToken") or 0)
    most = min(self._get_int_param("maxResults") or _USUAL_EVENTS, _MOST_EVENTS)
    page: dict[str, Any] = {"events": events[first : first + most]}
    return ActionResult(page | ({"nextToken": str(first + most)} if first + most < len(events) else {}))


def _execution(response: StepFunctionResponse) -> Any:
    return find(response.current_account, response.region, response._get_param("executionArn"))
