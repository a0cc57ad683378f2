"""How patient the test is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How patient the test is.

    Parameters
    ----------
    poll_seconds
        The first wait between two looks at a run; each further one is half as long again, up to fifteen times this.
    wait_seconds
        How long a job may spend before and between its runs: held up by a limit, WAITING, STARTING, unreadable.
        What it spends RUNNING is bounded by its own limit.
    restart_seconds
        How long to wait for Glue to restart a failed run of a job with retries.
    heartbeat_seconds
        The longest silence on the terminal.
    stop_seconds
        How long to try to stop the runs in the end.
    """

    poll_seconds: float = 2.0
    wait_seconds: float = 900.0
    restart_seconds: float = 60.0
    heartbeat_seconds: float = 30.0
    stop_seconds: float = 60.0

    @property
    def longest_poll_seconds(self) -> float:
        """Where the waits between two looks stop growing."""
        return 15 * self.poll_seconds
