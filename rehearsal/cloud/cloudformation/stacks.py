"""moto's stack and change set operations, carried out by our deployments.

moto applies a change set without outputs, exports, tags and way back, and finds it by its name alone.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from moto.cloudformation import models, responses
from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudformation.utils import generate_changeset_id, generate_stack_id, validate_create_change_set
from moto.core.responses import ActionResult, EmptyResult

from rehearsal.cloud.cloudformation import capabilities, deployment
from rehearsal.cloud.cloudformation.parameters import check_parameters
from rehearsal.cloud.cloudformation.template import read_template

_NO_CHANGE = "The submitted information didn't contain changes. Submit different information to create a change set."

_BEYOND_UPDATES = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
"""What such a stack takes is its deletion, or a rollback that is continued."""


class ChangeSetNotFound(CloudFormationError):  # noqa: N818 - named as AWS names it
    """No change set has the name, on the stack that was named."""

    code = "ChangeSetNotFound"


def install() -> None:
    """Put our operations in the place of moto's."""
    backend, response = CloudFormationBackend, CloudFormationResponse
    backend.create_stack = create_stack  # type: ignore[method-assign, assignment]
    backend.update_stack = update_stack  # type: ignore[method-assign, assignment]
    backend.delete_stack = delete_stack  # type: ignore[method-assign]
    backend.create_change_set = create_change_set  # type: ignore[method-assign, assignment]
    response.describe_change_set = _describe_change_set  # type: ignore[method-assign]
    response.delete_change_set = _delete_change_set  # type: ignore[method-assign]
    response.execute_change_set = _execute_change_set  # type: ignore[method-assign]
    response._validate_different_update = _leave_to_the_backend  # type: ignore[method-assign, assignment]
    capabilities.install()
    Stack.stack_resources = property(deployment.resources_of)  # type: ignore[assignment]
    Stack.stack_parameters = property(_given_parameters)  # type: ignore[assignment]
    responses.get_stack_from_s3_url = models.get_stack_from_s3_url = template_at  # type: ignore[attr-defined]


def create_stack(
    self: CloudFormationBackend,
    *,
    name: str,
    template: str,
    parameters: dict[str, Any],
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
    enable_termination_protection: bool | None = False,
    timeout_in_mins: int | None = None,
    stack_policy_body: str | None = None,
) -> Stack:
    """Create a stack at once; a failure shows in its status and events, as on AWS."""
    wanted = _readable(self, template, parameters)
    given = {"parameters": parameters, "notification_arns": notification_arns, "tags": tags, "role_arn": role_arn}
    stack = _new_stack(self, name, **given)
    stack.enable_termination_protection = bool(enable_termination_protection)
    stack.template = template
    deployment.create(stack, wanted, parameters)
    return stack


def update_stack(
    self: CloudFormationBackend,
    *,
    name: str,
    template: str,
    role_arn: str | None,
    parameters: list[dict[str, Any]],
    tags: dict[str, str] | None,
) -> Stack:
    """Update a stack at once."""
    stack = self.get_stack(name)
    resolved = self._resolve_update_parameters(instance=stack, incoming_params=parameters)
    wanted = _readable(self, template, resolved)
    if wanted == stack.template_dict and resolved == stack.parameters and (tags is None or tags == stack.tags):
        raise ValidationError(message="No updates are to be performed.")
    _update(stack, template, resolved, tags)
    return stack


def delete_stack(self: CloudFormationBackend, name_or_stack_id: str) -> None:
    """Delete a stack; one that does not exist is no error."""
    for stack in list(self.stacks.values()):
        if name_or_stack_id not in (stack.name, stack.stack_id):
            continue
        if stack.enable_termination_protection:
            raise ValidationError(
                message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        deployment.delete(stack)
        if stack.status == "DELETE_COMPLETE":
            self.deleted_stacks[stack.stack_id] = self.stacks.pop(stack.stack_id)


def create_change_set(
    self: CloudFormationBackend,
    *,
    stack_name: str,
    change_set_name: str,
    template: str,
    parameters: dict[str, str],
    description: str,
    change_set_type: str,
    notification_arns: list[str] | None = None,
    tags: dict[str, str] | None = None,
    role_arn: str | None = None,
) -> tuple[str, str]:
    """Create a change set, on a stack in REVIEW_IN_PROGRESS if it is to be a new one."""
    validate_create_change_set(change_set_name)
    _readable(self, template, parameters)
    if change_set_type == "UPDATE":
        stack = self.get_stack(stack_name)
        if stack.status in _BEYOND_UPDATES:
            raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    else:
        waiting = [s for s in self.stacks.values() if s.name == stack_name and s.status == "REVIEW_IN_PROGRESS"]
        given = {"parameters": parameters, "notification_arns": notification_arns, "tags": tags, "role_arn": role_arn}
        stack = waiting[0] if waiting else _new_stack(self, stack_name, **given)
        if not waiting:
            stack.status = "REVIEW_IN_PROGRESS"
            stack._add_stack_event("REVIEW_IN_PROGRESS", resource_status_reason="User Initiated")
    made = ChangeSet(
        change_set_type=change_set_type,
        change_set_id=generate_changeset_id(change_set_name, self.region_name, self.account_id),
        change_set_name=change_set_name,
        stack=stack,
        template=template,
        parameters=parameters,
        description=description,
        notification_arns=notification_arns,
        tags=tags,
        role_arn=role_arn,
    )
    same = made.template_dict == stack.template_dict and parameters == stack.parameters and (tags or {}) == stack.tags
    if change_set_type == "UPDATE" and same:
        made.status, made.execution_status, made.status_reason = "FAILED", "UNAVAILABLE", _NO_CHANGE
    else:
        made.status, made.execution_status = "CREATE_COMPLETE", "AVAILABLE"
    self.change_sets[made.change_set_id] = made
    return made.change_set_id, stack.stack_id


def template_at(template_url: str, account_id: str, partition: str) -> str:
    """Return the template that an S3 URL names.

    The CDK CLI makes the URL from the endpoint that it was given; moto reads amazonaws.com hosts only.

    Parameters
    ----------
    template_url
        ``https://s3.<anything>/<bucket>/<key>``, the local server's own, or ``https://<bucket>.<anything>/<key>``.
    account_id, partition
        Who asks.

    Returns
    -------
    str
        The template.
    """
    from moto.s3.models import s3_backends  # noqa: PLC0415 - the S3 models are heavy and needed here only

    url = urlparse(template_url)
    host = url.hostname or ""
    path = url.path.lstrip("/")
    in_path = host.split(".")[0].split("-")[0] == "s3" or host.replace(".", "").isdigit() or host == "localhost"
    bucket, key = path.split("/", 1) if in_path else (host.split(".")[0], path)
    found = s3_backends[account_id][partition].get_object(bucket, key)
    if found is None:
        raise ValidationError(message=f"S3 error: The specified key does not exist: s3://{bucket}/{key}")
    return found.value.decode()


def _readable(backend: CloudFormationBackend, text: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a template that CloudFormation would take with these parameters."""
    template = read_template(text, backend.region_name)
    check_parameters(template, parameters, backend.account_id, backend.region_name)
    return template


def _new_stack(backend: CloudFormationBackend, name: str, **given: Any) -> Stack:
    if name in [stack.name for stack in backend.stacks.values()]:
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    stack = Stack(  # type: ignore[abstract]
        stack_id=generate_stack_id(name, backend.region_name, backend.account_id),
        name=name,
        template={},
        account_id=backend.account_id,
        region_name=backend.region_name,
        **given,
    )
    backend.stacks[stack.stack_id] = stack
    return stack


def _update(stack: Stack, template: str, parameters: dict[str, Any], tags: dict[str, str] | None) -> None:
    deployment.update(stack, Stack.parse_template(template), parameters)
    if stack.status == "UPDATE_COMPLETE":
        stack.template, stack.parameters = template, parameters
        stack.tags = stack.tags if tags is None else tags


def _find(self: CloudFormationResponse) -> ChangeSet | None:
    name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
    hits = [
        made
        for made in self.cloudformation_backend.change_sets.values()
        if name in (made.change_set_id, made.change_set_name) and stack in (None, made.stack_name, made.stack_id)
    ]
    return hits[-1] if hits else None


def _describe_change_set(self: CloudFormationResponse) -> ActionResult:
    found = _find(self)
    if found is None:
        raise ChangeSetNotFound(f"ChangeSet [{self._get_param('ChangeSetName')}] does not exist")
    return ActionResult(found)


def _delete_change_set(self: CloudFormationResponse) -> ActionResult:
    found = _find(self)  # a missing one is no error
    if found is not None:
        del self.cloudformation_backend.change_sets[found.change_set_id]
    return EmptyResult()


def _execute_change_set(self: CloudFormationResponse) -> ActionResult:
    made = _find(self)
    if made is None:
        raise ChangeSetNotFound(f"ChangeSet [{self._get_param('ChangeSetName')}] does not exist")
    stack = made.stack
    if made.change_set_type == "CREATE":
        stack.template, stack.parameters, stack.tags = made.template, made.parameters, made.tags or {}
        deployment.create(stack, made.template_dict, made.parameters)
    else:
        _update(stack, made.template, made.parameters, made.tags)
    stack.role_arn = made.role_arn or stack.role_arn
    good = stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    made.execution_status = "EXECUTE_COMPLETE" if good else "EXECUTE_FAILED"
    return EmptyResult()


def _leave_to_the_backend(*_: Any) -> None:
    """Let an update without changes through: a change set of it fails, which moto refuses to make."""


def _given_parameters(stack: Stack) -> dict[str, Any]:
    """Return parameters as given: moto hands the value behind an SSM parameter's name to UsePreviousValue."""
    slots = stack.template_dict.get("Parameters", {})
    return {name: stack.parameters.get(name, slot.get("Default")) for name, slot in slots.items()}
