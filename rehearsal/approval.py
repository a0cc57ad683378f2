"""The manual approval: asked on terminal and page, given where there is no terminal, unless ``APPROVE`` decides."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.errors import RehearsalError
from rehearsal.prompt import ask

PAGE = "page"

_ANSWERS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Answer:
    """The answer to an approval.

    Parameters
    ----------
    approved
        Yes or no.
    summary
        Who gave it.
    """

    approved: bool
    summary: str


def decided_by_environment() -> str | None:
    """Return what the variable APPROVE says in lower case, or None if it says nothing.

    Raises
    ------
    RehearsalError
        If it says something else than yes, no or page.
    """
    said = os.environ.get("APPROVE", "").strip().lower()
    if not said:
        return None
    if said != PAGE and said not in _ANSWERS:
        raise RehearsalError(f"APPROVE={os.environ['APPROVE']} is neither yes nor no nor page")
    return said


def answer(stage: str, waits: Callable[[], bool]) -> Answer | None:
    """Obtain the answer to the approval before a stage.

    Parameters
    ----------
    stage
        The pipeline's name of the stage.
    waits
        Says whether the approval still waits: the page may answer it, and any client of the API.

    Returns
    -------
    Answer or None
        None if somebody else has answered first.
    """
    decided = decided_by_environment()
    if decided == PAGE:
        while waits():
            time.sleep(_LOOK_SECONDS)
        return None
    if decided is not None:
        return _answer(stage, _ANSWERS[decided], f"by APPROVE={os.environ['APPROVE']}")
    if not _on_a_terminal():
        return Answer(True, "approved by the rehearsal itself: there is no terminal to ask on")
    said = ask(f"Deploy to {stage}? Answer here or on the page. [y/N] ", waits)
    if said is None:
        return None
    return _answer(stage, _ANSWERS.get(said.strip().lower(), False), "on the terminal")


def _answer(stage: str, approved: bool, how: str) -> Answer:
    return Answer(approved, f"approved {how}" if approved else f"{stage} was rejected {how}")


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
