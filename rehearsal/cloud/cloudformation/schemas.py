"""The check of a resource's properties against its type's schema, which CloudFormation makes before it creates it.

The schemas are AWS's own; cfn-lint carries them. Only what cannot be a matter of unresolved values is checked:
unknown and missing properties, allowed values, limits, patterns.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from jsonschema import validators

_CHECKED = (
    "$ref",
    "additionalProperties",
    "enum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "patternProperties",
    "properties",
    "required",
)


def violations(type_name: str, region: str, properties: dict[str, Any]) -> list[str]:
    """Say what CloudFormation would refuse in the properties of a resource.

    Parameters
    ----------
    type_name
        For example ``AWS::Glue::Job``.
    region
        Region of the stack: a type may not exist everywhere.
    properties
        Properties with every reference resolved.

    Returns
    -------
    list of str
        One text per violation, in CloudFormation's words where they are known; empty if there is none.
    """
    checker = _checker(type_name, region)
    if checker is None:
        return []
    found = sorted(checker.iter_errors(properties), key=lambda error: [str(part) for part in error.absolute_path])
    return [f"#/{'/'.join(map(str, error.absolute_path))}: {_in_its_words(error)}" for error in found]


def is_a_type(type_name: str, region: str) -> bool:
    """Say whether CloudFormation knows a resource type in a Region: whether one misspelt it.

    Parameters
    ----------
    type_name
        For example ``AWS::Glue::Job``. A custom resource's may be anything.
    region
        Region of the stack.
    """
    return type_name.startswith("Custom::") or type_name in _types(region)


def _in_its_words(error: jsonschema.ValidationError) -> str:
    if error.validator == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        extra = ", ".join(sorted(set(error.instance) - known))
        return f"extraneous key [{extra}] is not permitted"
    if error.validator == "required":
        missing = ", ".join(name for name in error.validator_value if name not in error.instance)
        return f"required key [{missing}] not found"
    if error.validator in ("pattern", "maxLength", "minLength"):
        return f"failed validation constraint for keyword [{error.validator}] ({error.message})"
    return str(error.message)


@cache
def _types(region: str) -> frozenset[str]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415 - as below

    return frozenset(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))


@cache
def _checker(type_name: str, region: str) -> Any:
    # loading cfn-lint takes most of a second: only a process that deploys pays it
    from cfnlint.schema._exceptions import ResourceNotFoundError  # noqa: PLC0415
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415

    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name).schema
    except ResourceNotFoundError:
        return None
    known = jsonschema.Draft7Validator.VALIDATORS
    kind = validators.create(
        meta_schema=jsonschema.Draft7Validator.META_SCHEMA,
        validators={name: _tolerant(name, known[name]) for name in _CHECKED},
        type_checker=jsonschema.Draft7Validator.TYPE_CHECKER,
    )
    return kind(schema)


def _tolerant(keyword: str, check: Any) -> Any:
    """CloudFormation takes "2" where a schema says 2, so a text is compared as the number that it spells."""
    if keyword == "pattern":
        return _where_python_can(check)
    if keyword not in ("enum", "maximum", "minimum"):
        return check

    def tolerant(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        if isinstance(instance, str) and keyword != "enum":
            try:
                instance = float(instance)
            except ValueError:
                return
        if keyword == "enum" and str(instance) in map(str, value):
            return
        yield from check(validator, value, instance, schema) or ()

    return tolerant


def _where_python_can(check: Any) -> Any:
    """Leave out patterns with classes of characters that Python's expressions do not have."""

    def tolerant(validator: Any, pattern: str, instance: Any, schema: Any) -> Any:
        try:
            yield from check(validator, pattern, instance, schema) or ()
        except re.error:
            return

    return tolerant
