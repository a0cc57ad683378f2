"""Ranges of a table's key: each is read by itself, in pages that follow the key, so that any of them can be read again.

A key may have several columns of any type whose order in SQL is the index's. Its values are written into the query as
the text that the server made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration.columns import BYTES, INTEGERS, Column, quoted
from migration.schema import TableSchema

Key = tuple[Any, ...]
"""A key's values, as they travel."""


@dataclass(frozen=True)
class Range:
    """Rows whose key is above ``after`` and not above ``upto``; None leaves that side open.

    Parameters
    ----------
    number
        Of the range in its table.
    after, upto
        Keys, or the first values of keys.
    """

    number: int
    after: Key | None = None
    upto: Key | None = None


def even_ranges(first: int, last: int, count: int) -> list[Range]:
    """Return ranges of whole numbers, equally wide, from ``first`` to ``last``, both of which belong to them.

    Parameters
    ----------
    first, last
        The least and the greatest value; any size, signed or not.
    count
        How many ranges, at most one per value.
    """
    width = last - first + 1
    count = max(1, min(count, width))
    bounds = [first - 1 + width * place // count for place in range(count + 1)]
    return [
        Range(number, (below,), (above,)) for number, (below, above) in enumerate(zip(bounds, bounds[1:], strict=False))
    ]


def ranges_between(bounds: Sequence[Key], last: Key) -> list[Range]:
    """Return the ranges between keys that were found by walking the index, the last one up to ``last``."""
    edges: list[Key | None] = [None, *(bound for bound in bounds if bound != last), last]
    return [Range(number, below, above) for number, (below, above) in enumerate(zip(edges, edges[1:], strict=False))]


def condition(schema: TableSchema, after: Key | None, upto: Key | None, table: str = "t") -> str:
    """Return the SQL condition of the rows between two keys.

    Parameters
    ----------
    schema
        The table; its ``key`` names the columns.
    after, upto
        Keys, or their first values; None where there is no limit.
    table
        Alias of the table in the query.
    """
    parts = []
    if after is not None:
        parts.append(_beyond(schema, after, table, above=True))
    if upto is not None:
        parts.append(
            f"NOT ({_beyond(schema, upto, table, above=True)})" if len(upto) > 1 else _upto(schema, upto, table)
        )
        if len(upto) > 1:
            # the server reads a range of the index by this one; the exact condition only filters
            parts.append(_upto(schema, upto[:1], table))
    return " AND ".join(parts) or "TRUE"


def _upto(schema: TableSchema, key: Key, table: str) -> str:
    column = schema.column(schema.key[0])
    return f"{table}.{quoted(column.name)} <= {literal(column, key[0])}"


def _beyond(schema: TableSchema, key: Key, table: str, *, above: bool) -> str:
    """Compare a key of several columns: (a, b) > (x, y) written out, since servers use no index for the short form."""
    columns = [schema.column(name) for name in schema.key[: len(key)]]
    names = [f"{table}.{quoted(column.name)}" for column in columns]
    values = [literal(column, value) for column, value in zip(columns, key, strict=True)]
    sign = ">" if above else "<"
    cases = []
    for place in range(len(names)):
        equal = [f"{name} = {value}" for name, value in zip(names[:place], values[:place], strict=True)]
        cases.append("(" + " AND ".join([*equal, f"{names[place]} {sign} {values[place]}"]) + ")")
    if len(cases) == 1:
        return cases[0]
    return f"{names[0]} {sign}= {values[0]} AND ({' OR '.join(cases)})"


def literal(column: Column, value: Any) -> str:
    """Return a value of a column as SQL takes it.

    Parameters
    ----------
    column
        The column that it will be compared with.
    value
        The value as it travels: a number, text or bytes.
    """
    if column.kind in INTEGERS or column.kind in ("bit", "decimal"):
        return str(value)
    if column.kind in BYTES:
        return f"x'{bytes(value).hex()}'" if value else "''"
    text = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"
