"""Load: batches of the lake into tables of a MySQL server, verified before they can be seen there.

A batch is loaded into a staging table beside the real one, counted and summed up there by the server, compared with
what the source's server said of the same rows, and only then switched in (``replace``) or merged by primary key
(``merge``, and every increment). Until then the real table is untouched, whatever fails.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pymysql.connections import Connection as Session

from migration.batches import Batch, TableFolder, tables_in
from migration.checksums import Sums, sums_query
from migration.chunk_loading import Chunk, LoadTask, load_chunks
from migration.columns import FLOATS, INTEGERS, Column, quoted
from migration.contract import require_room
from migration.failures import MigrationError, patiently
from migration.foreign_keys import require_foreign_keys
from migration.names import staging_of
from migration.ranges import condition, even_ranges
from migration.report import TableResult
from migration.schema import TableSchema, chosen, read_schema
from migration.sessions import Connection, query, require_reachable, session_on
from migration.staging import clear, exists, prepare
from migration.storage import Storage, get_json, put_json
from migration.switch import merge_table, replace_table, require_switchable, sums_of_query
from migration.workers import Workers

_LOG = logging.getLogger(__name__)

REPLACE, MERGE = "replace", "merge"

PARTS_PER_CHUNK = 20
"""Half a gigabyte or so: what is lost with a connection, and what the server can undo in a moment."""


@dataclass(frozen=True)
class Load:
    """What to load, and from where.

    Parameters
    ----------
    connection
        The target.
    storage
        The lake.
    source_database
        The layer's database that has the batches: ``dev_silver``.
    database
        The job's own, where it notes what is loaded: ``dev_loading``.
    migration
        The migration's name.
    tables, exclude
        Names with commas; ``*`` stands for any letters.
    mode
        ``replace`` or ``merge``: what a full batch does. An increment is always merged.
    """

    connection: Connection
    storage: Storage
    source_database: str
    database: str
    migration: str = "main"
    tables: str = "*"
    exclude: str = ""
    mode: str = REPLACE

    def folder(self, table: str) -> TableFolder:
        """Return where a table's batches are."""
        return TableFolder(self.storage, self.source_database, self.migration, table)

    def note(self, table: str) -> str:
        """Return the name of the file that says which batch of a table is loaded."""
        return TableFolder(self.storage, self.database, self.migration, table).name("state", "loaded.json")


@dataclass(frozen=True)
class _Pending:
    batch: Batch
    target: TableSchema | None


def load_tables(load: Load, workers: Workers) -> list[TableResult]:
    """Load what is not loaded yet; run again, it goes on where it ended.

    Parameters
    ----------
    load
        What to load.
    workers
        Who loads.

    Returns
    -------
    list of TableResult
        One per batch that was loaded, in the order of the tables.

    Raises
    ------
    MigrationError
        Naming the table and the remedy. Tables that were switched by then stay; no other is touched.
    """
    if load.mode not in (REPLACE, MERGE):
        raise MigrationError(f"--mode {load.mode!r}: expected {REPLACE} or {MERGE}")
    require_reachable(load.connection, "the target")
    present = tables_in(load.storage, load.source_database, load.migration)
    names = chosen(present, load.tables, load.exclude, f"the lake ({load.source_database}, migration {load.migration})")
    # all of them are checked before any is loaded
    pending = {}
    for name in names:
        look = functools.partial(_pending, load, name)
        pending[name] = patiently(look, f"{name} could not be looked at in the target")
    with ThreadPoolExecutor(max(1, workers.count)) as pool:
        loading = {name: pool.submit(_load_table, load, workers, one) for name, one in pending.items() if one}
        results, failures = {}, []
        for name, one in loading.items():
            try:
                results[name] = one.result()
            except MigrationError as error:
                failures.append(error)
    if failures:
        raise MigrationError("; ".join(str(error) for error in failures)) from failures[0]
    if loaded := [name for name, one in pending.items() if one]:
        patiently(lambda: require_foreign_keys(load.connection, loaded), "foreign keys could not be checked")
    return [result for name in names for result in results.get(name, [])]


def _pending(load: Load, table: str) -> list[_Pending]:
    """Return the batches of a table that are not loaded, checked against the target."""
    folder = load.folder(table)
    note = get_json(load.storage, load.note(table))
    current = folder.current()
    last = note["batch"] if note else ""
    batches = [batch for one in current if one > last and (batch := folder.read(one))]
    if not batches:
        return []
    with session_on(load.connection) as session:
        target = read_schema(session, load.connection.database, table) if exists(session, table) else None
        for batch in batches:
            _require_loadable(session, load, batch, target)
    return [_Pending(batch, target) for batch in batches]


def _require_loadable(session: Session[Any], load: Load, batch: Batch, target: TableSchema | None) -> None:
    table = batch.schema.name
    if target is None:
        if batch.contract != batch.schema.carried:
            raise MigrationError(
                f"{table} is not in the target, and its rows are not the source's any more: create the table there"
            )
        if batch.schema.engine.lower() != "innodb":
            raise MigrationError(
                f"{table} is of the engine {batch.schema.engine}, which can not undo half a load: create the table in "
                f"the target, with ENGINE=InnoDB"
            )
        return
    if target.engine.lower() != "innodb":
        raise MigrationError(
            f"{table} is of the engine {target.engine} in the target, which can not undo half a load: alter it to InnoDB"
        )
    require_room(table, batch.contract, target.columns, batch.transformed)
    if batch.full and load.mode == REPLACE:
        require_switchable(session, table)
    elif not target.primary_key:
        raise MigrationError(
            f"{table} has no primary key in the target, by which rows could be merged: give it one, or use --mode replace"
        )


def _load_table(load: Load, workers: Workers, pending: Sequence[_Pending]) -> list[TableResult]:
    results = []
    for one in pending:
        table = one.batch.schema.name
        began = time.monotonic()
        act = functools.partial(_load_batch, load, workers, one)
        result = patiently(act, f"{table} could not be loaded")
        seconds = {**one.batch.seconds, "load": round(time.monotonic() - began, 3)}
        results.append(replace(result, seconds=seconds))
        put_json(load.storage, load.note(table), {"batch": one.batch.id, "table": results[-1].to_json()})
    return results


def _load_batch(load: Load, workers: Workers, pending: _Pending) -> TableResult:
    """Load one batch from wherever an interrupted attempt has left it."""
    batch, table = pending.batch, pending.batch.schema.name
    with session_on(load.connection) as session, _locked(session, load, table):
        done = prepare(session, batch.schema, batch.id)
        target = read_schema(session, load.connection.database, staging_of(table))
        columns = _as_in(target, batch.contract)
        tasks = _tasks(load, batch, target, columns, done, _spread(session, target, workers))
        for _ in workers.each(load_chunks, tasks):
            pass
        summed = [column for column in columns if not (batch.transformed and column.kind in FLOATS)]
        found = _sums(load, target, summed, workers)
        if found != batch.written:
            clear(session, table)
            raise MigrationError(
                f"{table} was not loaded: the target would have {found}, the source had {batch.written}; the real table "
                f"is untouched. A column's type in the target changes what is written to it: compare both definitions"
            )
        how = _switch(session, load, pending, columns, summed)
        clear(session, table)
    return TableResult(
        table=table, batch=batch.id, consistency=batch.consistency, read=batch.read, written=batch.written,
        quarantined=batch.quarantined, target=found, how=how, mark=batch.mark, seconds=batch.seconds,
    )  # fmt: skip


def _switch(
    session: Session[Any], load: Load, pending: _Pending, columns: Sequence[Column], summed: Sequence[Column]
) -> str:
    batch, table = pending.batch, pending.batch.schema.name
    if exists(session, table) and not (batch.full and load.mode == REPLACE):
        target = read_schema(session, load.connection.database, table)
        return merge_table(session, target, columns, summed, batch.written)
    counters = [batch.schema.auto_increment, pending.target.auto_increment if pending.target else None]
    return replace_table(session, table, columns, max((one for one in counters if one), default=None))


@contextmanager
def _locked(session: Session[Any], load: Load, table: str) -> Iterator[None]:
    """Keep another run off the table; the server lets go of the lock when the session ends, however it does."""
    name = "migration." + hashlib.sha256(f"{load.connection.database}.{table}".encode()).hexdigest()[:40]
    if query(session, "SELECT GET_LOCK(%s, 30)", (name,)) != [(1,)]:
        raise MigrationError(f"{table} is being loaded by another run: wait for its end, then run this job again")
    try:
        yield
    finally:
        try:
            query(session, "SELECT RELEASE_LOCK(%s)", (name,))
        except Exception as error:
            _LOG.debug("the lock went with its session: %s", error)


def _as_in(target: TableSchema, contract: Sequence[Column]) -> list[Column]:
    """Return the contract's columns as they are in the target, but as nullable as at the source: so it was summed up."""
    there = {column.name.lower(): column for column in target.columns}
    return [replace(there[column.name.lower()], name=column.name, nullable=column.nullable) for column in contract]


def _spread(session: Session[Any], target: TableSchema, workers: Workers) -> int:
    """Return how many loads of one table go side by side.

    A table with AUTO_INCREMENT is locked by each LOAD DATA to its end where ``innodb_autoinc_lock_mode`` is below 2
    (MySQL 8 has 2, MariaDB 1): there a second load would only wait.
    """
    mode = int(query(session, "SELECT @@innodb_autoinc_lock_mode")[0][0])
    return 1 if mode < 2 and any(column.auto_increment for column in target.columns) else workers.count


def _tasks(
    load: Load, batch: Batch, target: TableSchema, columns: Sequence[Column], done: set[int], spread: int
) -> list[LoadTask]:
    """Return the chunks that are not loaded, in as many tasks as go side by side."""
    size = max(1, min(PARTS_PER_CHUNK, -(-len(batch.parts) // spread)))
    chunks = [
        Chunk(number, batch.parts[start : start + size])
        for number, start in enumerate(range(0, len(batch.parts), size))
        if number not in done
    ]
    shares = [chunks[place::spread] for place in range(spread)] if spread > 1 else [chunks]
    return [
        LoadTask(load.connection, load.storage, batch.schema.name, batch.id, tuple(columns), tuple(share),
                 target.unique_keys)
        for share in shares if share
    ]  # fmt: skip


def _sums(load: Load, staging: TableSchema, columns: Sequence[Column], workers: Workers) -> Sums:
    """Sum up the staging table, by ranges of its key side by side."""
    wheres = ["TRUE"]
    if staging.key and staging.column(staging.key[0]).kind in INTEGERS and workers.count > 1:
        name = quoted(staging.key[0])
        with session_on(load.connection) as session:
            first, last = query(session, f"SELECT MIN({name}), MAX({name}) FROM {quoted(staging.name)}")[0]
        if first is not None:
            ranges = even_ranges(int(first), int(last), workers.count)
            wheres = [condition(staging, one.after, one.upto) for one in ranges]

    def ask(where: str) -> Sums:
        with session_on(load.connection) as session:
            return sums_of_query(session, sums_query(columns, f"{quoted(staging.name)} AS t", where))

    with ThreadPoolExecutor(len(wheres)) as pool:
        return sum(pool.map(ask, wheres), Sums())
