"""Runs the commands of a build one after the other; variables and the working folder pass from one to the next."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

_LOOK_SECONDS = 0.02
_GRACE_SECONDS = 3.0

# The standard input is the lifeline: it ends when the server does, in whatever way, and the command's group with it.
_SCRIPT = """exec 3<&0 </dev/null
( ( read -r _ <&3; kill -s KILL 0 ) >/dev/null 2>&1 & )
exec 3<&-
trap 'REHEARSAL_STATUS=$?; env -0 > "$REHEARSAL_STATE/env"; pwd > "$REHEARSAL_STATE/cwd"; exit $REHEARSAL_STATUS' EXIT
. "$REHEARSAL_STATE/command"
"""
_OWN = ("REHEARSAL_STATE", "REHEARSAL_STATUS", "_", "SHLVL", "PWD", "OLDPWD")


class Ended(Exception):  # noqa: N818 - not an error of the command
    """A command was ended from outside: the build was stopped or took too long."""


class Shell:
    """The shell of a build.

    Parameters
    ----------
    program
        ``sh`` or ``bash``.
    folder
        Folder of its own state.
    work
        Working folder of the first command.
    environment
        All variables of the first command.
    output
        File that gets what the commands print.
    """

    def __init__(self, program: str, folder: Path, work: Path, environment: dict[str, str], output: Path) -> None:
        self.environment = dict(environment)
        self._program = program
        self._folder = folder
        self._work = work
        self._output = output
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, command: str, stop: threading.Event, deadline: float) -> int:
        """Run a command to its end.

        Parameters
        ----------
        command
            One line or several.
        stop
            Set when the command is to be ended.
        deadline
            When it is to be ended, by ``time.monotonic``.

        Returns
        -------
        int
            Its exit status.

        Raises
        ------
        Ended
            If it was ended from outside.
        """
        (self._folder / "command").write_text(command + "\n")
        ours, lifeline = os.pipe()
        try:
            with self._output.open("ab") as output:
                process = subprocess.Popen(
                    [self._program, "-c", _SCRIPT],
                    cwd=self._work,
                    env=self.environment | {"REHEARSAL_STATE": str(self._folder)},
                    stdin=ours,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            ended_from_outside = _watch(process, stop, deadline)
        finally:
            os.close(ours)
            os.close(lifeline)
        if ended_from_outside:
            raise Ended
        self._remember()
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def _remember(self) -> None:
        try:
            told = (self._folder / "env").read_bytes()
            work = Path((self._folder / "cwd").read_text().removesuffix("\n"))
        except FileNotFoundError:
            return  # a trap of the command's own took the place of ours, or it was killed
        pairs = (entry.split("=", 1) for entry in told.decode(errors="replace").split("\0") if "=" in entry)
        self.environment = {name: value for name, value in pairs if name not in _OWN}
        if work.is_dir():
            self._work = work


def _watch(process: subprocess.Popen[bytes], stop: threading.Event, deadline: float) -> bool:
    """Wait for the end of a command and leave nothing of its group; say whether it was ended from outside."""
    ended = False
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT  # not reaped, so that the group's ID stays its own
    while os.waitid(os.P_PID, process.pid, flags) is None:
        if stop.is_set() or time.monotonic() > deadline:
            ended = True
            _signal(process, signal.SIGTERM)
            grace = time.monotonic() + _GRACE_SECONDS
            while os.waitid(os.P_PID, process.pid, flags) is None and time.monotonic() < grace:
                time.sleep(_LOOK_SECONDS)
            break
        time.sleep(_LOOK_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()
    return ended


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
