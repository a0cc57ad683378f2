"""The fields of a definition whose values are paths into data: each must be a path, or call an intrinsic function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonpath_ng.exceptions import JSONPathError

from rehearsal.cloud.stepfunctions.diagnostics import Diagnostic, parts_of
from rehearsal.cloud.stepfunctions.paths import parsed

CODE = "SCHEMA_VALIDATION_FAILED"

PATHS = (
    *("InputPath", "OutputPath", "ResultPath", "ItemsPath", "MaxConcurrencyPath", "SecondsPath", "TimestampPath"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath", "ErrorPath", "CausePath"),
)
TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_FUNCTIONS = "States."
_NO_REFERENCE = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"


def wrong_references(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield the paths of a definition that are none.

    Parameters
    ----------
    machine
        The JSON object of the definition.
    """
    for place, part in parts_of(machine):
        for name, state in part.states.items():
            here = f"{place}/States/{name}"
            for field in PATHS:
                if isinstance(state.get(field), str) and not _refers(state[field]):
                    text = "Value is not a Path or an intrinsic function call: The value must be a valid JSONPath"
                    yield Diagnostic(CODE, text, f"{here}/{field}")
            for field in TEMPLATES:
                for key in _wrong(state.get(field)):
                    text = _NO_REFERENCE.format(key)
                    yield Diagnostic(CODE, text, f"{here}/{field}")
            for rule in _rules(state.get("Choices")):
                if not _refers(rule["Variable"]):
                    yield Diagnostic(CODE, f"Value is not a Reference Path: {rule['Variable']}", f"{here}/Choices")


def _wrong(template: Any) -> Iterator[str]:
    if isinstance(template, list):
        for item in template:
            yield from _wrong(item)
    elif isinstance(template, dict):
        for key, value in template.items():
            if not key.endswith(".$"):
                yield from _wrong(value)
            elif not isinstance(value, str) or not _refers(value):
                yield key


def _rules(choices: Any) -> Iterator[dict[str, Any]]:
    for rule in choices or ():
        if "Variable" in rule:
            yield rule
        yield from _rules([*rule.get("And", ()), *rule.get("Or", ()), *([rule["Not"]] if "Not" in rule else ())])


def _refers(value: str) -> bool:
    if value.startswith(_FUNCTIONS):
        return True  # the parser of the language judges the call
    if not value.startswith("$"):
        return False
    try:
        # $$ is the context object, $name a variable
        parsed(f"${value.removeprefix('$$')}" if value.startswith("$$") else value)
    except (JSONPathError, ValueError):
        return value[1:2].isalpha()
    return True
