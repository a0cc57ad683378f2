"""Chunks of a batch, loaded into the staging table each in a transaction that also notes it: what a worker does."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import io
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet
from pymysql.connections import Connection as Session

from migration.batches import Part
from migration.columns import Column, quoted
from migration.failures import MigrationError, patiently
from migration.names import progress_of, staging_of
from migration.sessions import Connection, query, session_on
from migration.storage import Storage
from migration.text import load_statement, text_of


@dataclass(frozen=True)
class Chunk:
    """Parts that are loaded by one statement."""

    number: int
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        """How many rows they hold."""
        return sum(part.sums.rows for part in self.parts)


@dataclass(frozen=True)
class LoadTask:
    """Chunks that one worker loads, one after the other.

    Parameters
    ----------
    connection
        The target.
    storage
        The lake.
    table
        The table.
    batch
        The batch's id.
    columns
        The columns of its rows.
    chunks
        What to load.
    unique_checks
        Whether the table has unique keys besides its primary key: then they are checked row by row.
    """

    connection: Connection
    storage: Storage
    table: str
    batch: str
    columns: tuple[Column, ...]
    chunks: tuple[Chunk, ...]
    unique_checks: bool


@dataclass(frozen=True)
class Loaded:
    """What became of a task: when it was done, in seconds of the clock."""

    table: str
    began: float
    ended: float


def load_chunks(task: LoadTask) -> Loaded:
    """Load chunks; a lost server is waited for, and the chunk that was lost with it is loaded again.

    Raises
    ------
    MigrationError
        Naming the table and the remedy: any warning of the server is one, since with LOAD DATA LOCAL it turns errors
        into warnings and leaves out rows.
    """
    began = time.time()
    for chunk in task.chunks:
        patiently(functools.partial(_load, task, chunk), f"{task.table} could not be loaded")
    return Loaded(task.table, began, time.time())


def _load(task: LoadTask, chunk: Chunk) -> None:
    with session_on(task.connection) as session:
        progress = quoted(progress_of(task.table))
        if query(session, f"SELECT 1 FROM {progress} WHERE chunk = %s", (chunk.number,)):
            return  # committed by an attempt whose answer was lost
        query(session, f"SET SESSION unique_checks = {int(task.unique_checks)}")
        session.begin()
        query(session, f"INSERT INTO {progress} VALUES (%s, %s)", (chunk.number, task.batch))
        rows = _load_data(session, task, chunk)
        if rows != chunk.rows:
            session.rollback()
            raise MigrationError(f"{task.table} could not be loaded: the server took {rows} of {chunk.rows} rows")
        session.commit()


def _load_data(session: Session[Any], task: LoadTask, chunk: Chunk) -> int:
    with _piped(_texts(task, chunk)) as pipe, session.cursor() as cursor:
        rows: int = cursor.execute(load_statement(staging_of(task.table), task.columns, pipe))
        warnings = query(session, "SHOW WARNINGS")
    if warnings:
        session.rollback()
        told = "; ".join(str(one[2]) for one in warnings[:3])
        raise MigrationError(
            f"{task.table} could not be loaded: the server would change or leave out rows: {told}. Give the table a "
            f"contract of what the target takes, so that such rows go to quarantine, or widen the target's columns"
        )
    return rows


def _texts(task: LoadTask, chunk: Chunk) -> Iterator[Any]:
    for part in chunk.parts:
        content = task.storage.get(part.file)
        if content is None:
            raise MigrationError(f"{task.table}: {part.file} is gone from the lake: run the extract again")
        yield text_of(pyarrow.parquet.read_table(io.BytesIO(content)), task.columns)


@contextlib.contextmanager
def _piped(texts: Iterator[Any]) -> Iterator[str]:
    """Give a name under which a client reads texts while they are made; a failure in making them is raised here."""
    reading, writing = os.pipe()
    with contextlib.suppress(AttributeError, OSError):  # a larger pipe is quicker, where there is one
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
    failure: list[BaseException] = []

    def write() -> None:
        try:
            with open(writing, "wb", buffering=0) as pipe:
                for text in texts:
                    view = memoryview(text)
                    while view:
                        view = view[pipe.write(view) :]
        except BrokenPipeError:
            pass  # the reader has given up, and says why itself
        except BaseException as error:
            failure.append(error)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)
        writer.join()
    if failure:
        raise failure[0]
