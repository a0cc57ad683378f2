"""Foreign keys of the target, asked after all tables are loaded: a load puts tables in place one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymysql.connections import Connection as Session

from migration.columns import quoted
from migration.failures import MigrationError
from migration.sessions import Connection, query, session_on


def require_foreign_keys(connection: Connection, tables: Sequence[str]) -> None:
    """Refuse a target in which rows refer to rows that are not there.

    Parameters
    ----------
    connection
        The target.
    tables
        Which tables were loaded: their foreign keys are asked, and those that refer to them.

    Raises
    ------
    MigrationError
        Naming each foreign key that does not hold, and how many rows of it.
    """
    with session_on(connection) as session:
        broken = []
        for (table, name, parent_database, parent), pairs in _foreign_keys(session).items():
            if table not in tables and parent not in tables:
                continue
            orphans = _orphans(session, table, f"{quoted(parent_database)}.{quoted(parent)}", pairs)
            if orphans:
                broken.append(f"{name} of {table}: {orphans} rows refer to a row that {parent} does not have")
    if broken:
        raise MigrationError(
            f"the tables are loaded, but foreign keys do not hold: {'; '.join(broken)}. Load both tables from one "
            f"moment: extract them with --consistency snapshot, or while nothing writes to the source"
        )


_Keys = dict[tuple[str, str, str, str], list[tuple[str, str]]]


def _foreign_keys(session: Session[Any]) -> _Keys:
    rows = query(
        session,
        "SELECT table_name, constraint_name, referenced_table_schema, referenced_table_name, column_name,"
        " referenced_column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE()"
        " AND referenced_table_name IS NOT NULL ORDER BY table_name, constraint_name, ordinal_position",
    )
    found: _Keys = {}
    for *key, column, parent_column in rows:
        found.setdefault((key[0], key[1], key[2], key[3]), []).append((column, parent_column))
    return found


def _orphans(session: Session[Any], table: str, parent: str, pairs: list[tuple[str, str]]) -> int:
    same = " AND ".join(f"c.{quoted(mine)} = p.{quoted(theirs)}" for mine, theirs in pairs)
    given = " AND ".join(f"c.{quoted(mine)} IS NOT NULL" for mine, _ in pairs)
    missing = f"p.{quoted(pairs[0][1])} IS NULL"
    asked = f"SELECT COUNT(*) FROM {quoted(table)} AS c LEFT JOIN {parent} AS p ON {same} WHERE {given} AND {missing}"
    return int(query(session, asked)[0][0])
