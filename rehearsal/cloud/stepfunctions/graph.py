"""The transitions of a state machine: each must lead to a state, each state must be reached, and there is an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.cloud.stepfunctions.diagnostics import Diagnostic, Part, parts_of


def wrong_transitions(machine: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the transitions of a definition whose fields are right.

    Parameters
    ----------
    machine
        The JSON object of the definition.
    """
    seen: set[str] = set()
    for place, part in parts_of(machine):
        yield from _missing_targets(place, part)
        if not any(_ends(state) for state in part.states.values()):
            yield Diagnostic("MISSING_END_STATE", "Workflow has no terminal state", None)
        else:
            yield from _unreachable(place, part)
        for name in part.states:
            if name in seen:
                yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", f"{place}/States/{name}")
            seen.add(name)


def _missing_targets(place: str, part: Part) -> Iterator[Diagnostic]:
    named = [("/StartAt", part.body["StartAt"])]
    for name, state in part.states.items():
        named += [(f"/States/{name}{field}", target) for field, target in _targets(state)]
    for field, target in named:
        if target not in part.states:
            # AWS writes 'Next' for every kind of transition
            yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {target}", f"{place}{field}")


def _unreachable(place: str, part: Part) -> Iterator[Diagnostic]:
    reached: set[str] = set()
    ahead = [part.body["StartAt"]]
    while ahead:
        name = ahead.pop()
        if name in part.states and name not in reached:
            reached.add(name)
            ahead += [target for _, target in _targets(part.states[name])]
    for name in part.states:
        if name not in reached:
            text = f'State "{name}" is not reachable.'
            yield Diagnostic("MISSING_TRANSITION_TARGET", text, f"{place}/States/{name}")


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if field in state:
            yield f"/{field}", state[field]
    for field in ("Choices", "Catch"):
        for number, rule in enumerate(state.get(field, ())):
            if "Next" in rule:
                yield f"/{field}[{number}]/Next", rule["Next"]


def _ends(state: dict[str, Any]) -> bool:
    return state.get("End") is True or state["Type"] in ("Succeed", "Fail")
