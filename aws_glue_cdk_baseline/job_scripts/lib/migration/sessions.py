"""Sessions on a MySQL or MariaDB server, each with the settings under which no value changes on its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol
from urllib.parse import quote

import pymysql
from pymysql.connections import Connection as Session
from pymysql.cursors import SSCursor

from migration.failures import FIRST_PATIENCE_SECONDS, MigrationError, patiently

SETTINGS = (
    # a TIMESTAMP is shown in the session's zone: two servers, or a daylight-saving gap, would shift it
    "SET SESSION time_zone = '+00:00'",
    # what the source holds is taken as it is: id 0, zero and partial dates, 31 February. Anything else is an error.
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
    # fail and be retried, rather than hang for the year that MySQL would wait for a table's lock
    "SET SESSION lock_wait_timeout = 60",
    # a worker that uploads a part leaves its query unread meanwhile
    "SET SESSION net_write_timeout = 600",
    "SET SESSION net_read_timeout = 600",
)
"""What every session begins with."""


class Connection(Protocol):
    """What a job's connection says about a database; ``job.connection(name)`` returns one."""

    @property
    def engine(self) -> str:
        """``mysql``, which MariaDB is too."""

    @property
    def host(self) -> str:
        """Name or address of the server."""

    @property
    def port(self) -> int:
        """Its port."""

    @property
    def database(self) -> str:
        """The database on it."""

    @property
    def username(self) -> str:
        """Who asks."""

    @property
    def password(self) -> str:
        """Their password: never part of a text."""


def url_of(connection: Connection) -> str:
    """Return the URL by which connectorx reaches a database. It holds the password: it goes into no text."""
    user, password = quote(connection.username, safe=""), quote(connection.password, safe="")
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    return f"mysql://{user}:{password}@{host}:{connection.port}/{quote(connection.database, safe='')}"


def open_session(connection: Connection, *, streamed: bool = False, raw: bool = False) -> Session[Any]:
    """Open a session with ``SETTINGS``.

    Parameters
    ----------
    connection
        Where, and who.
    streamed
        Whether rows are fetched as they are asked for, rather than all at once.
    raw
        Whether values stay the text that the server sent.
    """
    options: dict[str, Any] = {}
    if streamed:
        options["cursorclass"] = SSCursor
    if raw:
        options["conv"] = {}
    session: Session[Any] = pymysql.connect(
        host=connection.host, port=int(connection.port), user=connection.username, password=connection.password,
        database=connection.database, charset="utf8mb4", autocommit=True, local_infile=True, connect_timeout=10,
        **options,
    )  # fmt: skip
    for setting in SETTINGS:
        query(session, setting)
    return session


@contextmanager
def session_on(connection: Connection) -> Iterator[Session[Any]]:
    """Open a session for the length of a block."""
    session = open_session(connection)
    try:
        yield session
    finally:
        close(session)


def close(session: Session[Any]) -> None:
    """Close a session, whatever has become of it."""
    # a session that was lost is closed already, and says so
    with suppress(pymysql.MySQLError):
        session.close()


def query(session: Session[Any], statement: str, values: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with session.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def require_reachable(connection: Connection, whose: str) -> None:
    """Refuse to start a run on a server that is not there, or does not let this user in.

    Parameters
    ----------
    connection
        The database.
    whose
        What it is to this run, for the error: ``the source``.

    Raises
    ------
    MigrationError
        Naming host, port, database and user, and the remedy.
    """
    place = f"{connection.host}:{connection.port}/{connection.database}"
    if connection.engine not in ("mysql", "mariadb"):
        raise MigrationError(f"{whose} {place} is a {connection.engine} database: migrations are from MySQL to MySQL")

    def ask() -> None:
        with session_on(connection) as session:
            query(session, "SELECT 1")

    patiently(ask, f"{whose} {place}, user {connection.username}", patience=FIRST_PATIENCE_SECONDS)
