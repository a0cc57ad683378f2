"""SIGINT, SIGTERM and SIGHUP end the test as Ctrl-C does, but never between asking for a run and knowing its ID."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """Turns the first signal into a KeyboardInterrupt; later ones are ignored: the runs are being stopped already."""

    def __init__(self) -> None:
        self.signal_name = ""
        self._holds = 0
        self._waiting = False
        self._before: dict[signal.Signals, Any] = {}

    def watch(self) -> None:
        """Take over the signals (only the main thread may)."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._received) for number in _SIGNALS}

    def ignore(self) -> None:
        """From now on let no signal come in between: the runs are being stopped, which must be done to its end."""
        self.signal_name = self.signal_name or "none"

    def unwatch(self) -> None:
        """Give the signals back to whoever had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a signal wait until the block is done."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._waiting and not self._holds:
                self._waiting = False
                raise KeyboardInterrupt(self.signal_name)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self.signal_name:
            return
        self.signal_name = signal.Signals(number).name
        if self._holds:
            self._waiting = True
        else:
            raise KeyboardInterrupt(self.signal_name)
