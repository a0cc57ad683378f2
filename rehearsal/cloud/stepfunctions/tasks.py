"""The resource of a Task: a service integration that exists, with parameters that it knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel, StructureShape

from rehearsal.cloud.stepfunctions.diagnostics import Diagnostic

CODE = "SCHEMA_VALIDATION_FAILED"

INTEGRATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    # service: operations by their names in ARNs, each with the patterns that AWS has for it
    "glue": {"startJobRun": ("", ".sync")},
    "sns": {"publish": ("", ".waitForTaskToken")},
    "sqs": {"sendMessage": ("", ".waitForTaskToken")},
    "dynamodb": dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), ("",)),
    "states": {"startExecution": ("", ".sync", ".sync:2", ".waitForTaskToken")},
}
"""The optimized integrations that the local cloud executes; ``events`` delivers nothing here, ``lambda``, ``ecs`` and
``batch`` would need Docker."""

BOTO_NAMES = {"states": "stepfunctions", "sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}
"""Services that botocore calls otherwise."""

_RESOURCE = re.compile(
    r"arn:(?P<partition>[a-z-]+):states:(?P<region>[a-z0-9-]*):(?P<account>[0-9]*):"
    r"(?:(?P<sdk>aws-sdk):)?(?P<service>[a-z0-9-]+):(?P<operation>[A-Za-z0-9]+)(?P<pattern>\.[A-Za-z]+(?::2)?)?"
)


def wrong_task(state: dict[str, Any], place: str, partition: str) -> Iterator[Diagnostic]:
    """Yield what is wrong with the resource and the parameters of a Task.

    Parameters
    ----------
    state
        The state, whose fields are right.
    place
        Where it stands.
    partition
        Of the Region.
    """
    resource = state["Resource"]
    found = _RESOURCE.fullmatch(resource)
    if not found or found["partition"] != partition:
        text = (
            f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, "
            "or the resource is not available in this region."
        )
        yield Diagnostic(CODE, text, f"{place}/Resource")
        return
    patterns = _patterns(found)
    if found["pattern"] and patterns and found["pattern"] not in patterns:
        text = f"The pattern {found['pattern']} is not supported by {resource.removesuffix(found['pattern'])}"
        yield Diagnostic(CODE, text, f"{place}/Resource")
        return
    if not patterns:
        yield Diagnostic("NOT_REHEARSED", f"The rehearsal does not execute tasks of {resource}", f"{place}/Resource")
        return
    yield from _wrong_parameters(state, _input(found), f"{place}/Parameters")


def _patterns(found: re.Match[str]) -> tuple[str, ...]:
    if found["sdk"]:
        return ("", ".waitForTaskToken") if _input(found) is not None else ()
    return INTEGRATIONS.get(found["service"], {}).get(found["operation"], ())


def _wrong_parameters(state: dict[str, Any], shape: StructureShape | None, place: str) -> Iterator[Diagnostic]:
    given = state.get("Parameters", {})
    if shape is None or not isinstance(given, dict):
        return
    # Step Functions calls every parameter by a capital letter, whatever the API does
    known = {name[:1].upper() + name[1:] for name in shape.members}
    names = {name.removesuffix(".$") for name in given}
    for name in sorted(names - known):
        yield Diagnostic(CODE, f"The field '{name}' is not supported by Step Functions", place)
    for name in sorted({name[:1].upper() + name[1:] for name in shape.required_members} - names):
        yield Diagnostic(CODE, f"The field '{name}' is required but was missing", place)


def _input(found: re.Match[str]) -> StructureShape | None:
    model = service_model(BOTO_NAMES.get(found["service"], found["service"]))
    name = found["operation"][:1].upper() + found["operation"][1:]
    return model.operation_model(name).input_shape if model and name in model.operation_names else None


@cache
def service_model(service: str) -> ServiceModel | None:
    """Return what botocore knows of a service; None for one that it does not know.

    Parameters
    ----------
    service
        Its name as botocore has it.
    """
    try:
        return botocore.session.Session().get_service_model(service)
    except UnknownServiceError:
        return None
