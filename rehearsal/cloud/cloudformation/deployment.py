"""One deployment of a stack: resources in order, an event for each, and the way back when one fails."""

from __future__ import annotations

import copy
import logging
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.utilities.utils import get_partition

from rehearsal.cloud.cloudformation import exports
from rehearsal.cloud.cloudformation.events import reason_of, record, set_status
from rehearsal.cloud.cloudformation.names import refuse_taken_name
from rehearsal.cloud.cloudformation.order import in_order
from rehearsal.cloud.cloudformation.schemas import violations
from rehearsal.cloud.cloudformation.types import RECORDED

log = logging.getLogger(__name__)

_URL_SUFFIX = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}

_deployed: WeakKeyDictionary[Stack, dict[str, dict[str, Any]]] = WeakKeyDictionary()
"""The resolved properties that each resource of a stack was last deployed with."""


_KEPT_ON_ROLLBACK = ("Retain",)
_KEPT = ("Retain", "RetainExceptOnCreate")
"""Deletion policies that leave a resource where it is."""


class _Failed(Exception):  # noqa: N818 - never leaves this module
    """A resource failed; its event is recorded."""


def create(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Create the resources of a stack, or none of them: its status says which.

    Parameters
    ----------
    stack
        A stack without resources.
    template
        The template, parsed.
    parameters
        Values by the parameters' names.
    """
    set_status(stack, "CREATE_IN_PROGRESS", "User Initiated")
    try:
        _bring_about(stack, template, parameters)
        _publish(stack, template)
    except _Failed as failure:
        set_status(stack, "ROLLBACK_IN_PROGRESS", f"{failure} Rollback requested by user.")
        left = _remove_all(stack, keeping=_KEPT_ON_ROLLBACK)
        set_status(stack, "ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", str(failure))
    else:
        set_status(stack, "CREATE_COMPLETE")


def update(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Change the resources of a stack, or leave them as they were: its status says which.

    Parameters
    ----------
    stack
        A stack that was deployed.
    template, parameters
        What it is to become.
    """
    before = copy.deepcopy(stack.template_dict), dict(stack.resource_map.input_parameters)
    set_status(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    try:
        _bring_about(stack, template, parameters)
        _guard_imports(stack)
        _publish(stack, template)
    except _Failed as failure:
        set_status(stack, "UPDATE_ROLLBACK_IN_PROGRESS", str(failure))
        try:
            _bring_about(stack, *before)
            _publish(stack, before[0])
        except _Failed as second:
            set_status(stack, "UPDATE_ROLLBACK_FAILED", str(second))
        else:
            set_status(stack, "UPDATE_ROLLBACK_COMPLETE", str(failure))
    else:
        set_status(stack, "UPDATE_COMPLETE")


def delete(stack: Stack) -> None:
    """Delete the resources of a stack but those that its template retains.

    Parameters
    ----------
    stack
        The stack; its status says whether all of them went.
    """
    obstacle = exports.obstacle_to_deletion(stack)
    if obstacle:  # the stack stays as it is, and says why
        set_status(stack, stack.status, obstacle)
        return
    set_status(stack, "DELETE_IN_PROGRESS", "User Initiated")
    left = _remove_all(stack, keeping=_KEPT)
    exports.withdraw(stack)
    reason = f"The following resource(s) failed to delete: [{', '.join(left)}]." if left else None
    set_status(stack, "DELETE_FAILED" if left else "DELETE_COMPLETE", reason)


def resources_of(stack: Stack) -> list[Any]:
    """Return the resources that a stack has; moto would create the missing ones to list them."""
    made = stack.resource_map._parsed_resources
    return [made[name] for name in _deployed.get(stack, {}) if name in made]


def _bring_about(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    resources = stack.resource_map
    try:
        before = resources._resource_json_map
        _load(stack, template, parameters)
        wanted = in_order(template["Resources"])
        _refuse_unknown_types(stack, template)
    except _Failed:
        raise
    except Exception as error:
        raise _Failed(reason_of(error)) from error
    for name in wanted:
        if _stands(stack, name):
            _bring_one_about(stack, name)
    gone = [name for name in reversed(list(_deployed.get(stack, {}))) if name not in wanted or not _stands(stack, name)]
    for name in gone:
        _remove(stack, name, before.get(name) or template["Resources"].get(name, {}))
    stack.template_dict = template
    stack.description = template.get("Description")


def _load(stack: Stack, template: dict[str, Any], parameters: dict[str, Any]) -> None:
    resources = stack.resource_map
    partition = get_partition(stack.region_name)
    resources._template = template
    resources.input_parameters = parameters
    resources.resolved_parameters = {}
    resources.cross_stack_resources = exports.backend_of(stack).exports
    resources.tags.update(stack.tags)
    resources._parsed_resources.update(
        {"AWS::Partition": partition, "AWS::URLSuffix": _URL_SUFFIX.get(partition, "amazonaws.com")}
    )
    resources.load_mapping()
    resources.transform_mapping()
    resources.load_parameters()
    resources.load_conditions()
    resources._resource_json_map = template["Resources"]


def _refuse_unknown_types(stack: Stack, template: dict[str, Any]) -> None:
    """Fail the stack for an unknown type before anything is made."""
    refused = []
    for name, body in template["Resources"].items():
        try:
            parsing.resource_class_from_type(body["Type"])
        except ValidationError as error:
            record(stack, name, "", body["Type"], "CREATE_FAILED", reason=reason_of(error))
            refused.append(f"{name} ({reason_of(error)})")
    if refused:
        raise _Failed(f"The following resource(s) failed to create: [{', '.join(refused)}].")


def _stands(stack: Stack, name: str) -> bool:
    body = stack.resource_map._resource_json_map[name]
    condition = body.get("Condition")
    return body["Type"] not in RECORDED and (not condition or stack.resource_map.lazy_condition_map[condition])


def _bring_one_about(stack: Stack, name: str) -> None:
    resources, deployed = stack.resource_map, _deployed.setdefault(stack, {})
    body = resources._resource_json_map[name]
    kind = body["Type"]
    existing = resources._parsed_resources.get(name)
    verb, physical_id = "CREATE" if existing is None else "UPDATE", getattr(existing, "physical_resource_id", "")
    try:
        properties = parsing.clean_json(copy.deepcopy(body.get("Properties", {})), resources)
        if existing is not None and existing.cf_resource_type != kind:
            raise ValidationError(message=f"Update of resource type is not permitted: {existing.cf_resource_type}")
        if existing is not None and deployed.get(name) == properties:
            return
        record(stack, name, physical_id, kind, f"{verb}_IN_PROGRESS")
        refused = violations(kind, stack.region_name, properties)
        if refused:
            raise ValidationError(
                message=f"Properties validation failed for resource {name} with message: [{', '.join(refused)}]"
            )
        if existing is None:
            refuse_taken_name(stack, kind, properties)
        make = parsing.parse_and_create_resource if existing is None else parsing.parse_and_update_resource
        made: Any = make(name, copy.deepcopy(body), resources, stack.account_id, stack.region_name)
        if made is None:
            raise ValidationError(message=f"The rehearsal cannot update a resource of type {kind}")
    except Exception as error:
        log.info("%s of %s failed", verb, name, exc_info=True)
        record(stack, name, physical_id, kind, f"{verb}_FAILED", reason=reason_of(error))
        doing = verb.lower()
        raise _Failed(f"The following resource(s) failed to {doing}: [{name}].") from error
    resources._parsed_resources[name] = made
    deployed[name] = properties
    record(stack, name, made.physical_resource_id, kind, f"{verb}_COMPLETE")


def _guard_imports(stack: Stack) -> None:
    """Fail an update that would change what other stacks import."""
    try:
        exports.refuse_change_of_used(stack)
    except Exception as error:
        raise _Failed(reason_of(error)) from error


def _publish(stack: Stack, template: dict[str, Any]) -> None:
    """Give the stack its outputs and exports."""
    try:
        exports.publish(stack, template)
    except Exception as error:
        raise _Failed(reason_of(error)) from error


def _remove_all(stack: Stack, *, keeping: tuple[str, ...]) -> list[str]:
    bodies = dict(stack.resource_map._resource_json_map)
    left = []
    for name in reversed(list(_deployed.get(stack, {}))):
        try:
            _remove(stack, name, bodies.get(name, {}), keeping=keeping)
        except _Failed:
            left.append(name)
    stack.resource_map._resource_json_map = {}
    stack.template_dict = {}
    stack.output_map = stack._create_output_map()
    return left


def _remove(stack: Stack, name: str, body: dict[str, Any], *, keeping: tuple[str, ...] = _KEPT) -> None:
    resources = stack.resource_map
    resource = resources._parsed_resources.pop(name)
    _deployed[stack].pop(name)
    kind = resource.cf_resource_type
    if body.get("DeletionPolicy") in keeping:
        record(stack, name, resource.physical_resource_id, kind, "DELETE_SKIPPED")
        return
    record(stack, name, resource.physical_resource_id, kind, "DELETE_IN_PROGRESS")
    try:
        resources._delete_resource(resource, {"Type": kind, "Properties": body.get("Properties", {})})
    except Exception as error:
        log.info("removal of %s failed", name, exc_info=True)
        record(stack, name, resource.physical_resource_id, kind, "DELETE_FAILED", reason=reason_of(error))
        raise _Failed(f"The following resource(s) failed to delete: [{name}].") from error
    record(stack, name, resource.physical_resource_id, kind, "DELETE_COMPLETE")
