"""What CloudFormation refuses in a template before it makes anything: its form, its size, its references.

Quotas: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack

from rehearsal.cloud.cloudformation.order import in_order, references
from rehearsal.cloud.cloudformation.schemas import is_a_type

LARGEST = 1_000_000
"""Bytes of a template; one that is sent with the call, and not by an S3 URL, may have 51,200, which is not checked."""

MOST = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}

_SECTIONS = {
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions"),
    *("Transform", "Hooks", "Resources", "Outputs"),
}
_PSEUDO = {
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
}
_OF_A_RESOURCE = {
    *("Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"),
    *("CreationPolicy", "UpdatePolicy"),
}


def read_template(text: str, region: str) -> dict[str, Any]:
    """Read a template, if CloudFormation would take it.

    Parameters
    ----------
    text
        JSON or YAML.
    region
        Region of the stack: a type may not exist everywhere.

    Returns
    -------
    dict
        The template.

    Raises
    ------
    ValidationError
        With the first thing that CloudFormation would refuse, in its words where they are known.
    """
    if len(text.encode()) > LARGEST:
        raise _refused(f"Template may not exceed {LARGEST} bytes in size.")
    try:
        template = Stack.parse_template(text)
    except yaml.YAMLError as error:
        raise _refused(f"Template format error: YAML not well-formed. ({_place(error)})") from error
    except json.JSONDecodeError as error:
        raise _refused(
            f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
        ) from error
    if not isinstance(template, dict):
        raise _refused("Template format error: unsupported structure.")
    for refusal in _refusals(template, region):
        raise _refused(refusal)
    in_order(template["Resources"])
    return template


def _refusals(template: dict[str, Any], region: str) -> Iterator[str]:
    unknown = sorted(set(template) - _SECTIONS)
    if unknown:
        yield f"Invalid template property or properties [{', '.join(unknown)}]"
    if not template.get("Resources"):
        yield "Template format error: At least one Resources member must be defined."
    for section, most in MOST.items():
        found = len(template.get(section) or {})
        if found > most:
            yield (
                f"Template format error: Number of {section.lower()}, {found}, is greater than maximum allowed, {most}"
            )
    yield from _malformed_resources(template["Resources"])
    types = {body["Type"] for body in template["Resources"].values()}
    unrecognized = sorted(kind for kind in types if not is_a_type(kind, region))
    if unrecognized:
        yield f"Template format error: Unrecognized resource types: [{', '.join(unrecognized)}]"
    yield from _unresolved(template)
    yield from _missing_mappings(template)


def _malformed_resources(resources: dict[str, Any]) -> Iterator[str]:
    for name, body in resources.items():
        if not name.isalnum() or not name.isascii():
            yield f"Template format error: Resource name '{name}' is non alphanumeric."
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            yield f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        unknown = sorted(set(body) - _OF_A_RESOURCE)
        if unknown:
            yield f"Invalid template resource property '{unknown[0]}' (resource {name})"


def _unresolved(template: dict[str, Any]) -> Iterator[str]:
    resources, parameters = set(template["Resources"]), set(template.get("Parameters") or {})
    conditions = set(template.get("Conditions") or {})
    outputs = template.get("Outputs") or {}
    for block, bodies in (("Resources", template["Resources"]), ("Outputs", outputs)):
        for body in bodies.values():
            yield from _unknown_attributes(body, resources)
        found = {name for body in bodies.values() for name in references(body)}
        missing = sorted(found - resources - parameters - _PSEUDO)
        if missing:
            yield (
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {block} block of the template"
            )
        named = {body["Condition"] for body in bodies.values() if isinstance(body.get("Condition"), str)}
        named |= {name for body in bodies.values() for name in _decided_on(body)}
        if named - conditions:
            yield (
                f"Template format error: Unresolved condition dependency {min(named - conditions)} "
                f"in the {block} block of the template"
            )


def _unknown_attributes(node: Any, resources: set[str]) -> Iterator[str]:
    """Find attributes of missing resources, which are told apart from references to them."""
    for value in _values_of("Fn::GetAtt", node):
        name = value[0] if isinstance(value, list) else str(value).split(".")[0]
        if name not in resources:
            yield f"Template error: instance of Fn::GetAtt references undefined resource {name}"


def _missing_mappings(template: dict[str, Any]) -> Iterator[str]:
    """Only what is written out can be looked up before values are known."""
    mappings = template.get("Mappings") or {}
    for value in _values_of("Fn::FindInMap", template["Resources"]):
        found: Any = mappings
        for key in value[:3] if all(isinstance(key, str) for key in value[:3]) else value[:0]:
            if not isinstance(found, dict) or key not in found:
                yield f"Template error: Unable to get mapping for {'::'.join(value[:3])}"
                break
            found = found[key]


def _decided_on(node: Any) -> Iterator[str]:
    return (value[0] for value in _values_of("Fn::If", node) if isinstance(value, list) and isinstance(value[0], str))


def _values_of(function: str, node: Any) -> Iterator[Any]:
    if isinstance(node, list):
        for item in node:
            yield from _values_of(function, item)
    elif isinstance(node, dict):
        if len(node) == 1 and function in node:
            yield node[function]
        for value in node.values():
            yield from _values_of(function, value)


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "no place given"


def _refused(message: str) -> ValidationError:
    return ValidationError(message=message)
