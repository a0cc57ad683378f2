"""Which of the types that sqlglot infers are certain: the ones that a test has compared with Spark's own analysis."""

from collections.abc import Callable, Iterator

from sqlglot import exp

# whatever their arguments are
_CERTAIN = (
    exp.Boolean,
    exp.Predicate,  # comparisons, IN, BETWEEN, LIKE, IS NULL, EXISTS
    exp.And,
    exp.Or,
    exp.Not,
    exp.Cast,
    exp.TryCast,
    exp.Count,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.Lower,
    exp.Upper,
    exp.Trim,
    exp.RegexpExtract,
    exp.RegexpReplace,
    exp.Split,
    exp.TimeToStr,  # date_format
    exp.TsOrDsToDate,  # to_date
    exp.MD5,
    exp.SHA2,
    exp.IntDiv,
)
# if those of their arguments are
_PASSED_ON = (
    exp.Alias,
    exp.Paren,
    exp.Window,
    exp.Filter,
    exp.Min,
    exp.Max,
    exp.AnyValue,
    exp.Coalesce,
    exp.If,
    exp.Case,
    exp.Nullif,
)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg)
_INTEGERS = frozenset({exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT})
_NUMBERS = _INTEGERS | {exp.DType.FLOAT, exp.DType.DOUBLE}


def is_believed(node: exp.Expr, column: Callable[[exp.Column], bool]) -> bool:
    """Say whether the type that sqlglot gave an expression is sure to be the kind that Spark gives it.

    Parameters
    ----------
    column
        Says the same of a column.
    """
    if node.type is None or node.type.this in (exp.DType.UNKNOWN, exp.DType.NULL):
        return False
    if isinstance(node, exp.Column):
        return column(node)
    if isinstance(node, exp.Literal):
        # 1.5 is a decimal for Spark, and none for sqlglot
        return node.is_string or node.this.isdigit()
    if isinstance(node, _CERTAIN):
        return True
    if isinstance(node, exp.Sum):
        return _all_believed([node.this], column) and node.this.type is not None and node.this.type.this in _NUMBERS
    if isinstance(node, _ARITHMETIC):
        sides = list(_values(node))
        numbers = all(one.type is not None and one.type.this in _NUMBERS for one in sides)
        return numbers and _all_believed(sides, column)
    if isinstance(node, _PASSED_ON):
        values = [one for one in _values(node) if not is_null(one)]
        kinds = {one.type.this for one in values if one.type}
        same = len(kinds) == 1 or kinds <= _INTEGERS
        return bool(values) and same and _all_believed(values, column)
    return False


def is_exact(node: exp.Expr, column: Callable[[exp.Column], bool]) -> bool:
    """Say whether a believed type is right to the width: casts, columns, and what passes one of them on unchanged."""
    if isinstance(node, exp.Column):
        return column(node)
    if isinstance(node, exp.Cast | exp.TryCast | exp.Count | exp.Boolean):
        return True
    if isinstance(node, _PASSED_ON):
        values = [one for one in _values(node) if not is_null(one)]
        return len({one.type.sql() for one in values if one.type}) == 1 and all(is_exact(one, column) for one in values)
    return False


def is_null(node: exp.Expr, column: Callable[[exp.Column], bool] = lambda _: False) -> bool:
    """Say whether an expression is NULL in every row."""
    if isinstance(node, exp.Null):
        return True
    if isinstance(node, exp.Column):
        return column(node)
    if isinstance(node, exp.Cast | exp.TryCast | exp.Alias | exp.Paren):
        return is_null(node.this, column)
    if isinstance(node, exp.Coalesce | exp.If | exp.Case):
        return all(is_null(one, column) for one in _values(node))
    return False


def _all_believed(nodes: list[exp.Expr], column: Callable[[exp.Column], bool]) -> bool:
    return all(is_believed(one, column) for one in nodes)


def _values(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the parts of an expression that its value may be, or is computed of."""
    if isinstance(node, exp.Coalesce):
        yield from (node.this, *node.expressions)
    elif isinstance(node, exp.If):
        yield node.args["true"]
        yield node.args.get("false") or exp.null()
    elif isinstance(node, exp.Case):
        yield from (one.args["true"] for one in node.args["ifs"])
        yield node.args.get("default") or exp.null()
    elif isinstance(node, exp.Add | exp.Sub | exp.Mul):
        yield from (node.left, node.right)
    else:
        yield node.this
