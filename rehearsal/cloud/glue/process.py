"""The process of a run: its folder, its environment, its start and its end."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.cloud.glue import launch

log = logging.getLogger(__name__)

GRACE_SECONDS = 5.0
"""How long a process that was asked to end may take before it is killed."""


@dataclass
class Inputs:
    """What a run gets on its way.

    Parameters
    ----------
    folder
        The run's folder: its output stays there.
    script
        The job's script, fetched.
    arguments
        The script's arguments in order.
    environment
        All environment variables of the process.
    """

    folder: Path
    script: Path
    arguments: list[str]
    environment: dict[str, str] = field(repr=False)


class RunProcess:
    """A started process of a run, with all that it starts in a group of its own.

    Parameters
    ----------
    inputs
        What the process gets.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._folder = inputs.folder
        self._result = inputs.folder / "result.json"
        ours, theirs = os.pipe()
        # the write end stays with the server: when the server ends in whatever way, the process ends too
        lifeline_read, self._lifeline = ours, theirs
        work = inputs.folder / "work"
        work.mkdir(exist_ok=True)
        command = [sys.executable, "-P", launch.__file__, str(self._result), str(lifeline_read), str(inputs.script)]
        with (inputs.folder / "stdout").open("ab") as out, (inputs.folder / "stderr").open("ab") as err:
            self._process = subprocess.Popen(
                [*command, *inputs.arguments],
                cwd=work,
                env=inputs.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=[lifeline_read],
                start_new_session=True,
            )
        os.close(lifeline_read)

    def ended(self) -> bool:
        """Say whether the process has ended. It is not reaped yet, so that its group's ID stays its own."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self._process.returncode is not None or os.waitid(os.P_PID, self._process.pid, flags) is not None

    def stop(self) -> None:
        """Ask the process to end, and kill it if it does not."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while not self.ended() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def close(self) -> int:
        """Kill what is left of the group and reap the process.

        Returns
        -------
        int
            The exit status; negative if a signal ended it.
        """
        self._signal(signal.SIGKILL)
        status = self._process.wait()
        os.close(self._lifeline)
        shutil.rmtree(self._folder / "tmp", ignore_errors=True)
        return status

    def outcome(self, status: int) -> str | None:
        """Return the error of the run, or None if its script came to its end.

        Parameters
        ----------
        status
            What ``close`` returned.
        """
        try:
            told: dict[str, Any] = json.loads(self._result.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None if status == 0 else exit_reason(status)
        error = told["error"]
        return None if error is None else str(error)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                log.debug("the group of %s is gone", self._process.pid)


def exit_reason(status: int) -> str:
    """Say how a process ended that did not say so itself.

    Parameters
    ----------
    status
        Exit status as subprocess gives it.

    Returns
    -------
    str
        With the exit code that a shell, and Glue, would show.
    """
    if status >= 0:
        return f"Command failed with exit code {status}"
    name = signal.Signals(-status).name
    return f"Command failed with exit code {128 - status} (the process was ended by {name})"
