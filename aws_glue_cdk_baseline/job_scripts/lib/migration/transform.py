"""Transform: a pure function per table, and the contract asked of every row before anything is loaded.

A table without a function, whose source has room in its contract, is passed on as it is: its files are not written
again. What does not fit goes, as it was read, to the quarantine with the reason. No row vanishes: what was read is what
was written and what was quarantined, or the job fails.
"""

from __future__ import annotations

import io
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from migration import checksums
from migration.batches import Batch, Part, TableFolder, in_order, tables_in, with_seconds
from migration.checks import reasons
from migration.checksums import Sums
from migration.columns import Column
from migration.contract import Field, why_no_room
from migration.failures import MigrationError
from migration.range_reading import parquet
from migration.schema import chosen
from migration.storage import Storage, put_json
from migration.travelling import as_travels
from migration.workers import Workers

_LOG = logging.getLogger(__name__)

REJECT = "_reject"
"""Column by which a function rejects rows: the reason, null for rows that it accepts."""

REASON = "_reason"
"""Column of the quarantine that has the reason."""

Function = Callable[[pa.Table], pa.Table]
FAIL, CONTINUE = "fail", "continue"


@dataclass(frozen=True)
class Transform:
    """What to transform, and how.

    Parameters
    ----------
    storage
        The lake.
    source_database, database
        The layers' databases that have the extracted batches, and get the transformed ones.
    migration
        The migration's name.
    tables, exclude
        Names with commas; ``*`` stands for any letters.
    functions
        By table: takes rows and returns as many, in the same order, without looking at anything else.
    contracts
        By table; a table without one has its source's definition.
    on_quarantine
        ``fail``, or ``continue`` with the rows that fit.
    """

    storage: Storage
    source_database: str
    database: str
    migration: str = "main"
    tables: str = "*"
    exclude: str = ""
    functions: Mapping[str, Function] = field(default_factory=dict)
    contracts: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    on_quarantine: str = FAIL


@dataclass(frozen=True)
class _Task:
    part: Part
    table: str
    file: str
    quarantine: str
    storage: Storage
    function: Function | None
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class _Done:
    part: Part
    reasons: Mapping[str, int]


def transform_tables(transform: Transform, workers: Workers) -> list[Batch]:
    """Transform the batches that were not transformed yet, and check them against their contracts.

    Parameters
    ----------
    transform
        What and how.
    workers
        Who does it.

    Returns
    -------
    list of Batch
        The transformed batches.

    Raises
    ------
    MigrationError
        Naming the table: its contract and its rows differ, its function fails, or rows were quarantined. What follows
        this job then finds no batch of the table to load.
    """
    if transform.on_quarantine not in (FAIL, CONTINUE):
        raise MigrationError(f"--on_quarantine {transform.on_quarantine!r}: expected {FAIL} or {CONTINUE}")
    present = tables_in(transform.storage, transform.source_database, transform.migration)
    where = f"the lake ({transform.source_database}, migration {transform.migration})"
    names = chosen(present, transform.tables, transform.exclude, where)
    if unknown := (set(transform.functions) | set(transform.contracts)) - set(present):
        raise MigrationError(
            f"there is a transform or a contract for {', '.join(sorted(unknown))}, which {where} does not have: mend its "
            f"name, or extract the table"
        )
    return [batch for name in names for batch in _transform_table(transform, workers, name)]


def _transform_table(transform: Transform, workers: Workers, table: str) -> list[Batch]:
    source = TableFolder(transform.storage, transform.source_database, transform.migration, table)
    target = TableFolder(transform.storage, transform.database, transform.migration, table)
    whole, done = set(target.whole()), []
    for batch in [found for one in source.current() if one not in whole and (found := source.read(one))]:
        began = time.monotonic()
        made = _transform_batch(transform, workers, target, batch)
        target.finish(with_seconds(made, "transform", time.monotonic() - began))
        target.remove_older()
        done.append(made)
    return done


def _transform_batch(transform: Transform, workers: Workers, target: TableFolder, batch: Batch) -> Batch:
    table = batch.schema.name
    function = transform.functions.get(table)
    fields = transform.contracts.get(table) or tuple(Field(column) for column in batch.contract)
    if function is None and _same_columns(table, batch.contract, fields) and _has_room(batch.contract, fields):
        return batch
    target.remove(batch.id)  # what an attempt that died has left
    put_json(transform.storage, target.name(batch.id, "plan.json"), {"table": table})
    quarantine = f"{transform.database}/migration_quarantine/{transform.migration}/{table}/{batch.id}/"
    transform.storage.remove(transform.storage.names(quarantine))
    tasks = [
        _Task(part, table, target.name(batch.id, part.file.rpartition("/")[2]),
              f"{quarantine}{part.file.rpartition('/')[2]}", transform.storage, function, fields)
        for part in batch.parts
    ]  # fmt: skip
    found = list(workers.each(_transform_part, tasks))
    parts = in_order([one.part for one in found])
    counted: Counter[str] = Counter()
    for one in found:
        counted.update(one.reasons)
    written, quarantined = sum((part.sums for part in parts), Sums()).rows, sum(counted.values())
    if written + quarantined != batch.read.rows:
        raise MigrationError(
            f"{table}: {batch.read.rows} rows were read, but {written} written and {quarantined} quarantined"
        )
    if quarantined:
        _tell(transform, table, quarantine, counted)
    return replace(
        batch,
        contract=tuple(one.column for one in fields),
        parts=tuple(part for part in parts if part.sums.rows),
        quarantined=quarantined,
        transformed=function is not None,
    )


def _tell(transform: Transform, table: str, quarantine: str, counted: Mapping[str, int]) -> None:
    most = "; ".join(f"{reason} ({count} rows)" for reason, count in Counter(counted).most_common(3))
    told = f"{table}: {sum(counted.values())} rows do not fit the contract and are in {quarantine}: {most}"
    if transform.on_quarantine == FAIL:
        raise MigrationError(
            f"{told}. Mend the source, the transform or the contract and run again, or set onQuarantine: continue"
        )
    _LOG.warning("%s", told)


def _same_columns(table: str, rows: Sequence[Column], fields: Sequence[Field]) -> bool:
    """Say whether source and contract have the same columns; without a function they must.

    Raises
    ------
    MigrationError
        Naming those that only one of them has.
    """
    mine, theirs = {column.name for column in rows}, {one.column.name for one in fields}
    if mine != theirs:
        parts = [
            f"the source has {', '.join(sorted(mine - theirs))}, which the contract has not" if mine - theirs else "",
            f"the contract has {', '.join(sorted(theirs - mine))}, which the source has not" if theirs - mine else "",
        ]
        raise MigrationError(
            f"{table}: {'; '.join(part for part in parts if part)}. The source's schema has changed, or the contract is "
            f"wrong: mend the contract, or write a transform that makes the one from the other"
        )
    return True


def _has_room(rows: Sequence[Column], fields: Sequence[Field]) -> bool:
    contract = {one.column.name: one for one in fields}
    return all(
        why_no_room(column, replace(contract[column.name].column, charset=column.charset)) is None
        and contract[column.name].minimum is None and contract[column.name].maximum is None
        for column in rows
    )  # fmt: skip


def _transform_part(task: _Task) -> _Done:
    content = task.storage.get(task.part.file)
    if content is None:
        raise MigrationError(f"{task.table}: {task.part.file} is gone from the lake: run the extract again")
    rows = pyarrow.parquet.read_table(io.BytesIO(content))
    columns = [one.column for one in task.fields]
    made, rejected = _apply(task, rows.drop_columns([checksums.COLUMN]))
    why = reasons(made, task.fields)
    if rejected is not None:
        why = pc.coalesce(rejected, why)
    wrong = pc.is_valid(why)
    counted: Mapping[str, int] = {}
    if pc.any(wrong).as_py():
        kept = rows.append_column(REASON, why).filter(wrong)
        task.storage.put(task.quarantine, parquet(kept))
        counted = Counter(kept.column(REASON).to_pylist())
        made = made.filter(pc.invert(wrong))
    made = made.append_column(checksums.COLUMN, checksums.checksums_of(made, columns))
    if len(made):
        task.storage.put(task.file, parquet(made))
    part = Part(task.file, checksums.sums_of(made.column(checksums.COLUMN)), task.part.last_key, task.part.range_ends)
    return _Done(part, counted)


def _apply(task: _Task, rows: pa.Table) -> tuple[pa.Table, pa.Array | None]:
    """Return what a table's function makes of rows, as it travels, and the reasons of those that it rejects."""
    columns = [one.column for one in task.fields]
    made = rows
    if task.function:
        try:
            made = task.function(rows)
        except Exception as error:
            raise MigrationError(f"{task.table}: its transform failed: {type(error).__name__}: {error}") from error
    rejected = None
    if REJECT in made.column_names:
        rejected = made.column(REJECT).combine_chunks().cast(pa.string())
        made = made.drop_columns([REJECT])
    if len(made) != len(rows):
        raise MigrationError(
            f"{task.table}: its transform returned {len(made)} of {len(rows)} rows: it may change rows, and reject them "
            f"with a reason in the column {REJECT}, but not drop or add any"
        )
    names = [column.name for column in columns]
    if sorted(made.column_names) != sorted(names):
        raise MigrationError(
            f"{task.table}: its transform returned the columns {', '.join(made.column_names)}, and its contract has "
            f"{', '.join(names)}: mend one of them"
        )
    values = [as_travels(made.column(column.name), column, task.table) for column in columns]
    return pa.table(values, names), rejected


def functions_of(module: ModuleType) -> dict[str, Function]:
    """Return the functions that a module defines, by the names of their tables."""
    return {
        name: found
        for name, found in vars(module).items()
        if isinstance(found, FunctionType) and found.__module__ == module.__name__ and not name.startswith("_")
    }
