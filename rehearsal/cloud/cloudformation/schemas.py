"""The check of a resource's properties against its type's schema, which CloudFormation makes before it creates it.

The schemas are AWS's own; cfn-lint carries them. Only what cannot be a matter of unresolved values is checked:
unknown and missing properties, allowed values, limits.
"""

from __future__ import annotations

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
    "maximum",
    "minItems",
    "minimum",
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


def _in_its_words(error: jsonschema.ValidationError) -> str:
    if error.validator == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        extra = ", ".join(sorted(set(error.instance) - known))
        return f"extraneous key [{extra}] is not permitted"
    if error.validator == "required":
        missing = ", ".join(name for name in error.validator_value if name not in error.instance)
        return f"required key [{missing}] not found"
    return str(error.message)


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
        validators={name: _number_tolerant(name, known[name]) for name in _CHECKED},
        type_checker=jsonschema.Draft7Validator.TYPE_CHECKER,
    )
    return kind(schema)


def _number_tolerant(keyword: str, check: Any) -> Any:
    """CloudFormation takes "2" where a schema says 2, so a text is compared as the number that it spells."""
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
