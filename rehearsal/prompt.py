"""A question on the terminal that ends by itself when it has been answered elsewhere."""

from __future__ import annotations

import os
import select
import sys
import termios
from collections.abc import Callable

_LOOK_SECONDS = 0.2
_LONGEST_ANSWER = 4096


def ask(question: str, waits: Callable[[], bool]) -> str | None:
    """Ask on the terminal.

    Nothing reads from the terminal while nobody has typed a whole line, so the question can be dropped at any time.

    Parameters
    ----------
    question
        Shown without an end of line.
    waits
        Says whether an answer is still wanted.

    Returns
    -------
    str or None
        The line that was typed, empty at the end of the input; None if no answer is wanted any more.
    """
    keyboard = sys.stdin.fileno()
    _forget_typed(keyboard)  # what was typed before the question was not an answer to it
    sys.stdout.write(question)
    sys.stdout.flush()
    while waits():
        ready, _, _ = select.select([keyboard], [], [], _LOOK_SECONDS)
        if ready:
            typed = os.read(keyboard, _LONGEST_ANSWER).decode(errors="replace")
            return typed.partition("\n")[0]
    _forget_typed(keyboard)  # half an answer is nothing for the shell that reads next
    sys.stdout.write("answered elsewhere\n")
    sys.stdout.flush()
    return None


def _forget_typed(keyboard: int) -> None:
    if os.isatty(keyboard):
        termios.tcflush(keyboard, termios.TCIFLUSH)
