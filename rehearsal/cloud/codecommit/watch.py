"""Looks for pushes: git tells nobody that a bare repository has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.codecommit.repositories import Repository

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25

OnChange = Callable[[Repository, str, str, str | None], None]
"""Takes the repository, the branch, its new commit, and the commit before it (None for a new branch)."""


class Watch:
    """Tells of each branch that a push made or moved.

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
        with repository.lock:
            before, now = repository.told, repository.branches()
            repository.told = now
        self._stamps[str(repository.folder)] = stamp
        for branch, commit in now.items():
            if before.get(branch) != commit:
                log.info("%s: %s is at %s", repository.name, branch, commit)
                self._on_change(repository, branch, commit, before.get(branch))


def _stamp(repository: Repository) -> tuple[int, ...]:
    """Return what changes with every push: cheaper than to ask git each time."""
    heads = repository.folder / "refs" / "heads"
    return tuple(sorted(path.stat().st_mtime_ns for path in [heads, *heads.rglob("*")] if path.exists()))
