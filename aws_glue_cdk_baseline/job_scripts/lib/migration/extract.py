"""Extract: tables of a MySQL server as parquet files of the lake, in parts that are read side by side and once only.

What holds between the rows of a batch, ``consistency``:

``ranges``
    The default. A table is read by ranges of its key, each page of a range by one statement, as the rows are at that
    moment. Rows whose key is above the highest when the run began are left to a later run. A row that is changed
    meanwhile is read as it was before or as it is after, never a mixture; one that is inserted or deleted meanwhile
    may be read or not; one whose key is changed meanwhile may be read twice (the load then fails) or not at all. An
    incremental run afterwards, whose mark begins before all of this, brings what was missed.
``statement``
    Of tables without a key: one statement reads all of it, so they are as they were at one moment, each table its own.
``snapshot``
    Asked for by ``consistency="snapshot"``: one transaction on one connection reads all tables, as they all were at
    one moment. It is slower, can not be spread over workers, and begins anew when it is interrupted. InnoDB only.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from migration.batches import Batch, Part, TableFolder, in_order, with_seconds
from migration.checksums import Sums
from migration.failures import MigrationError, explained, patiently
from migration.plan import Plan, plan_of
from migration.range_reading import RangeTask, read_range
from migration.reading import InTransaction, snapshot_session
from migration.schema import TableSchema, read_schema, table_names
from migration.sessions import Connection, close, require_reachable, session_on
from migration.storage import Storage
from migration.workers import Workers

_LOG = logging.getLogger(__name__)

RANGES, STATEMENT, SNAPSHOT = "ranges", "statement", "snapshot"


@dataclass(frozen=True)
class Extract:
    """What to extract, and where to.

    Parameters
    ----------
    connection
        The source.
    storage
        The lake.
    database
        The layer's database in it: ``dev_bronze``.
    migration
        The migration's name: two of them, of two sources, do not meet.
    tables, exclude
        Names with commas; ``*`` stands for any letters.
    incremental
        By table, the column of its mark. A table that has been read before is read from there.
    overlap
        How far before the mark an increment begins, in seconds or numbers.
    snapshot
        Whether all tables are read in one transaction.
    workflow_run
        The workflow's run, if there is one: a second attempt within it reads no whole batch again.
    """

    connection: Connection
    storage: Storage
    database: str
    migration: str = "main"
    tables: str = "*"
    exclude: str = ""
    incremental: Mapping[str, str] | None = None
    overlap: int = 600
    snapshot: bool = False
    workflow_run: str = ""

    def folder(self, table: str) -> TableFolder:
        """Return where a table's batches are."""
        return TableFolder(self.storage, self.database, self.migration, table)


def extract_tables(extract: Extract, workers: Workers) -> list[Batch]:
    """Read tables into batches; run again, it goes on where it ended.

    Parameters
    ----------
    extract
        What to extract.
    workers
        Who reads.

    Returns
    -------
    list of Batch
        One per table.

    Raises
    ------
    MigrationError
        Naming the table and the remedy. Batches of other tables that were whole by then stay.
    """
    require_reachable(extract.connection, "the source")
    schemas = patiently(lambda: _schemas(extract), "the tables of the source could not be looked up")
    _require_marks(extract, schemas)
    done = [_of_this_run(extract, schema) for schema in schemas]
    found = [batch for batch in done if batch]
    missing = [schema for schema, batch in zip(schemas, done, strict=True) if not batch]
    return [
        *found,
        *(_in_transaction(extract, missing) if extract.snapshot else _side_by_side(extract, missing, workers)),
    ]


def _schemas(extract: Extract) -> list[TableSchema]:
    database = extract.connection.database
    with session_on(extract.connection) as session:
        names = table_names(session, database, extract.tables, extract.exclude, f"the source {database}")
        return [read_schema(session, database, name) for name in names]


def _require_marks(extract: Extract, schemas: list[TableSchema]) -> None:
    if unknown := set(extract.incremental or {}) - {schema.name for schema in schemas}:
        raise MigrationError(f"--incremental names {', '.join(sorted(unknown))}, which --tables does not: mend one")
    if extract.snapshot and (others := [one.name for one in schemas if one.engine.lower() != "innodb"]):
        raise MigrationError(
            f"{', '.join(others)}: --consistency snapshot is for InnoDB tables, the only ones that a transaction keeps; "
            f"take these off --tables, or leave --consistency out"
        )


def _of_this_run(extract: Extract, schema: TableSchema) -> Batch | None:
    """Return the batch that an earlier attempt of the same run of the workflow has finished."""
    folder = extract.folder(schema.name)
    if not (extract.workflow_run and (whole := folder.whole())):
        return None
    batch = folder.read(whole[-1])
    return batch if batch and batch.workflow_run == extract.workflow_run else None


def _side_by_side(extract: Extract, schemas: list[TableSchema], workers: Workers) -> list[Batch]:
    plans: dict[str, Plan] = {}
    for schema in schemas:
        mark = (extract.incremental or {}).get(schema.name)
        look = functools.partial(
            plan_of,
            extract.connection,
            extract.folder(schema.name),
            schema,
            mark,
            extract.overlap,
            extract.workflow_run,
        )
        plans[schema.name] = patiently(look, f"{schema.name} could not be looked at in the source")
    tasks = [task for plan in plans.values() for task in _tasks(extract, plan)]
    waiting = {name: len(list(_tasks(extract, plan))) for name, plan in plans.items()}
    parts: dict[str, list[Part]] = {name: [] for name in plans}
    times: dict[str, list[float]] = {name: [] for name in plans}
    finished = {}
    for read in workers.each(read_range, tasks):
        parts[read.table] += read.parts
        times[read.table] += [read.began, read.ended]
        waiting[read.table] -= 1
        if not waiting[read.table]:
            seconds = max(times[read.table]) - min(times[read.table])
            finished[read.table] = _finish(extract, plans[read.table], parts[read.table], seconds)
    return [finished[name] for name in plans]


def _tasks(extract: Extract, plan: Plan) -> list[RangeTask]:
    folder = extract.folder(plan.schema.name)
    return [
        RangeTask(extract.connection, folder, plan.batch, plan.schema, one, plan.where, plan.page_rows)
        for one in plan.ranges or [None]
    ]


def _in_transaction(extract: Extract, schemas: list[TableSchema]) -> list[Batch]:
    """Read all tables one after the other in one transaction; their batches are whole together, or none is."""
    try:
        session = snapshot_session(extract.connection)
        try:
            reader = InTransaction(session)
            batches = []
            for schema in schemas:
                folder = extract.folder(schema.name)
                plan = plan_of(extract.connection, folder, schema, None, 0, extract.workflow_run, afresh=True)
                began = time.monotonic()
                # one range without limits: bounds looked up by another session would be of another moment
                whole = [replace(plan.ranges[0], after=None, upto=None)] if plan.ranges else [None]
                parts = [
                    part
                    for task in _tasks(extract, replace(plan, ranges=tuple(one for one in whole if one)))
                    for part in read_range(task, reader).parts
                ]
                batches.append(_batch(plan, parts, SNAPSHOT, time.monotonic() - began))
        finally:
            close(session)
    except Exception as error:
        raise explained(error, "the source could not be read in one transaction; run the job again") from error
    for batch in batches:
        extract.folder(batch.schema.name).finish(batch)
    return batches


def _finish(extract: Extract, plan: Plan, parts: list[Part], seconds: float) -> Batch:
    folder = extract.folder(plan.schema.name)
    batch = _batch(plan, parts, RANGES if plan.ranges else STATEMENT, seconds)
    folder.finish(batch)
    folder.remove_older()
    _LOG.info("%s: %s read in %.1f s", plan.schema.name, batch.read, seconds)
    return batch


def _batch(plan: Plan, parts: list[Part], consistency: str, seconds: float) -> Batch:
    batch = Batch(
        id=plan.batch,
        schema=plan.schema,
        contract=plan.schema.carried,
        parts=tuple(part for part in in_order(parts) if part.sums.rows),
        read=sum((part.sums for part in parts), Sums()),
        quarantined=0,
        consistency=consistency,
        mark_column=plan.mark_column,
        mark_from=plan.mark_from,
        mark=plan.mark,
        workflow_run=plan.workflow_run,
    )
    return with_seconds(batch, "extract", seconds)


def snapshot_asked(consistency: str) -> bool:
    """Read the job's argument of that name.

    Raises
    ------
    MigrationError
        If it is neither ``ranges`` nor ``snapshot``.
    """
    if consistency not in (RANGES, SNAPSHOT):
        raise MigrationError(f"--consistency {consistency!r}: expected {RANGES} or {SNAPSHOT}")
    return consistency == SNAPSHOT
