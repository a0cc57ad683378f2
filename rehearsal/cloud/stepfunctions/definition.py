"""What Step Functions refuses in a definition, in its own words where they are known.

The codes, texts and places are those that ValidateStateMachineDefinition and CreateStateMachine answer on AWS; what
the rehearsal itself cannot execute is refused too, and says so: a workflow that did not run must not look green.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.cloud.stepfunctions.diagnostics import Diagnostic, parts_of
from rehearsal.cloud.stepfunctions.fields import wrong_fields
from rehearsal.cloud.stepfunctions.graph import wrong_transitions
from rehearsal.cloud.stepfunctions.references import wrong_references
from rehearsal.cloud.stepfunctions.tasks import wrong_task

LONGEST = 1_048_576
"""Bytes of a definition."""


def diagnose(definition: str, partition: str) -> list[Diagnostic]:
    """Say what is wrong with a definition.

    Parameters
    ----------
    definition
        The definition in the Amazon States Language, as JSON.
    partition
        Of the Region: ARNs of integrations carry it.

    Returns
    -------
    list of Diagnostic
        Empty if a state machine can be made of it.
    """
    try:
        machine = json.loads(definition)
    except json.JSONDecodeError as error:
        return [Diagnostic("INVALID_JSON_DESCRIPTION", error.msg, f"[line: {error.lineno}, column: {error.colno}]")]
    if not isinstance(machine, dict):
        return [Diagnostic("SCHEMA_VALIDATION_FAILED", "The definition is not an object", "/")]
    if len(definition.encode()) > LONGEST:
        return [Diagnostic("SCHEMA_VALIDATION_FAILED", f"The definition is longer than {LONGEST} bytes", "/")]
    found = list(_not_executed(machine)) or list(wrong_fields(machine))
    # what hangs on the shape of the definition can only be judged once that is right
    found = found or [*wrong_transitions(machine), *wrong_references(machine), *_wrong_tasks(machine, partition)]
    return found or _parsed(definition)


def _not_executed(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    for place, part in parts_of(machine):
        for name, state in part.states.items():
            if "JSONata" in (state.get("QueryLanguage"), part.body.get("QueryLanguage")):
                yield Diagnostic("NOT_REHEARSED", "The rehearsal does not execute JSONata", f"{place}/States/{name}")
        settings = part.body.get("ProcessorConfig")
        if isinstance(settings, dict) and settings.get("Mode") == "DISTRIBUTED":
            yield Diagnostic("NOT_REHEARSED", "The rehearsal does not execute distributed Map states", place)


def _wrong_tasks(machine: dict[str, Any], partition: str) -> Iterator[Diagnostic]:
    for place, part in parts_of(machine):
        for name, state in part.states.items():
            if state["Type"] == "Task":
                yield from wrong_task(state, f"{place}/States/{name}", partition)


def _parsed(definition: str) -> list[Diagnostic]:
    """Let moto's parser have its say: it knows paths, intrinsic functions and the types of values."""
    # here, since the parser takes a second to import
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser  # noqa: PLC0415

    try:
        AmazonStateLanguageParser.parse(definition)
    except Exception as error:  # whatever it is, the interpreter could not run it
        text = " ".join(str(error).split()) or type(error).__name__
        return [Diagnostic("SCHEMA_VALIDATION_FAILED", text, "/")]
    return []
