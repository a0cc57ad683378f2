"""Whether rows fit a contract: by whole columns, and with the reason for each row that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from migration.columns import BYTES, INTEGERS, TEXTS, Column
from migration.contract import Field, characters, integer_bounds, length, precision_of

_DAY = r"\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])"
_CLOCK = r"[0-5]\d:[0-5]\d"
_FIRST_MOMENT, _LAST_MOMENT = "1970-01-01 00:00:01", "2038-01-19 03:14:07.999999"


def reasons(rows: pa.Table, fields: Sequence[Field]) -> pa.Array:
    """Return, for each row, why it does not fit the contract; null for those that do.

    Parameters
    ----------
    rows
        Values as they travel.
    fields
        The contract.
    """
    told = []
    for field in fields:
        values = rows.column(field.column.name).combine_chunks()
        for reason, wrong in _violations(values, field):
            if pc.any(wrong).as_py():
                text = pa.scalar(f"{field.column.name}: {reason}")
                told.append(pc.if_else(wrong, text, pa.scalar(None, pa.string())))
    if not told:
        return pa.nulls(len(rows), pa.string())
    joined = pc.binary_join_element_wise(*told, "; ", null_handling="skip")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


def _violations(values: pa.Array, field: Field) -> Iterator[tuple[str, pa.Array]]:
    """Yield each rule of a column, and the rows that break it."""
    column = field.column
    if not column.nullable:
        yield "NULL, which the contract does not take", pc.is_null(values)
    rule = _rule(column)
    if rule:
        reason, fits = rule
        yield reason, pc.fill_null(pc.invert(fits(values)), False)
    for name, limit, beyond in (("minimum", field.minimum, -1), ("maximum", field.maximum, 1)):
        if limit is not None:
            yield f"beyond the {name} of {limit}", _beyond(values, column, limit, beyond)


def _rule(column: Column) -> tuple[str, Callable[[Any], Any]] | None:
    """Return what a type asks of its values, in words and as a function of them."""
    kind, words = column.kind, f"does not fit {column.type}"
    if kind in INTEGERS:
        low, high = integer_bounds(column)
        return words, lambda values: _within(values, low, high)
    if kind in ("char", "varchar"):
        return words, lambda values: pc.less_equal(pc.utf8_length(values), characters(column))
    if kind in TEXTS or kind in BYTES:
        return words, lambda values: pc.less_equal(
            pc.binary_length(values), length(column) if kind in BYTES else characters(column)
        )
    if kind == "enum":
        return words, lambda values: pc.is_in(values, pa.array(column.members, pa.string()), skip_nulls=True)
    if kind == "json":
        return "is no JSON", lambda values: pa.array(
            [None if v is None else _is_json(v) for v in values.to_pylist()], pa.bool_()
        )
    pattern = _pattern(column)
    return (words, lambda values: pc.match_substring_regex(values, f"^(?:{pattern})$")) if pattern else None


def _pattern(column: Column) -> str | None:
    """Return what the text of a value looks like, as the server itself would print it."""
    fraction = rf"\.\d{{{column.sizes[0]}}}" if column.sizes and column.sizes[0] else ""
    precision, scale = precision_of(column) if column.kind == "decimal" else (0, 0)
    members = "|".join(re.escape(member) for member in column.members)
    return {
        "decimal": rf"{'' if column.unsigned else '-?'}0*\d{{0,{precision - scale}}}"
        + (rf"\.\d{{{scale}}}" if scale else ""),
        "float": r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?",
        "double": r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?",
        "date": _DAY,
        "datetime": rf"{_DAY} (?:[01]\d|2[0-3]):{_CLOCK}{fraction}",
        "timestamp": rf"{_DAY} (?:[01]\d|2[0-3]):{_CLOCK}{fraction}",
        "time": rf"-?(?:\d\d|[0-7]\d\d|8[0-3]\d):{_CLOCK}{fraction}",
        "year": r"0000|19(?:0[1-9]|[1-9]\d)|20\d\d|21(?:[0-4]\d|5[0-5])",
        "bit": r"\d{1,20}",
        "set": f"(?:(?:{members})(?:,(?:{members}))*)?",
    }.get(column.kind)


def _within(values: pa.Array, low: int, high: int) -> pa.Array:
    # a limit beyond what the values' own type can have holds of all of them
    least, most = (0, 2**64 - 1) if pa.types.is_unsigned_integer(values.type) else (-(2**63), 2**63 - 1)
    fits = pc.is_valid(values)
    if low > least:
        fits = pc.and_(fits, pc.greater_equal(values, pa.scalar(min(low, most), values.type)))
    if high < most:
        fits = pc.and_(fits, pc.less_equal(values, pa.scalar(high, values.type)))
    return pc.if_else(pc.is_valid(values), fits, None)


def _beyond(values: pa.Array, column: Column, limit: Any, side: int) -> pa.Array:
    """Compare with a limit: numbers as numbers, exactly; everything else as text."""
    numbers = column.kind in {*INTEGERS, "decimal", "float", "double"}
    read: Callable[[Any], Any] = (lambda value: Decimal(str(value))) if numbers else str
    edge = read(limit)
    found = [v is not None and (read(v) > edge if side > 0 else read(v) < edge) for v in values.to_pylist()]
    return pa.array(found, pa.bool_())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
