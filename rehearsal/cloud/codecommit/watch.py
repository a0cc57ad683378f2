"""Looks for pushes: git tells nobody that a bare repository has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codecommit.repositories import Push, Repository

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25

OnChange = Callable[[Repository, Push], None]
"""Takes the repository and what was pushed to it."""


class Watch:
    """Tells of each branch and tag that a push made or moved.

    Parameters
    ----------
    on_change
        Who is told.
    """

    def __init__(self, on_change: OnChange) -> None:
        self._on_change = on_change
        self._ended = threading.Event()
        self._stamps: dict[str, tuple[int, ...]] = {}

    def start(self) -> None:
        """Begin to look, in a thread."""
        threading.Thread(target=self._look, name="codecommit-watch", daemon=True).start()

    def shut_down(self) -> None:
        """Look no more."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            for repository in repositories.every():
                try:
                    self._look_at(repository)
                except Exception:
                    log.exception("looking for pushes to %s", repository.name)

    def _look_at(self, repository: Repository) -> None:
        stamp = _stamp(repository)
        if stamp == self._stamps.get(str(repository.folder)):
            return
        pushes = repository.news()
        self._stamps[str(repository.folder)] = stamp
        for push in pushes:
            log.info("%s: %s %s is at %s", repository.name, push.kind, push.name, push.commit)
            self._on_change(repository, push)


def _stamp(repository: Repository) -> tuple[int, ...]:
    """Return what changes with every push: cheaper than to ask git each time."""
    roots = [repository.folder / "refs" / kind for kind in ("heads", "tags")]
    paths = [path for root in roots for path in [root, *root.rglob("*")]]
    return tuple(sorted(path.stat().st_mtime_ns for path in paths if path.exists()))
