"""Loads the interpreter when the first state machine is made: that takes a second, which other clouds need not pay."""

from __future__ import annotations

import threading

_loading = threading.Lock()
_loaded = threading.Event()


def is_loaded() -> bool:
    """Say whether there may be executions at all."""
    return _loaded.is_set()


def load() -> None:
    """Load moto's interpreter and mend it, once."""
    with _loading:
        if not _loaded.is_set():
            from rehearsal.cloud.stepfunctions import interpreter  # noqa: PLC0415

            interpreter.mend()
            _loaded.set()
