"""Types of columns: how contracts write them, and which values of one type another can hold."""

import re

from sqlglot import exp
from sqlglot.errors import SqlglotError

T = exp.DType
_NAMES = {
    T.BOOLEAN: "boolean",
    T.TINYINT: "tinyint",
    T.SMALLINT: "smallint",
    T.INT: "int",
    T.BIGINT: "bigint",
    T.FLOAT: "float",
    T.DOUBLE: "double",
    T.TEXT: "string",
    T.BINARY: "binary",
    T.DATE: "date",
    T.TIMESTAMP: "timestamp",
    # Spark's TIMESTAMP is the instant that sqlglot calls so
    T.TIMESTAMPTZ: "timestamp",
    T.TIMESTAMPLTZ: "timestamp",
}
KNOWN = (*sorted(set(_NAMES.values())), "decimal(p,s)", "array<...>", "map<...>", "struct<...>")
_FAMILIES = {
    "integer number": ("tinyint", "smallint", "int", "bigint"),
    "floating-point number": ("float", "double"),
}
_INTEGERS = _FAMILIES["integer number"]
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
_FIELD_NAME = re.compile(r"[a-z0-9_]+")


def type_text(type_: exp.DataType) -> str | None:
    """Return a type as Glue and Spark both write it, None for one that a Glue table cannot have."""
    kind = type_.this
    if kind == T.DECIMAL:
        numbers = [int(one.name) for one in type_.expressions if one.name.isdigit()]
        precision, scale = (*numbers, 0) if len(numbers) == 1 else tuple(numbers) or (10, 0)
        return f"decimal({precision},{scale})" if 1 <= precision <= 38 and scale <= precision else None
    if kind == T.ARRAY and len(type_.expressions) == 1:
        inner = _inner(type_.expressions[0])
        return inner and f"array<{inner}>"
    if kind == T.MAP and len(type_.expressions) == 2:
        key, value = (_inner(one) for one in type_.expressions)
        return f"map<{key},{value}>" if key and value else None
    if kind == T.STRUCT:
        fields = []
        for one in type_.expressions:
            inner = _inner(one.kind) if isinstance(one, exp.ColumnDef) and one.kind else None
            if not inner or not _FIELD_NAME.fullmatch(one.name.lower()):
                return None
            fields.append(f"{one.name.lower()}:{inner}")
        return f"struct<{','.join(fields)}>" if fields else None
    return None if type_.expressions else _NAMES.get(kind)


def _inner(node: object) -> str | None:
    return type_text(node) if isinstance(node, exp.DataType) else None


def family(type_: str) -> str:
    """Return the kind of values of a type, in a word for errors: `integer number`, `text`, `date`, `array`, ..."""
    head = re.split(r"[(<]", type_, maxsplit=1)[0]
    for name, members in _FAMILIES.items():
        if head in members:
            return name
    return {"decimal": "decimal number", "string": "text"}.get(head, head)


def is_number(type_: str) -> bool:
    """Say whether values of the type are numbers."""
    return family(type_).endswith("number")


def can_hold(wide: str, narrow: str) -> bool:
    """Say whether every value of `narrow` is one of `wide` too: what Spark casts upward without loss.

    Follows `Cast.canUpCast` of Spark 3.5, but for the cast of anything to a string, which is no promise of a column.
    """
    if wide == narrow:
        return True
    if narrow in _INTEGERS and wide in _INTEGERS:
        return _INTEGERS.index(narrow) <= _INTEGERS.index(wide)
    if narrow in _INTEGERS and wide in ("float", "double"):
        return True
    if (narrow, wide) in (("float", "double"), ("date", "timestamp")):
        return True
    if wide.startswith("decimal"):
        precision, scale = _decimal(wide)
        if narrow in _INTEGERS:
            return precision - scale >= _DIGITS[narrow]
        if narrow.startswith("decimal"):
            its_precision, its_scale = _decimal(narrow)
            return scale >= its_scale and precision - scale >= its_precision - its_scale
    return _nested_can_hold(wide, narrow)


def _nested_can_hold(wide: str, narrow: str) -> bool:
    try:
        parsed = [exp.DataType.build(one, dialect="spark") for one in (wide, narrow)]
    except SqlglotError:
        return False
    kinds = {one.this for one in parsed}
    if len(kinds) != 1 or not kinds <= {T.ARRAY, T.MAP, T.STRUCT}:
        return False
    ours, theirs = (one.expressions for one in parsed)
    if len(ours) != len(theirs):
        return False
    for our, their in zip(ours, theirs, strict=True):
        if isinstance(our, exp.ColumnDef) != isinstance(their, exp.ColumnDef) or our.name != their.name:
            return False
        our_type, their_type = (_inner(one.kind if isinstance(one, exp.ColumnDef) else one) for one in (our, their))
        if not our_type or not their_type or not can_hold(our_type, their_type):
            return False
    return True


def _decimal(type_: str) -> tuple[int, int]:
    precision, scale = re.findall(r"\d+", type_)
    return int(precision), int(scale)
