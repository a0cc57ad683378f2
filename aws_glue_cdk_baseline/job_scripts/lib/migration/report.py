"""The reconciliation report: of each table, what was read, written and quarantined, and that both servers agree on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from migration.batches import root_of
from migration.checksums import Sums
from migration.storage import Storage, put_json


@dataclass(frozen=True)
class TableResult:
    """What became of a batch.

    Parameters
    ----------
    table, batch
        Which.
    consistency
        See ``migration.extract``.
    read
        What the extract read, as the source's server summed it up.
    written
        What was to be loaded.
    quarantined
        How many rows lie in quarantine.
    target
        What was loaded, as the target's server summed it up. It equals ``written``.
    how
        ``renamed``, ``rewritten`` or ``merged``.
    mark
        The high-water mark, if the table has one.
    seconds
        By job.
    """

    table: str
    batch: str
    consistency: str
    read: Sums
    written: Sums
    quarantined: int
    target: Sums
    how: str
    mark: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as the report has it."""
        return asdict(self)


def write_report(storage: Storage, database: str, migration: str, run: str, results: Sequence[TableResult]) -> str:
    """Write the report of a run, and again as the latest.

    Parameters
    ----------
    storage
        The lake.
    database
        The job's database.
    migration
        The migration's name.
    run
        The run's id.
    results
        What became of each batch.

    Returns
    -------
    str
        The report's name in the lake.
    """
    root = f"{root_of(database, migration)}reports/"
    content = {
        "migration": migration,
        "run": run,
        "rows_read": sum(one.read.rows for one in results),
        "rows_written": sum(one.written.rows for one in results),
        "rows_quarantined": sum(one.quarantined for one in results),
        "tables": [one.to_json() for one in results],
    }
    name = f"{root}{run}.json"
    for one in (name, f"{root}latest.json"):
        put_json(storage, one, content)
    return name


def lines_of(results: Sequence[TableResult]) -> list[str]:
    """Return the report as lines for people."""
    if not results:
        return ["Nothing new to load: the target has every batch of these tables."]
    header = ("table", "read", "written", "quarantined", "checksum", "how", "mark", "seconds")
    rows = [
        (
            one.table,
            f"{one.read.rows:,}",
            f"{one.written.rows:,}",
            f"{one.quarantined:,}",
            f"{one.target.sum:x}.{one.target.xor:08x}",
            one.how,
            one.mark or "",
            " + ".join(f"{seconds:.1f} {job}" for job, seconds in one.seconds.items()),
        )
        for one in results
    ]
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]
