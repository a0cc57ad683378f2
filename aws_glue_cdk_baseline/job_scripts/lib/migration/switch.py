"""How a table that was loaded and verified takes the place of the real one, or flows into it: at once, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymysql.connections import Connection as Session

from migration.checksums import Sums, sums_query
from migration.columns import Column, quoted
from migration.failures import MigrationError
from migration.names import former_of, staging_of
from migration.schema import TableSchema
from migration.sessions import query
from migration.staging import exists

RENAMED, REWRITTEN, MERGED = "renamed", "rewritten", "merged"


def require_switchable(session: Session[Any], table: str) -> None:
    """Refuse a table whose triggers would be lost by a switch, or would change what is written.

    Raises
    ------
    MigrationError
        Naming them.
    """
    asked = "SELECT trigger_name FROM information_schema.triggers WHERE event_object_schema = DATABASE()"
    names = [row[0] for row in query(session, f"{asked} AND event_object_table = %s", (table,))]
    if names:
        raise MigrationError(
            f"{table} has triggers in the target ({', '.join(names)}), which would stay with the replaced table: drop "
            f"them, run the job, and create them again; or use --mode merge, under which they act on every row"
        )


def replace_table(session: Session[Any], table: str, columns: Sequence[Column], counter: int | None) -> str:
    """Put the staging table in the place of the real one.

    A RENAME does it at once. Foreign keys would follow the replaced table, so a table that has some, or is referred to
    by some, is emptied and filled again in one transaction instead. Grants, views and procedures go by the name.

    Parameters
    ----------
    session
        On the target.
    table
        The table.
    columns
        The columns that are written.
    counter
        What the next AUTO_INCREMENT number should be at least.

    Returns
    -------
    str
        How it was done.
    """
    staging, former = quoted(staging_of(table)), quoted(former_of(table))
    if counter:
        query(session, f"ALTER TABLE {staging} AUTO_INCREMENT = {counter}")
    if not exists(session, table):
        query(session, f"RENAME TABLE {staging} TO {quoted(table)}")
        return RENAMED
    if _in_foreign_keys(session, table):
        names = ", ".join(quoted(column.name) for column in columns)
        _all_or_nothing(
            session,
            f"DELETE FROM {quoted(table)}",
            f"INSERT INTO {quoted(table)} ({names}) SELECT {names} FROM {staging}",
        )
        if counter:
            query(session, f"ALTER TABLE {quoted(table)} AUTO_INCREMENT = {counter}")
        return REWRITTEN
    query(session, f"RENAME TABLE {quoted(table)} TO {former}, {staging} TO {quoted(table)}")
    query(session, f"DROP TABLE {former}")
    return RENAMED


def merge_table(
    session: Session[Any], target: TableSchema, columns: Sequence[Column], summed: Sequence[Column], expected: Sums
) -> str:
    """Update the rows of the real table that the staging table has, and insert those that it lacks, in one transaction.

    Parameters
    ----------
    session
        On the target.
    target
        The real table.
    columns
        The columns that are written.
    summed
        Those that are part of the checksum.
    expected
        What the staging table has.

    Returns
    -------
    str
        How it was done.

    Raises
    ------
    MigrationError
        If the table has no primary key, or, before anything is committed, if its rows are not those of the staging
        table: a trigger has changed them, say.
    """
    table, staging = quoted(target.name), quoted(staging_of(target.name))
    if not target.primary_key:
        raise MigrationError(
            f"{target.name} has no primary key in the target, by which rows could be merged: give it one, or use "
            f"--mode replace"
        )
    same = " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in target.primary_key)
    names = [quoted(column.name) for column in columns]
    updates = ", ".join(f"t.{name} = s.{name}" for name in names)
    key = quoted(target.primary_key[0])
    merged = f"{table} AS t JOIN {staging} AS s ON {same}"

    def verify() -> None:
        found = sums_of_query(session, sums_query(summed, merged))
        if found != expected:
            raise MigrationError(
                f"{target.name} was not merged: after it the target had {found} where {expected} were to be; a trigger "
                f"of the table, or a column's type, changes what is written"
            )

    _all_or_nothing(
        session,
        f"UPDATE {merged} SET {updates}",
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(f's.{name}' for name in names)}"
        f" FROM {staging} AS s LEFT JOIN {table} AS t ON {same} WHERE t.{key} IS NULL",
        check_foreign_keys=True,
        then=verify,
    )
    return MERGED


def sums_of_query(session: Session[Any], statement: str) -> Sums:
    """Return the ``Sums`` that a query gives."""
    return Sums(*(int(value) for value in query(session, statement)[0]))


def _in_foreign_keys(session: Session[Any], table: str) -> bool:
    asked = (
        "SELECT 1 FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()"
        " AND (table_name = %s OR referenced_table_name = %s) LIMIT 1"
    )
    return bool(query(session, asked, (table, table)))


def _all_or_nothing(
    session: Session[Any], *statements: str, check_foreign_keys: bool = False, then: Any = lambda: None
) -> None:
    # a table that is filled again holds no child's parent for a moment: the keys are checked after all tables
    query(session, f"SET SESSION foreign_key_checks = {int(check_foreign_keys)}")
    session.begin()
    try:
        for statement in statements:
            query(session, statement)
        then()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        query(session, "SET SESSION foreign_key_checks = 1")
