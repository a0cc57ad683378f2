"""The manual approval: asked on a terminal, given without one, decided by ``APPROVE`` where that is set."""

from __future__ import annotations

import os
import sys

from rehearsal.errors import ApprovalRejectedError, RehearsalError

_ANSWERS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


def decided_by_environment() -> bool | None:
    """Return what the variable APPROVE says, or None if it says nothing.

    Raises
    ------
    RehearsalError
        If it says something else than yes or no.
    """
    said = os.environ.get("APPROVE", "").strip().lower()
    if not said:
        return None
    if said not in _ANSWERS:
        raise RehearsalError(f"APPROVE={os.environ['APPROVE']} is neither yes nor no")
    return _ANSWERS[said]


def approve(stage: str) -> str:
    """Obtain the approval before a stage.

    Parameters
    ----------
    stage
        The pipeline's name of the stage.

    Returns
    -------
    str
        Who approved.

    Raises
    ------
    ApprovalRejectedError
        If the answer is no.
    """
    decided = decided_by_environment()
    if decided is not None:
        if not decided:
            raise ApprovalRejectedError(f"{stage} was rejected by APPROVE={os.environ['APPROVE']}")
        return f"approved by APPROVE={os.environ['APPROVE']}"
    if not _on_a_terminal():
        return "approved by the rehearsal itself: there is no terminal to ask on"
    try:
        answer = input(f"Deploy to {stage}? [y/N] ").strip().lower()
    except EOFError:
        answer = ""
    if not _ANSWERS.get(answer, False):
        raise ApprovalRejectedError(f"{stage} was rejected on the terminal")
    return "approved on the terminal"


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
