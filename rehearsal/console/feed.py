"""The newest snapshot, made when somebody asks for it: a rehearsal that nobody watches pays nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.console.snapshot import Snapshots

log = logging.getLogger(__name__)

_SHORTEST_PAUSE = 0.5
_SHARE = 4
"""Looking may take one part in so many of the time, however many jobs there are."""

_LOOK_SECONDS = 0.1


class Feed:
    """Hands snapshots to pages that wait for the next one.

    Parameters
    ----------
    snapshots
        What makes them.
    """

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._looking = threading.Lock()
        self._changed = threading.Condition()
        self._due = 0.0
        self._latest: dict[str, Any] | None = None
        self._tag, self._body = "", b""
        self._kept = False
        self._waiting = 0
        self._last_asked = 0.0
        self._ended = False

    def next(self, known: str, seconds: float) -> tuple[str, bytes]:
        """Wait for a snapshot that the asker does not have.

        Parameters
        ----------
        known
            Tag of the one that it has; empty if it has none.
        seconds
            How long to wait at most.

        Returns
        -------
        tuple of str and bytes
            Its tag and its JSON; the known one if nothing has changed.
        """
        deadline = time.monotonic() + seconds
        with self._changed:
            self._waiting += 1
        try:
            while True:
                self.look()
                with self._changed:
                    if self._tag != known or self._ended or time.monotonic() >= deadline:
                        return self._tag, self._body
                    self._changed.wait(_LOOK_SECONDS)
        finally:
            with self._changed:
                self._waiting -= 1
                self._last_asked = 0.0 if self._ended else time.monotonic()

    def look(self, *, now: bool = False) -> None:
        """Take a snapshot, unless the last one is young.

        Parameters
        ----------
        now
            Whether to take one in any case.
        """
        with self._looking:
            began = time.monotonic()
            if self._kept or (began < self._due and not now):
                return
            try:
                self._publish(self._snapshots.take())
            except (BotoCoreError, ClientError):
                log.debug("no snapshot", exc_info=True)  # the local cloud comes or goes; the next look tells
            self._due = time.monotonic() + max(_SHORTEST_PAUSE, _SHARE * (time.monotonic() - began))

    def what_would_change(self, stage: str) -> list[str]:
        """Return what the approval before a stage would change, a line for each of its stacks.

        Parameters
        ----------
        stage
            Whose approval waits.
        """
        self.look(now=True)
        approvals = (self._latest or {}).get("approvals", [])
        asked = [each for each in approvals if (each["stage"], each["state"]) == (stage, "Waiting")]
        return [f"{change['stack']}: {change['words']}" for each in asked for change in each["changes"] or []]

    def keep(self) -> None:
        """Take the last snapshot that asks the local cloud, with every output."""
        with self._looking:
            if self._kept:
                return
            self._kept = True
            try:
                self._latest = self._snapshots.take(outputs=True)
            except (
                Exception
            ):  # whatever it is: a page must not fail a rehearsal, and the report tells what else is known
                log.debug("no last snapshot", exc_info=True)
                self._latest = self._snapshots.take(outputs=True, asking=False)

    def end(self, state: str, message: str) -> dict[str, Any]:
        """Give the rehearsal its end, and let the pages that wait know it.

        Parameters
        ----------
        state
            ``Succeeded``, ``Failed`` or ``Stopped``.
        message
            Why it did not succeed.

        Returns
        -------
        dict
            The snapshot that remains.
        """
        self.keep()
        with self._looking:
            assert self._latest is not None  # noqa: S101 - it was just kept
            final = self._snapshots.final(self._latest, state, message)
            self._ended = True
            self._publish(final)
        return final

    def await_readers(self, seconds: float) -> None:
        """Wait until the pages that followed the rehearsal have its end.

        Parameters
        ----------
        seconds
            How long at most; a page that asked in the last second is waited for.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._changed:
                if not self._waiting and time.monotonic() - self._last_asked > 1:
                    return
            time.sleep(_LOOK_SECONDS / 5)

    def _publish(self, snapshot: dict[str, Any]) -> None:
        body = json.dumps(snapshot, ensure_ascii=False).encode()
        with self._changed:
            self._latest, self._body = snapshot, body
            self._tag = hashlib.sha256(body).hexdigest()[:16]
            self._changed.notify_all()
