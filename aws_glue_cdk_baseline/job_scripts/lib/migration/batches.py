"""Batches: what one extract read of one table, as files of the lake that later jobs, and a second attempt, go by.

Below ``<database>/migration/<migration>/<table>/`` each batch has a folder whose name sorts by time: ``plan.json`` first,
then each part (a parquet file) with its JSON beside it, and ``manifest.json`` last: with it the batch is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote, unquote

from migration.checksums import Sums
from migration.columns import Column
from migration.schema import TableSchema
from migration.storage import Storage, get_json, put_json

FULL, INCREMENTAL = "full", "incremental"


@dataclass(frozen=True)
class Part:
    """A parquet file of a batch.

    Parameters
    ----------
    file
        Its name in the lake.
    sums
        Its rows and their checksums.
    last_key
        The key of its last row: where the range goes on. None for tables without a key.
    range_ends
        Whether its range ends with it.
    """

    file: str
    sums: Sums
    last_key: tuple[Any, ...] | None = None
    range_ends: bool = True


@dataclass(frozen=True)
class Batch:
    """A batch that is whole.

    Parameters
    ----------
    id
        Its folder; sorts by time, and ends with what it is: full or incremental.
    schema
        The table as the source described it.
    contract
        The columns that its rows have now: the source's, until a transform changes them.
    parts
        Its files, in the order of the key.
    read
        What the extract read of the source.
    quarantined
        How many of these rows lie in quarantine.
    consistency
        What holds between its rows: see ``migration.extract``.
    mark_column, mark_from, mark
        By which column the next increment is found, where this one began and where it ends; None without one.
    seconds
        By job, how long the table took.
    transformed
        Whether a function made the rows: then floats are not part of the checksum.
    workflow_run
        The workflow's run that read it, empty outside of one.
    """

    id: str
    schema: TableSchema
    contract: tuple[Column, ...]
    parts: tuple[Part, ...]
    read: Sums
    quarantined: int
    consistency: str
    mark_column: str | None = None
    mark_from: str | None = None
    mark: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    transformed: bool = False
    workflow_run: str = ""

    @property
    def full(self) -> bool:
        """Whether it holds the whole table, and not only what is new."""
        return self.id.endswith(FULL)

    @property
    def written(self) -> Sums:
        """What its parts hold."""
        return sum((part.sums for part in self.parts), Sums())

    def to_json(self) -> dict[str, Any]:
        """Return it as its manifest."""
        contract = [column.to_json() for column in self.contract]
        return {**asdict(self), "schema": self.schema.to_json(), "contract": contract}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Batch:
        """Return what ``to_json`` gave."""
        return cls(
            **{
                **kept,
                "schema": TableSchema.from_json(kept["schema"]),
                "contract": tuple(Column(**column) for column in kept["contract"]),
                "parts": tuple(part_from_json(part) for part in kept["parts"]),
                "read": Sums(**kept["read"]),
            }
        )


def part_from_json(kept: dict[str, Any]) -> Part:
    """Return the part that a JSON file or a manifest describes; a key of bytes is kept in hexadecimal."""
    key = kept["last_key"]
    values = None if key is None else tuple(bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in key)
    return Part(kept["file"], Sums(**kept["sums"]), values, kept["range_ends"])


def part_to_json(part: Part) -> dict[str, Any]:
    """Return a part as JSON holds it."""
    key = part.last_key
    values = None if key is None else [{"hex": v.hex()} if isinstance(v, bytes) else v for v in key]
    return {"file": part.file, "sums": asdict(part.sums), "last_key": values, "range_ends": part.range_ends}


def new_id(kind: str) -> str:
    """Return the id of a batch that begins now."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%f}-{kind}"  # noqa: UP017 - older Pythons have no UTC


class TableFolder:
    """The batches of a table in one layer's part of the lake.

    Parameters
    ----------
    storage
        The lake.
    database
        The layer's database: ``dev_bronze``.
    migration
        The migration's name.
    table
        The table.
    """

    def __init__(self, storage: Storage, database: str, migration: str, table: str) -> None:
        self.storage = storage
        self.table = table
        self._root = f"{root_of(database, migration)}{quote(table, safe='')}/"

    def name(self, batch: str, file: str) -> str:
        """Return the name of a file of a batch."""
        return f"{self._root}{batch}/{file}"

    def whole(self) -> list[str]:
        """Return the ids of the batches that are whole, the oldest first."""
        return self._having("manifest.json")

    def begun(self) -> list[str]:
        """Return the ids of the batches that were begun, whole or not, the oldest first."""
        return self._having("plan.json")

    def current(self) -> list[str]:
        """Return the ids of the batches that make up the table: the latest full one and the increments since."""
        whole = self.whole()
        fulls = [place for place, one in enumerate(whole) if one.endswith(FULL)]
        return whole[fulls[-1] :] if fulls else []

    def read(self, batch: str) -> Batch | None:
        """Return a batch, None if it is not whole."""
        kept = get_json(self.storage, self.name(batch, "manifest.json"))
        if kept is None:
            return None
        return Batch.from_json(kept)

    def finish(self, batch: Batch) -> None:
        """Write the manifest: from now on the batch is whole."""
        put_json(self.storage, self.name(batch.id, "manifest.json"), batch_json(batch))

    def remove_older(self, *, keep: int = 2) -> None:
        """Remove the batches before the latest full ones; two are kept, since a load may be reading the former."""
        fulls = [one for one in self.whole() if one.endswith(FULL)]
        if len(fulls) > keep:
            limit = f"{self._root}{fulls[-keep]}/"
            self.storage.remove([name for name in self.storage.names(self._root) if name < limit])

    def remove(self, batch: str) -> None:
        """Remove a batch, its plan last: what is left is found again."""
        names = self.storage.names(f"{self._root}{batch}/")
        self.storage.remove([name for name in names if not name.endswith("/plan.json")])
        self.storage.remove([name for name in names if name.endswith("/plan.json")])

    def _having(self, file: str) -> list[str]:
        names = self.storage.names(self._root)
        return sorted(name.split("/")[-2] for name in names if name.endswith(f"/{file}"))


def batch_json(batch: Batch) -> dict[str, Any]:
    """Return a batch as its manifest holds it."""
    return {**batch.to_json(), "parts": [part_to_json(part) for part in batch.parts]}


def root_of(database: str, migration: str) -> str:
    """Return the prefix of a migration in a layer's part of the lake."""
    return f"{database}/migration/{migration}/"


def tables_in(storage: Storage, database: str, migration: str) -> list[str]:
    """Return the tables that a layer has batches of."""
    root = root_of(database, migration)
    names = (name.removeprefix(root).split("/") for name in storage.names(root))
    return list(dict.fromkeys(unquote(parts[0]) for parts in names if len(parts) == 3 and parts[2] == "manifest.json"))


def in_order(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return parts in the order of the key, which their names tell."""
    return tuple(sorted(parts, key=lambda part: part.file))


def with_seconds(batch: Batch, job: str, seconds: float) -> Batch:
    """Return a batch that also knows how long a job took over it."""
    return replace(batch, seconds={**batch.seconds, job: round(seconds, 3)})
