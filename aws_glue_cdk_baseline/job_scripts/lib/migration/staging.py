"""The table that is loaded beside the real one, and what is noted of how far that has come."""

from __future__ import annotations

import re
from typing import Any

from pymysql.connections import Connection as Session

from migration.columns import quoted
from migration.names import former_of, progress_of, staging_of
from migration.schema import TableSchema
from migration.sessions import query


def exists(session: Session[Any], table: str) -> bool:
    """Say whether the session's database has a table."""
    asked = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s"
    return bool(query(session, asked, (table,)))


def prepare(session: Session[Any], schema: TableSchema, batch: str) -> set[int]:
    """Make the staging table of a table, or find the one that an interrupted run was loading.

    Parameters
    ----------
    session
        On the target.
    schema
        The table at the source.
    batch
        What is to be loaded.

    Returns
    -------
    set of int
        The numbers of the chunks that are in it already.
    """
    restore(session, schema.name)
    staging, progress = staging_of(schema.name), progress_of(schema.name)
    if exists(session, staging) and exists(session, progress):
        rows = query(session, f"SELECT chunk, batch FROM {quoted(progress)}")
        if all(row[1] == batch for row in rows) and (-1, batch) in rows:
            return {row[0] for row in rows if row[0] >= 0}
    clear(session, schema.name)
    if exists(session, schema.name):
        query(session, f"CREATE TABLE {quoted(staging)} LIKE {quoted(schema.name)}")
    else:
        query(session, definition(schema, staging))
    query(session, f"CREATE TABLE {quoted(progress)} (chunk INT PRIMARY KEY, batch VARCHAR(64) NOT NULL) ENGINE=InnoDB")
    # the last step: a staging table without it is of an attempt that died here
    query(session, f"INSERT INTO {quoted(progress)} VALUES (-1, %s)", (batch,))
    return set()


def restore(session: Session[Any], table: str) -> None:
    """Undo half of a switch: servers before MySQL 8 and MariaDB 10.6 may die between the two halves of a RENAME."""
    former = former_of(table)
    if exists(session, former) and not exists(session, table):
        query(session, f"RENAME TABLE {quoted(former)} TO {quoted(table)}")


def clear(session: Session[Any], table: str) -> None:
    """Remove what a migration has made beside a table."""
    for name in (progress_of(table), staging_of(table), former_of(table)):
        query(session, f"DROP TABLE IF EXISTS {quoted(name)}")


def definition(schema: TableSchema, name: str) -> str:
    """Return the source's definition of a table under another name, without its foreign keys.

    Their names are unique in a database, and the tables that they refer to may not be there yet.
    """
    head, _, body = schema.ddl.partition("(")
    lines = [line for line in body.split("\n") if not re.match(r"\s*(CONSTRAINT `(?:[^`]|``)*` )?FOREIGN KEY ", line)]
    text = "\n".join(lines)
    # the comma of the line before the first that went
    text = re.sub(r",(\s*\n\))", r"\1", text)
    return f"{head.replace(quoted(schema.name), quoted(name), 1)}({text}"
