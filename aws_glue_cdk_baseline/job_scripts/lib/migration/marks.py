"""High-water marks: up to where a table has been read, by a column that only grows for rows that are new or changed."""

from __future__ import annotations

from typing import Any

from pymysql.connections import Connection as Session

from migration.columns import INTEGERS, Column, quoted
from migration.failures import MigrationError
from migration.ranges import literal
from migration.schema import TableSchema
from migration.sessions import query

_TIMES = {"datetime", "timestamp", "date"}


def marks_asked(text: str) -> dict[str, str]:
    """Read ``orders.updated_at, events.id``: the table, a dot, the column of its mark.

    Raises
    ------
    MigrationError
        If an entry is not of that form.
    """
    found = {}
    for entry in (part.strip() for part in text.split(",")):
        table, dot, column = entry.rpartition(".")
        if entry and not (dot and table and column):
            raise MigrationError(f"--incremental {entry!r}: write the table, a dot, and the column: orders.updated_at")
        if entry:
            found[table] = column
    return found


def mark_column(schema: TableSchema, name: str) -> Column:
    """Return the column of a table's mark.

    Raises
    ------
    MigrationError
        If it can not be one: then rows would be missed.
    """
    found = [column for column in schema.carried if column.name == name]
    if not found:
        raise MigrationError(f"{schema.name} has no column {name} for --incremental; mend the config")
    column = found[0]
    if column.kind not in {*INTEGERS, *_TIMES}:
        raise MigrationError(
            f"{schema.name}.{name} is {column.type}: a mark for --incremental is a whole number or a date and time"
        )
    if column.nullable:
        raise MigrationError(
            f"{schema.name}.{name} may be NULL, and such rows would be missed by --incremental: make it NOT NULL, or "
            f"take the table off --incremental, so that all of it is read every time"
        )
    if not schema.primary_key:
        raise MigrationError(
            f"{schema.name} has no primary key, so that new rows could not be told from changed ones: give it one, or "
            f"take the table off --incremental"
        )
    return column


def highest(session: Session[Any], schema: TableSchema, column: Column) -> str | None:
    """Return the mark as it is now, None of a table without rows."""
    name = f"t.{quoted(column.name)}"
    found = query(session, f"SELECT CAST(MAX({name}) AS CHAR) FROM {quoted(schema.name)} AS t")[0][0]
    return None if found is None else str(found)


def between(column: Column, begin: str | None, end: str | None, overlap: int) -> str:
    """Return the SQL condition of an increment.

    Parameters
    ----------
    column
        The column of the mark.
    begin
        The mark of the last run.
    end
        The mark of this one.
    overlap
        How far before ``begin`` it starts, in seconds or in numbers: a transaction that was open when the last run
        read may have committed smaller values since.
    """
    name = f"t.{quoted(column.name)}"
    if begin is None or end is None:
        return "FALSE" if end is None else f"{name} <= {literal(column, end)}"
    if column.kind in INTEGERS:
        return f"{name} > {int(begin) - overlap} AND {name} <= {end}"
    # >=: several rows may have the mark's own time, and some of them may have come after the last run
    return f"{name} >= '{begin}' - INTERVAL {overlap} SECOND AND {name} <= '{end}'"
