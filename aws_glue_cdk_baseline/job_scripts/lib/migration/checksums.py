"""A checksum of each row, computed by the server that holds it.

The source's travels with the row, and the target's is compared with it after the load. So a row is compared with what
it was when it was read, whatever has become of it since. It is the CRC-32 of the values as they travel
(``Column.wire``), one after the other, and of which of them are NULL.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from migration.columns import Column, quoted

COLUMN = "_row_checksum"
"""Name of the column that carries it in the lake's files."""

_SEPARATOR = b"\x1f"
# counts the rows without a checksum within the one sum, far above it: a second aggregate would compute each row twice
_UNSUMMED = 10**30


@dataclass(frozen=True)
class Sums:
    """Rows counted and summed up; two tables with equal sums have the same rows, in whatever order.

    Parameters
    ----------
    rows
        How many.
    sum
        The sum of their checksums.
    unsummed
        Rows too large for the server to sum up (``max_allowed_packet``): they are only counted.
    """

    rows: int = 0
    sum: int = 0
    unsummed: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, self.sum + other.sum, self.unsummed + other.unsummed)

    def __str__(self) -> str:
        return f"{self.rows} rows, checksum {self.sum:x}"


def checksum_sql(columns: Sequence[Column], table: str = "t") -> str:
    """Return the SQL expression of a row's checksum."""
    nullable = [f"ISNULL({table}.{quoted(column.name)})" for column in columns if column.nullable]
    flags = [f"CONCAT({', '.join(nullable)})"] if nullable else []
    # the separator is of bytes, so that text of all character sets is taken by its bytes
    return f"CRC32(CONCAT_WS(x'1F', {', '.join([*(column.wire(table) for column in columns), *flags])}))"


def sums_query(columns: Sequence[Column], table: str, where: str = "TRUE") -> str:
    """Return the query whose one row makes up the ``Sums`` of a table.

    Parameters
    ----------
    columns
        The columns that count.
    table
        The table, quoted, and what it is joined to; its alias in the condition and the join is ``t``.
    where
        Which of its rows.
    """
    row = f"COALESCE({checksum_sql(columns)}, {_UNSUMMED})"
    return f"SELECT COUNT(*), COALESCE(SUM({row}), 0) FROM {table} WHERE {where}"


def sums_from(answer: tuple[Any, ...]) -> Sums:
    """Return the ``Sums`` that such a query's row stands for."""
    unsummed, found = divmod(int(answer[1]), _UNSUMMED)
    return Sums(int(answer[0]), found, unsummed)


def sums_of(checksums: pa.ChunkedArray) -> Sums:
    """Sum up the checksums that rows carry."""
    return Sums(len(checksums), pc.sum(checksums).as_py() or 0, checksums.null_count)


def checksums_of(rows: pa.Table, columns: Sequence[Column]) -> pa.Array:
    """Compute the checksums of rows as the server would once it has them: for rows that a function has changed."""
    fields = [_as_bytes(rows.column(column.name)) for column in columns]
    flags = [
        pc.if_else(pc.is_null(rows.column(column.name)), pa.scalar(b"1"), pa.scalar(b"0")) for column in columns
        if column.nullable
    ]  # fmt: skip
    if flags:
        fields.append(pc.binary_join_element_wise(*flags, pa.scalar(b"")))
    joined = pc.binary_join_element_wise(*fields, pa.scalar(_SEPARATOR), null_handling="skip")
    return pa.array((zlib.crc32(one.as_buffer()) for one in joined), pa.uint32(), size=len(rows))


def _as_bytes(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    return values.cast(pa.binary())
