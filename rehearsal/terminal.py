"""What the terminal shows: a line when a step begins, one when it ends, signs of life between."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

HEARTBEAT_SECONDS = 4.0
_WIDEST = 120
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}


class Step:
    """A step that goes on.

    Parameters
    ----------
    stage, action
        What the step is.
    """

    def __init__(self, stage: str, action: str) -> None:
        self.stage = stage
        self.action = action
        self.began = time.monotonic()
        self.since = time.time()
        self.latest = ""
        self.message = ""
        self.took: float | None = None

    def note(self, line: str) -> None:
        """Remember the latest news of the step, for the next sign of life."""
        self.latest = line.strip() or self.latest

    @property
    def seconds(self) -> float:
        """How long the step has been going on, or took where that was told."""
        return time.monotonic() - self.began if self.took is None else self.took


class Terminal:
    """Writes to a terminal or a log, in colours only where they are wanted.

    Parameters
    ----------
    stream
        Where to write.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._running: list[Step] = []

    @property
    def running(self) -> list[Step]:
        """The steps that go on, in the order in which they began."""
        with self._lock:
            return list(self._running)

    @property
    def seconds(self) -> float:
        """Seconds since the rehearsal began."""
        return time.monotonic() - self._began

    def say(self, text: str = "", colour: str = "") -> None:
        """Write a line."""
        if colour and self._colours:
            text = f"\033[{_COLOURS[colour]}m{text}\033[0m"
        with self._lock:
            self._stream.write(text + "\n")
            self._stream.flush()

    @contextmanager
    def step(self, stage: str, action: str) -> Iterator[Step]:
        """Show a step while it goes on, and how it ended.

        Parameters
        ----------
        stage, action
            What the step is.

        Yields
        ------
        Step
            To be told the news.
        """
        ended = threading.Event()
        step = self.begin(stage, action)
        beat = threading.Thread(target=self._beat, args=(step, ended), daemon=True)
        beat.start()
        try:
            yield step
        except BaseException:
            self.fail(step)
            raise
        else:
            self.succeed(step)
        finally:
            ended.set()
            beat.join()

    def begin(self, stage: str, action: str) -> Step:
        """Show that a step begins, and return it."""
        step = Step(stage, action)
        with self._lock:
            self._running.append(step)
        self._line(step, "...", "dim")
        return step

    def succeed(self, step: Step) -> None:
        """Show that a step has come to its end."""
        self._forget(step)
        told = f": {step.message}" if step.message else ""
        self._line(step, f"done in {step.seconds:.1f} s{told}", "green")

    def fail(self, step: Step) -> None:
        """Show that a step has failed."""
        self._forget(step)
        self._line(step, f"failed after {step.seconds:.1f} s", "red")

    def sign_of_life(self, step: Step) -> None:
        """Show that a step goes on."""
        self._line(step, f"... {step.seconds:.0f} s  {step.latest}"[:_WIDEST], "dim")

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table; a column is as wide as its widest cell."""
        widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
        for number, row in enumerate([heads, *rows]):
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.say("  " + "  ".join(cells).rstrip(), "bold" if number == 0 else "")

    def _beat(self, step: Step, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            self.sign_of_life(step)

    def _forget(self, step: Step) -> None:
        with self._lock:
            self._running = [each for each in self._running if each is not step]

    def _line(self, step: Step, text: str, colour: str) -> None:
        self.say(f"[{self.seconds:6.1f} s] {step.stage:<14} {step.action:<22} {text}", colour)
