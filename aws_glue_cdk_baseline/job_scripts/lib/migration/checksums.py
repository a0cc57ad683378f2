"""A checksum of each row, computed by the server that holds it: the source's travels with the row, the target's is
compared with it after the load. So a row is compared with what it was when it was read, whatever became of it since.

It is the CRC-32 of the values as they travel (``Column.wire``), one after the other, and of which of them are NULL.
"""

from __future__ import annotations

import functools
import operator
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from migration.columns import Column, quoted

COLUMN = "_row_checksum"
"""Name of the column that carries it in the lake's files."""

_SEPARATOR = b"\x1f"


@dataclass(frozen=True)
class Sums:
    """Rows counted and summed up; two tables with equal sums have the same rows, in whatever order.

    Parameters
    ----------
    rows
        How many.
    sum, xor
        The sum of their checksums, and their exclusive or.
    unsummed
        Rows too large for the server to sum up (``max_allowed_packet``): they are only counted.
    """

    rows: int = 0
    sum: int = 0
    xor: int = 0
    unsummed: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, self.sum + other.sum, self.xor ^ other.xor, self.unsummed + other.unsummed)

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.sum:x}.{self.xor:08x}"


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
    return (
        "SELECT COUNT(*), COALESCE(SUM(r), 0), BIT_XOR(COALESCE(r, 0)), COALESCE(SUM(r IS NULL), 0)"
        f" FROM (SELECT {checksum_sql(columns)} AS r FROM {table} WHERE {where}) AS s"
    )


def sums_of(checksums: pa.ChunkedArray) -> Sums:
    """Sum up the checksums that rows carry."""
    values = checksums.drop_null().to_pylist()
    xor = functools.reduce(operator.xor, values, 0)
    return Sums(len(checksums), sum(values), xor, checksums.null_count)


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
