"""One range of a table, read page by page into parts: what a worker does, and what a second attempt goes on with."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet

from migration import checksums
from migration.batches import Part, TableFolder, part_from_json, part_to_json
from migration.failures import patiently
from migration.ranges import Range
from migration.reading import Direct, Reader, last_key, page_query, rows_query
from migration.schema import TableSchema
from migration.sessions import Connection
from migration.storage import get_json, put_json


@dataclass(frozen=True)
class RangeTask:
    """A range to read: all that a worker, on whichever machine, needs to know.

    Parameters
    ----------
    connection
        The source.
    folder
        Where the table's batches are.
    batch
        The batch's id.
    schema
        The table.
    range
        Which rows; None: all of them, by one statement, in no order.
    where
        What else holds of them: the increment.
    page_rows
        How many rows a page has at most.
    """

    connection: Connection
    folder: TableFolder
    batch: str
    schema: TableSchema
    range: Range | None
    where: str
    page_rows: int


@dataclass(frozen=True)
class RangeRead:
    """What became of a range: its parts, and when it was read, in seconds of the clock."""

    table: str
    parts: tuple[Part, ...]
    began: float
    ended: float


def read_range(task: RangeTask, reader: Reader | None = None) -> RangeRead:
    """Read a range into parts; those that an earlier attempt has written are left as they are.

    Parameters
    ----------
    task
        Which range.
    reader
        By what; by default a session per page, patiently: a server that restarts meanwhile is waited for.

    Raises
    ------
    MigrationError
        Naming the table and the remedy.
    """
    began = time.time()
    # within a transaction there is nothing to try again: what it saw is gone with it
    what = f"{task.schema.name} could not be read from the source"
    if reader:
        parts = list(_parts(task, reader))
    elif task.range is None:
        parts = patiently(lambda: list(_parts(task, Direct(task.connection, what))), what)
    else:
        parts = list(_parts(task, Direct(task.connection, what)))
    return RangeRead(task.schema.name, tuple(parts), began, time.time())


def _parts(task: RangeTask, reader: Reader) -> Iterator[Part]:
    if task.range is None:
        pages = reader.stream(rows_query(task.schema, task.where), task.schema.carried, task.page_rows)
        for number, rows in enumerate(pages):
            yield _write(task, f"part-00000-{number:05}", rows, ends=False)
        return
    parts = list(_parts_there(task))
    yield from parts
    after = parts[-1].last_key if parts else task.range.after
    ended = bool(parts) and parts[-1].range_ends
    while not ended:
        query = page_query(task.schema, after, task.range.upto, task.where, task.page_rows)
        rows = reader.page(query, task.schema.carried)
        ended = len(rows) < task.page_rows
        part = _write(task, f"part-{task.range.number:05}-{len(parts):05}", rows, ends=ended)
        after = part.last_key
        parts.append(part)
        yield part


def _parts_there(task: RangeTask) -> Iterator[Part]:
    """Yield the parts of a range that are there already, up to the first that is not."""
    number = task.range.number if task.range else 0
    for page in range(100_000):
        name = task.folder.name(task.batch, f"part-{number:05}-{page:05}")
        found = get_json(task.folder.storage, f"{name}.json")
        if found is None:
            return
        yield part_from_json(found)


def _write(task: RangeTask, name: str, rows: pa.Table, *, ends: bool) -> Part:
    """Write a part, its rows first: a part whose JSON is there is whole."""
    file = task.folder.name(task.batch, f"{name}.parquet")
    storage = task.folder.storage
    if len(rows):
        storage.put(file, parquet(rows))
    key = last_key(rows, task.schema) if len(rows) and task.schema.key else None
    part = Part(file, checksums.sums_of(rows.column(checksums.COLUMN)), key, ends)
    put_json(storage, task.folder.name(task.batch, f"{name}.json"), part_to_json(part))
    return part


def parquet(rows: pa.Table) -> memoryview:
    """Return rows as a parquet file: quick to write, and a fraction of the rows' own size."""
    target = io.BytesIO()
    pa.parquet.write_table(rows, target, compression="zstd", compression_level=1, use_dictionary=False)
    return target.getbuffer()
