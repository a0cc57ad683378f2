"""Values that a transform has made, as they travel: the text that the target's server will print of them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from migration.columns import Column
from migration.contract import precision_of
from migration.failures import MigrationError


def as_travels(values: pa.ChunkedArray, column: Column, table: str) -> pa.ChunkedArray:
    """Return the values of a column as they travel.

    Parameters
    ----------
    values
        As a transform returned them: text as it travels already, or typed: numbers, decimals, dates, timestamps.
    column
        The contract's column.
    table
        The table, for the error.

    Raises
    ------
    MigrationError
        If they are of a type that is none of the column's.
    """
    try:
        if column.kind == "decimal":
            return _decimals(values, precision_of(column)[1])
        if pa.types.is_timestamp(values.type) or pa.types.is_time(values.type):
            return _moments(values, column)
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        return values.cast(column.arrow_type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise MigrationError(
            f"{table}.{column.name}: its transform returned {values.type} that is no {column.type}: {error}"
        ) from error


def _decimals(values: pa.ChunkedArray, scale: int) -> pa.ChunkedArray:
    """Return decimals with as many digits after the point as the server prints; what is none stays as it is."""
    if pa.types.is_string(values.type):
        point = pc.find_substring(values, ".")
        digits = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(pc.binary_length(values), point), 1))
        if pc.all(pc.equal(digits, scale)).as_py() in (True, None):
            return values
    return pa.chunked_array([pa.array([_with_scale(value, scale) for value in values.to_pylist()], pa.string())])


def _with_scale(value: Any, scale: int) -> str | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
        exact = number.quantize(Decimal(1).scaleb(-scale))
    except InvalidOperation:
        return str(value)
    return f"{exact:f}" if exact == number else f"{number:f}"


def _moments(values: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    fraction = column.sizes[0] if column.sizes else 0
    if column.kind == "date":
        return values.cast(pa.date32()).cast(pa.string())
    finest = pa.time64("us") if pa.types.is_time(values.type) else pa.timestamp("us")
    text = values.cast(finest).cast(pa.string())
    clock = 8 if pa.types.is_time(values.type) else 19
    return pc.utf8_slice_codeunits(text, 0, clock + (fraction + 1 if fraction else 0))
