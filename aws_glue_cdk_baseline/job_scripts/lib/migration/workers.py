"""Who does the work: threads of this process, or the executors of the Spark cluster.

Reading and loading spend their time in the database and in native code that lets other threads run. Threads start at
once, and serve a table of some gigabytes; the cluster takes seconds to start, and serves any number of workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, Protocol, TypeVar

from migration.failures import MigrationError

_T = TypeVar("_T")
_R = TypeVar("_R")


class Workers(Protocol):
    """Who does the work."""

    @property
    def count(self) -> int:
        """How many tasks run at once."""

    def each(self, act: Callable[[_T], _R], tasks: Sequence[_T]) -> Iterator[_R]:
        """Do something with each task and yield the results as they come; the first failure ends it."""


class Threads:
    """Threads of this process.

    Parameters
    ----------
    count
        How many; by default as many as there are processors, and at least two: one waits while another works.
    """

    def __init__(self, count: int = 0) -> None:
        self.count = count or max(2, os.cpu_count() or 2)

    def each(self, act: Callable[[_T], _R], tasks: Sequence[_T]) -> Iterator[_R]:
        """See Workers."""
        with ThreadPoolExecutor(self.count) as pool:
            running = [pool.submit(act, task) for task in tasks]
            try:
                for done in as_completed(running):
                    yield done.result()
            finally:
                for one in running:
                    one.cancel()


class Executors:
    """The executors of a Spark cluster: a task each.

    Parameters
    ----------
    spark
        The session.
    """

    def __init__(self, spark: Any) -> None:
        self._context = spark.sparkContext
        self.count = int(self._context.defaultParallelism)

    def each(self, act: Callable[[_T], _R], tasks: Sequence[_T]) -> Iterator[_R]:
        """See Workers. Results come when all tasks are done."""
        if not tasks:
            return
        yield from self._context.parallelize(list(tasks), len(tasks)).map(act).collect()


def workers_of(spread: str, spark: Callable[[], Any]) -> Workers:
    """Return the workers that a job was asked to use.

    Parameters
    ----------
    spread
        ``driver`` or ``cluster``.
    spark
        Starts the Spark session, or returns it.

    Raises
    ------
    MigrationError
        If it is neither.
    """
    if spread not in ("driver", "cluster"):
        raise MigrationError(f"--spread {spread!r}: expected driver (threads of one worker) or cluster (all workers)")
    return Executors(spark()) if spread == "cluster" else Threads()
