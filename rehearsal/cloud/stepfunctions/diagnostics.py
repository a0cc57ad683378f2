"""A finding about a definition, and the walk through the state machines in a state machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diagnostic:
    """Something that is wrong with a definition.

    Parameters
    ----------
    code
        For example ``MISSING_TRANSITION_TARGET``.
    message
        What is wrong.
    location
        Where, for example ``/States/Extract/Next``; None for the machine as a whole.
    """

    code: str
    message: str
    location: str | None

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location or 'null'}"


@dataclass(frozen=True)
class Part:
    """A state machine, a branch of a Parallel state, or what a Map state does for each item.

    Parameters
    ----------
    body
        Its JSON object.
    states
        Its states by name.
    """

    body: dict[str, Any]
    states: dict[str, dict[str, Any]]


def parts_of(machine: dict[str, Any], place: str = "") -> Iterator[tuple[str, Part]]:
    """Yield a state machine and all within it, each with its place; what is no state machine is left out.

    Parameters
    ----------
    machine
        The JSON object of a definition.
    place
        Where it stands, as locations are written.
    """
    states = machine.get("States")
    found = {name: state for name, state in states.items() if _is(state)} if isinstance(states, dict) else {}
    yield place, Part(machine, found)
    for name, state in found.items():
        here = f"{place}/States/{name}"
        branches = state.get("Branches")
        for number, branch in enumerate(branches if isinstance(branches, list) else ()):
            if _is(branch):
                yield from parts_of(branch, f"{here}/Branches[{number}]")
        for field in ("ItemProcessor", "Iterator"):
            if _is(state.get(field)):
                yield from parts_of(state[field], f"{here}/{field}")


def _is(value: Any) -> bool:
    return isinstance(value, dict)
