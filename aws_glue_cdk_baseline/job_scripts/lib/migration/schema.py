"""What a server says of its tables: columns, key, size, definition."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection as Session

from migration.columns import Column, quoted
from migration.failures import MigrationError
from migration.names import is_ours
from migration.sessions import query

# what a comparison in SQL orders as the index does; floats are not exact, and enums compare as text but sort as numbers
_ORDERED = {
    "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "char", "varchar", "binary", "varbinary",
    "date", "datetime", "timestamp", "time", "year", "bit",
}  # fmt: skip


@dataclass(frozen=True)
class TableSchema:
    """A table as its server describes it.

    Parameters
    ----------
    name
        Its name.
    columns
        Its columns, in order.
    primary_key
        The columns of its primary key; empty if it has none.
    key
        The columns by which its rows can be walked: the primary key, or a unique key without NULLs; else empty.
    unique_keys
        Whether it has unique keys besides the primary key.
    engine
        Its storage engine.
    rows, bytes
        What the server estimates.
    ddl
        What SHOW CREATE TABLE says.
    """

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    key: tuple[str, ...]
    unique_keys: bool
    engine: str
    rows: int
    bytes: int
    ddl: str

    @property
    def carried(self) -> tuple[Column, ...]:
        """The columns whose values travel: all that the server does not compute."""
        return tuple(column for column in self.columns if not column.generated)

    @property
    def auto_increment(self) -> int | None:
        """The number that the next row would get, if the definition says so."""
        found = re.search(r"\bAUTO_INCREMENT=(\d+)", self.ddl.rsplit("\n)", 1)[-1])
        return int(found.group(1)) if found else None

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return it as a manifest holds it."""
        kept = {name: getattr(self, name) for name in ("name", "unique_keys", "engine", "rows", "bytes", "ddl")}
        keys = {"primary_key": list(self.primary_key), "key": list(self.key)}
        return {**kept, **keys, "columns": [column.to_json() for column in self.columns]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> TableSchema:
        """Return what ``to_json`` gave."""
        lists = {name: tuple(kept[name]) for name in ("primary_key", "key")}
        return cls(**{**kept, **lists, "columns": tuple(Column(**column) for column in kept["columns"])})


def table_names(session: Session[Any], database: str, asked: str, excluded: str, whose: str) -> list[str]:
    """Return the tables that a run is asked for.

    Parameters
    ----------
    session
        A session on the server.
    database
        The database.
    asked
        Names with commas between them; ``*`` stands for any letters: ``*``, ``customers,order_*``.
    excluded
        The same, of tables to leave out.
    whose
        What the database is to this run, for the error.

    Raises
    ------
    MigrationError
        Naming the tables that are not there, with the nearest that are.
    """
    rows = query(
        session,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
        " AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name",
        (database,),
    )
    return chosen([row[0] for row in rows if not is_ours(row[0])], asked, excluded, whose)


def chosen(present: Sequence[str], asked: str, excluded: str, whose: str) -> list[str]:
    """Return those of the tables that are there which a run is asked for; see ``table_names``."""
    found: dict[str, None] = {}
    missing = []
    for pattern in _listed(asked):
        matching = [name for name in present if fnmatch.fnmatchcase(name, pattern)]
        if not matching:
            missing.append(pattern)
        found.update(dict.fromkeys(matching))
    if missing:
        there = ", ".join(present[:20]) + (", ..." if len(present) > 20 else "")
        raise MigrationError(
            f"{whose} has no table {', '.join(missing)}, or the job may not see it: mend --tables, or grant SELECT on "
            f"it. There are: {there or 'none'}"
        )
    return [name for name in found if not any(fnmatch.fnmatchcase(name, out) for out in _listed(excluded))]


def read_schema(session: Session[Any], database: str, table: str) -> TableSchema:
    """Read what the server says of a table.

    Raises
    ------
    MigrationError
        If there is no such table, or one of its columns can not be carried.
    """
    ddl = query(session, f"SHOW CREATE TABLE {quoted(database)}.{quoted(table)}")[0][1]
    columns = tuple(
        _column(row)
        for row in query(
            session,
            "SELECT column_name, column_type, is_nullable, character_set_name, extra, column_default"
            " FROM information_schema.columns WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position",
            (database, table),
        )
    )
    engine, rows, size = query(
        session,
        "SELECT engine, table_rows, data_length FROM information_schema.tables"
        " WHERE table_schema = %s AND table_name = %s",
        (database, table),
    )[0]
    keys = _unique_keys(session, database, table)
    walkable = [key for key in keys.values() if _can_walk(key, columns)]
    primary = tuple(name for name, _ in keys.get("PRIMARY", []))
    return TableSchema(
        name=table,
        columns=columns,
        primary_key=primary,
        key=tuple(name for name, _ in walkable[0]) if walkable else (),
        unique_keys=any(name != "PRIMARY" for name in keys),
        engine=str(engine),
        rows=int(rows or 0),
        bytes=int(size or 0),
        ddl=str(ddl),
    )


def _column(row: tuple[Any, ...]) -> Column:
    name, type_, nullable, charset, extra, default = row
    extra = (extra or "").lower()
    return Column(
        name=name,
        type=type_,
        nullable=nullable == "YES",
        charset=charset,
        # MySQL says DEFAULT_GENERATED of an ordinary column with a default expression
        generated="virtual" in extra or "stored" in extra or "persistent" in extra,
        auto_increment="auto_increment" in extra,
        has_default=nullable == "YES" or default is not None or "auto_increment" in extra,
    )


def _unique_keys(session: Session[Any], database: str, table: str) -> dict[str, list[tuple[str, bool]]]:
    """Return the columns of each unique key, the primary key first, and whether each is whole and never NULL."""
    rows = query(
        session,
        "SELECT index_name, column_name, sub_part IS NULL AND nullable <> 'YES' FROM information_schema.statistics"
        " WHERE table_schema = %s AND table_name = %s AND non_unique = 0 ORDER BY index_name <> 'PRIMARY',"
        " index_name, seq_in_index",
        (database, table),
    )
    keys: dict[str, list[tuple[str, bool]]] = {}
    for index, column, usable in rows:
        keys.setdefault(index, []).append((column or "", bool(usable)))
    return keys


def _can_walk(key: list[tuple[str, bool]], columns: Sequence[Column]) -> bool:
    kinds = {column.name: column.kind for column in columns if not column.generated}
    return all(usable and kinds.get(name) in _ORDERED for name, usable in key)


def _listed(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]
