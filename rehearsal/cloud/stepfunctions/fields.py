"""The fields of states: which a type has and needs, and what kind of value each takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from jsonschema import validators

from rehearsal.cloud.stepfunctions.diagnostics import Diagnostic, parts_of

CODE = "SCHEMA_VALIDATION_FAILED"

_EVERYWHERE = {"Type", "Comment", "QueryLanguage"}
_DATA = {"InputPath", "OutputPath"}
_WORK = {*_DATA, "Next", "End", "Assign", "ResultPath", "Parameters"}
_ERRORS = {"ResultSelector", "Retry", "Catch"}
_TIMES = {"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"}
_MAP = {
    *("ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter"),
    *("MaxConcurrency", "MaxConcurrencyPath", "Label", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    *("ToleratedFailureCount", "ToleratedFailureCountPath"),
}

FIELDS = {
    "Task": {*_WORK, *_ERRORS, *_TIMES, "Resource", "Credentials"},
    "Parallel": {*_WORK, *_ERRORS, "Branches"},
    "Map": {*_WORK, *_ERRORS, *_MAP},
    "Pass": {*_WORK, "Result"},
    "Wait": {*_DATA, "Next", "End", "Assign", "Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Choice": {*_DATA, "Choices", "Default", "Assign"},
    "Succeed": set(_DATA),
    "Fail": {"Error", "ErrorPath", "Cause", "CausePath"},
}
"""The fields of each type of state, beside those that all have; JSONata's are left out, since it is not executed."""

REQUIRED = {"Task": ("Resource",), "Parallel": ("Branches",), "Choice": ("Choices",)}

_OF_MACHINE = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"}
_CHECKED = ("$ref", "allOf", "const", "enum", "if", "items", "maximum", "minimum", "patternProperties", "properties",
            "required", "type")  # fmt: skip
_LONGEST_NAME = 80


def wrong_fields(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the fields of a definition.

    Parameters
    ----------
    machine
        The JSON object of the definition.
    """
    found = False
    for place, part in parts_of(machine):
        allowed = _OF_MACHINE if not place else {*_OF_MACHINE, "ProcessorConfig"} - {"TimeoutSeconds", "Version"}
        for diagnostic in [
            *_missing(part.body, ("StartAt", "States"), place or "/"),
            *_unsupported(part.body, allowed, place or "/"),
            *(finding for name, state in part.states.items() for finding in _of_state(name, state, place)),
        ]:
            found = True
            yield diagnostic
    # AWS's own sentences come first; the schema says the rest in other words
    if not found:
        yield from _by_schema(machine)


def _of_state(name: str, state: dict[str, Any], place: str) -> Iterator[Diagnostic]:
    here = f"{place}/States/{name}"
    kind = state.get("Type")
    if len(name) > _LONGEST_NAME:
        yield Diagnostic(CODE, f"State name is longer than {_LONGEST_NAME} characters", here)
    if not isinstance(kind, str) or kind not in FIELDS:
        yield from _missing(state, ("Type",), here)
        if kind is not None:
            yield Diagnostic(CODE, f"Value is not valid, it should be one of: {', '.join(FIELDS)}", f"{here}/Type")
        return
    yield from _unsupported(state, FIELDS[kind] | _EVERYWHERE, here)
    yield from _missing(state, REQUIRED.get(kind, ()), here)
    if "Next" in FIELDS[kind] and ("Next" in state) == ("End" in state):
        yield Diagnostic(CODE, "Exactly one of these fields is required: [Next, End]", here)
    if kind == "Map" and ("ItemProcessor" in state) == ("Iterator" in state):
        yield Diagnostic(CODE, "Exactly one of these fields is required: [ItemProcessor, Iterator]", here)


def _missing(body: dict[str, Any], names: tuple[str, ...], place: str) -> Iterator[Diagnostic]:
    missing = [name for name in names if name not in body]
    if missing:
        yield Diagnostic(CODE, f"These fields are required: [{', '.join(missing)}]", place)


def _unsupported(body: dict[str, Any], allowed: set[str], place: str) -> Iterator[Diagnostic]:
    for name in body:
        if name not in allowed:
            yield Diagnostic(CODE, f"Field '{name}' is not supported", place)


def _by_schema(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    for error in sorted(_schema().iter_errors(machine), key=lambda error: list(map(str, error.absolute_path))):
        path = "".join(f"[{part}]" if isinstance(part, int) else f"/{part}" for part in error.absolute_path)
        yield Diagnostic(CODE, re.sub(r"\s+", " ", error.message), path or "/")


@cache
def _schema() -> Any:
    """Return AWS's schema of the language, as cfn-lint carries it, without what is stricter than the service."""
    text = files("cfnlint.data.schemas.other.step_functions").joinpath("statemachine.json").read_text("utf-8")
    known = jsonschema.Draft7Validator.VALIDATORS
    kind = validators.create(
        meta_schema=jsonschema.Draft7Validator.META_SCHEMA,
        validators={name: known[name] for name in _CHECKED},
        type_checker=jsonschema.Draft7Validator.TYPE_CHECKER,
    )
    # branches are machines: the schema's own reference to itself is none that JSON pointers know
    return kind(json.loads(text.replace('"#/"', '"#"')))
