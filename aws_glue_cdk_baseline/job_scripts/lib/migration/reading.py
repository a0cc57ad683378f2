"""Reading rows into Arrow: by connectorx, many times faster than a Python driver, or within one transaction by PyMySQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa
from pymysql.connections import Connection as Session

from migration import checksums
from migration.columns import Column, quoted
from migration.failures import MigrationError, patiently
from migration.ranges import Key, condition
from migration.schema import TableSchema
from migration.sessions import SETTINGS, Connection, open_session, url_of


class Reader(Protocol):
    """How rows are read."""

    def page(self, query: str, columns: Sequence[Column]) -> pa.Table:
        """Return the rows of a query that gives a page."""

    def stream(self, query: str, columns: Sequence[Column], rows: int) -> Iterator[pa.Table]:
        """Yield the rows of one statement, so many at a time."""


class Direct:
    """By connectorx: a session per query.

    Parameters
    ----------
    connection
        The database.
    what
        What fails if it can not be read, for the error: ``orders could not be read``.
    """

    def __init__(self, connection: Connection, what: str) -> None:
        self._connection = connection
        self._what = what

    def page(self, query: str, columns: Sequence[Column]) -> pa.Table:
        """See Reader. A server that restarts meanwhile is waited for."""
        return patiently(lambda: _named(self._ask(query, return_type="arrow"), columns), self._what)

    def stream(self, query: str, columns: Sequence[Column], rows: int) -> Iterator[pa.Table]:
        """See Reader. It is the caller who begins it anew."""
        for batch in self._ask(query, return_type="arrow_stream", batch_size=rows):
            yield _named(pa.Table.from_batches([batch]), columns)

    def _ask(self, query: str, **options: Any) -> Any:
        import connectorx  # noqa: PLC0415 - only a job that reads needs it

        try:
            return connectorx.read_sql(url_of(self._connection), query, pre_execution_query=list(SETTINGS), **options)
        except RuntimeError:
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            if type(error).__name__ != "PanicException":
                raise
            raise MigrationError(f"connectorx could not read this: {query[:300]}: {error}") from error


class InTransaction:
    """By PyMySQL, all queries in one session: what a transaction sees.

    Parameters
    ----------
    session
        Made with ``raw=True, streamed=True``; the transaction has begun.
    """

    def __init__(self, session: Session[Any]) -> None:
        self._session = session

    def page(self, query: str, columns: Sequence[Column]) -> pa.Table:
        """See Reader."""
        with self._session.cursor() as cursor:
            cursor.execute(query)
            return _from_rows(list(cursor.fetchall()), columns)

    def stream(self, query: str, columns: Sequence[Column], rows: int) -> Iterator[pa.Table]:
        """See Reader."""
        with self._session.cursor() as cursor:
            cursor.execute(query)
            while page := cursor.fetchmany(rows):
                yield _from_rows(list(page), columns)


def snapshot_session(connection: Connection) -> Session[Any]:
    """Open a session whose transaction sees all InnoDB tables as they are now."""
    session = open_session(connection, streamed=True, raw=True)
    with session.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    return session


def rows_query(schema: TableSchema, where: str) -> str:
    """Return the query of a table's rows, as they travel, with the checksum of each."""
    wires = [*(column.wire() for column in schema.carried), checksums.checksum_sql(schema.carried)]
    names = ", ".join(f"{wire} AS c{number}" for number, wire in enumerate(wires))
    return f"SELECT {names} FROM {quoted(schema.name)} AS t WHERE {where}"


def page_query(schema: TableSchema, after: Key | None, upto: Key | None, where: str, limit: int) -> str:
    """Return the query of the next rows in the order of the key.

    Parameters
    ----------
    schema
        The table; it has a key.
    after, upto
        Between which keys.
    where
        What else holds of them.
    limit
        How many at most.
    """
    # with the alias: `id` alone would be the text that is selected under that name, and its order
    order = ", ".join(f"t.{quoted(name)}" for name in schema.key)
    found = f"({condition(schema, after, upto)}) AND ({where})"
    return f"{rows_query(schema, found)} ORDER BY {order} LIMIT {limit}"


def last_key(rows: pa.Table, schema: TableSchema) -> Key:
    """Return the key of the last row."""
    return tuple(rows.column(name)[len(rows) - 1].as_py() for name in schema.key)


def _named(found: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """Return rows with the columns' names and types; a driver may choose narrower ones."""
    wanted = [*((column.name, column.arrow_type) for column in columns), (checksums.COLUMN, pa.uint32())]
    values = [found.column(place).cast(type_) for place, (_, type_) in enumerate(wanted)]
    return pa.table(values, schema=pa.schema(wanted))


def _from_rows(rows: list[tuple[Any, ...]], columns: Sequence[Column]) -> pa.Table:
    values = list(zip(*rows, strict=True)) if rows else [()] * (len(columns) + 1)
    arrays = [_array(one, column.arrow_type) for one, column in zip(values, columns, strict=False)]
    return _named(pa.table([*arrays, _array(values[-1], pa.uint32())], [str(n) for n in range(len(values))]), columns)


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_binary(type_):
        return pa.array([v.encode() if isinstance(v, str) else v for v in values], pa.binary())
    text = pa.array([v.decode() if isinstance(v, bytes) else v for v in values], pa.string())
    return text.cast(type_)
