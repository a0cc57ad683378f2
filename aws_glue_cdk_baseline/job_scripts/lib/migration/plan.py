"""What an extract is going to read of a table: written to the lake before the first row is, so that it can be resumed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pymysql.connections import Connection as Session

from migration.batches import FULL, INCREMENTAL, TableFolder, new_id
from migration.columns import INTEGERS, quoted
from migration.marks import between, highest, mark_column
from migration.ranges import Key, Range, condition, even_ranges, ranges_between
from migration.schema import TableSchema
from migration.sessions import Connection, query, session_on
from migration.storage import get_json, put_json

PAGE_BYTES = 24 * 1024 * 1024
"""How much a page should hold: a worker has a few times as much in memory, however large the table."""

MOST_PAGE_ROWS = 200_000
MOST_RANGES = 1_000
RESUMED_SECONDS = 24 * 3600.0
"""How long after its beginning an extract is resumed; an older one is begun anew, since the source has gone on."""


@dataclass(frozen=True)
class Plan:
    """What to read of a table.

    Parameters
    ----------
    batch
        The id of the batch to write.
    schema
        The table.
    ranges
        Of its key; none of a table without one.
    where
        What else holds of the rows.
    page_rows
        How many rows a page has at most.
    mark_column, mark_from, mark
        See Batch.
    workflow_run
        See Batch.
    begun
        When it was planned, in seconds of the clock.
    """

    batch: str
    schema: TableSchema
    ranges: tuple[Range, ...]
    where: str
    page_rows: int
    mark_column: str | None
    mark_from: str | None
    mark: str | None
    workflow_run: str
    begun: float


def plan_of(
    connection: Connection,
    folder: TableFolder,
    schema: TableSchema,
    mark: str | None,
    overlap: int,
    workflow_run: str,
    *,
    afresh: bool = False,
) -> Plan:
    """Return the plan that an interrupted run has left, or a new one.

    Parameters
    ----------
    connection
        The source.
    folder
        Where the table's batches are.
    schema
        The table.
    mark
        The column of its mark; None: all of it is read every time.
    overlap
        How far before the last mark an increment begins.
    workflow_run
        The workflow's run.
    afresh
        Whether a plan that was left is thrown away.
    """
    whole = set(folder.whole())
    for batch in [one for one in folder.begun() if one not in whole]:
        left = None if afresh else _left(folder, batch, schema, mark)
        if left:
            return left
        folder.remove(batch)
    with session_on(connection) as session:
        plan = _new(session, folder, schema, mark, overlap, workflow_run)
    put_json(folder.storage, folder.name(plan.batch, "plan.json"), _to_json(plan))
    return plan


def _left(folder: TableFolder, batch: str, schema: TableSchema, mark: str | None) -> Plan | None:
    """Return the plan of a batch that was begun, if what it says is still so."""
    kept = get_json(folder.storage, folder.name(batch, "plan.json"))
    if kept is None or time.time() - kept["begun"] > RESUMED_SECONDS or kept["mark_column"] != mark:
        return None
    if not kept["ranges"] or _shape(kept["schema"]["ddl"]) != _shape(schema.ddl):
        return None  # a table without a key can not be gone on with
    ranges = tuple(Range(one["number"], _key(one["after"]), _key(one["upto"])) for one in kept["ranges"])
    return Plan(**{**kept, "schema": TableSchema.from_json(kept["schema"]), "ranges": ranges})


def _new(
    session: Session[Any],
    folder: TableFolder,
    schema: TableSchema,
    mark: str | None,
    overlap: int,
    workflow_run: str,
) -> Plan:
    page_rows = max(1, min(MOST_PAGE_ROWS, PAGE_BYTES // max(1, schema.bytes // max(1, schema.rows))))
    begin = end = None
    where, kind = "TRUE", FULL
    if mark is not None:
        column = mark_column(schema, mark)
        end = highest(session, schema, column)
        begin = _last_mark(folder, mark)
        if begin is not None and end is not None:
            kind, where = INCREMENTAL, between(column, begin, end, overlap)
    return Plan(
        batch=new_id(kind),
        schema=schema,
        ranges=_ranges(session, schema, page_rows, whole=kind == FULL),
        where=where,
        page_rows=page_rows,
        mark_column=mark,
        mark_from=begin if kind == INCREMENTAL else None,
        mark=end,
        workflow_run=workflow_run,
        begun=time.time(),
    )


def _last_mark(folder: TableFolder, column: str) -> str | None:
    current = folder.current()
    last = folder.read(current[-1]) if current else None
    return last.mark if last and last.mark_column == column else None


def _ranges(session: Session[Any], schema: TableSchema, page_rows: int, *, whole: bool) -> tuple[Range, ...]:
    """Return the ranges to read: an increment is one, since its rows lie anywhere in the key."""
    if not schema.key:
        return ()
    last = _ends(session, schema, "DESC")
    if last is None:
        return (Range(0),)
    count = min(MOST_RANGES, -(-schema.rows // max(1, page_rows * 4 // 5)))
    if not whole or count < 2:
        return (Range(0, None, last),)
    if schema.column(schema.key[0]).kind in INTEGERS:
        first = _ends(session, schema, "ASC")
        if first is not None and int(last[0]) > int(first[0]):
            return tuple(even_ranges(int(first[0]), int(last[0]), count))
    return tuple(ranges_between(list(_walked(session, schema, max(page_rows, schema.rows // MOST_RANGES))), last))


def _ends(session: Session[Any], schema: TableSchema, direction: str) -> Key | None:
    order = ", ".join(f"t.{quoted(name)} {direction}" for name in schema.key)
    return _one(session, schema, f"ORDER BY {order} LIMIT 1")


def _walked(session: Session[Any], schema: TableSchema, rows: int) -> Iterator[Key]:
    """Yield every so many-th key, by the index alone."""
    order = ", ".join(f"t.{quoted(name)}" for name in schema.key)
    after: Key | None = None
    while True:
        after = _one(
            session, schema, f"WHERE {condition(schema, after, None)} ORDER BY {order} LIMIT 1 OFFSET {rows - 1}"
        )
        if after is None:
            return
        yield after


def _one(session: Session[Any], schema: TableSchema, rest: str) -> Key | None:
    wires = ", ".join(f"{schema.column(name).wire()} AS k{place}" for place, name in enumerate(schema.key))
    found = query(session, f"SELECT {wires} FROM {quoted(schema.name)} AS t {rest}")
    return found[0] if found else None


def _shape(ddl: str) -> str:
    """Return a definition without what rows change of it."""
    return re.sub(r" AUTO_INCREMENT=\d+", "", ddl)


def _to_json(plan: Plan) -> dict[str, Any]:
    ranges = [{"number": one.number, "after": _kept(one.after), "upto": _kept(one.upto)} for one in plan.ranges]
    return {**asdict(plan), "schema": plan.schema.to_json(), "ranges": ranges}


def _kept(key: Key | None) -> list[Any] | None:
    return None if key is None else [{"hex": v.hex()} if isinstance(v, bytes) else v for v in key]


def _key(kept: list[Any] | None) -> Key | None:
    return None if kept is None else tuple(bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in kept)
