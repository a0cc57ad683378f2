"""Names of parameters and answers: Step Functions writes all with a capital letter, the APIs as each of them likes."""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.model import OperationModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

from rehearsal.cloud.stepfunctions.tasks import BOTO_NAMES, service_model


def install() -> None:
    """Fill in what moto leaves empty: its tasks have the renaming and never do it."""
    StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(BOTO_NAMES)
    StateTaskService._normalise_parameters = _rename_parameters  # type: ignore[method-assign]
    StateTaskService._normalise_response = _rename_answer  # type: ignore[method-assign]


def _rename_parameters(
    self: StateTaskService,
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation and operation.input_shape:
        self._to_boto_request(parameters, operation.input_shape)


def _rename_answer(
    self: StateTaskService,
    response: Any,
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    operation = _operation(self, boto_service_name, service_action_name)
    if operation and operation.output_shape:
        self._from_boto_response(response, operation.output_shape)


def _operation(task: StateTaskService, service: str | None, action: str | None) -> OperationModel | None:
    model = service_model(service or task._get_boto_service_name())
    names = {xform_name(name): name for name in model.operation_names} if model else {}
    name = names.get(action or xform_name(task.resource.api_action))
    return model.operation_model(name) if model and name else None
