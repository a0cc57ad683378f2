"""A private MariaDB for all tests of the migration; each test has a source and a target database of its own on it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from migration.batches import Batch
from migration.extract import Extract, extract_tables
from migration.load import Load, load_tables
from migration.report import TableResult
from migration.storage import storage_at
from migration.workers import Threads

from rehearsal.database_server import INSTALL, DatabaseServer, Login, installed

ROOT = Path(__file__).resolve().parents[2]

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Connection:
    """What ``job.connection(name)`` returns."""

    engine: str
    host: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, login: Login) -> Connection:
        return cls("mysql", login.host, login.port, login.database, login.username, login.password)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    if not installed():
        pytest.skip(f"no MariaDB server here: {INSTALL}")
    folder = tmp_path_factory.mktemp("database") / "server"
    with DatabaseServer(folder, prepared=ROOT / "build" / "database") as server:
        yield server


class Sites:
    """A source, a target and a lake between them."""

    def __init__(self, server: DatabaseServer, lake: Path) -> None:
        number = next(_numbers)
        self.server = server
        self.source = Connection.of(server.create_database(f"source_{number}"))
        self.target = Connection.of(server.create_database(f"target_{number}"))
        self.lake = lake
        self.storage = storage_at(str(lake))
        self.workers = Threads(2)

    def at_source(self, *statements: str) -> list[Any]:
        return self._run(self.source.database, statements)

    def at_target(self, *statements: str) -> list[Any]:
        return self._run(self.target.database, statements)

    def extract(self, **options) -> list[Batch]:
        return extract_tables(Extract(self.source, self.storage, "dev_bronze", **options), self.workers)

    def load(self, **options) -> list[TableResult]:
        return load_tables(
            Load(self.target, self.storage, options.pop("source_database", "dev_bronze"), "dev_loading", **options),
            self.workers,
        )

    def require_identical(self, *tables: str) -> None:
        """Compare whole tables as the server stores them, and their counters."""
        for table in tables:
            sums = [
                self.server_rows(f"CHECKSUM TABLE `{one.database}`.`{table}` EXTENDED")[0][1]
                for one in (self.source, self.target)
            ]
            counts = [
                self.server_rows(f"SELECT COUNT(*) FROM `{one.database}`.`{table}`")[0][0]
                for one in (self.source, self.target)
            ]
            assert counts[0] == counts[1], f"{table}: {counts[0]} rows in the source, {counts[1]} in the target"
            assert sums[0] == sums[1], f"{table}: the stored bytes differ"

    def server_rows(self, statement: str) -> list[Any]:
        return self._run(None, [statement])

    def tables_of_target(self) -> list[str]:
        return [row[0] for row in self.at_target("SHOW TABLES")]

    def _run(self, database: str | None, statements) -> list[Any]:
        rows: list[Any] = []
        with self.server.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00'")
            for statement in statements:
                cursor.execute(statement)
                rows = list(cursor.fetchall())
        return rows


@pytest.fixture
def sites(server: DatabaseServer, tmp_path: Path) -> Sites:
    return Sites(server, tmp_path / "lake")
