"""Starts the programs of a rehearsal, keeps what they print, and leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

_GRACE_SECONDS = 3.0

# The standard input is the lifeline: it ends when the rehearsal does, in whatever way, and the program's group with it.
_WITH_LIFELINE = """exec 3<&0 </dev/null
( ( read -r _ <&3; kill -s KILL 0 ) >/dev/null 2>&1 & )
exec 3<&-
exec "$@"
"""


class Programs:
    """The programs that run now, each in a process group of its own.

    Ctrl-C reaches the rehearsal only; ``end_all`` then ends what it started, in whichever thread.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._ended = False

    def run(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: dict[str, str],
        folder: Path,
        on_line: Callable[[str], None],
    ) -> int:
        """Run a program to its end.

        Parameters
        ----------
        command
            The program and its arguments.
        log
            File that gets what it prints.
        environment
            All of its environment variables.
        folder
            Its working folder.
        on_line
            Called with each line that it prints, without the line's end.

        Returns
        -------
        int
            Its exit status.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as kept:
            process = self._start(command, environment, folder)
            try:
                assert process.stdout is not None  # noqa: S101 - a pipe was asked for
                for line in process.stdout:
                    kept.write(line)
                    kept.flush()
                    on_line(line.decode(errors="replace").rstrip())
                return process.wait()
            finally:
                _end(process)
                assert process.stdin is not None  # noqa: S101 - a pipe was asked for
                process.stdin.close()
                with self._lock:
                    self._running.discard(process)

    def end_all(self) -> None:
        """End every program that runs, and let no other start."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            _end(process)

    def _start(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise KeyboardInterrupt
            process = subprocess.Popen(
                ["/bin/sh", "-c", _WITH_LIFELINE, "sh", *command],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
            return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: a program may have started others that outlive it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
