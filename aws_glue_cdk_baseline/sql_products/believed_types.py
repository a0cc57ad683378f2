"""Which of the types that sqlglot infers are certain: the ones that a test has compared with Spark's own analysis."""

from collections.abc import Callable, Iterator

from sqlglot import exp

# whatever their arguments are
_CERTAIN = (
    # truth values; Predicate is comparisons, IN, BETWEEN, LIKE, IS NULL, EXISTS
    exp.Boolean, exp.Predicate, exp.And, exp.Or, exp.Not, exp.LogicalAnd, exp.LogicalOr,
    exp.StartsWith, exp.EndsWith, exp.Contains,
    # said in so many words
    exp.Cast, exp.TryCast,
    # integer numbers
    exp.Count, exp.CountIf, exp.ApproxDistinct, exp.IntDiv, exp.Length, exp.Ascii, exp.Levenshtein, exp.StrPosition,
    exp.ArraySize, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Year, exp.Quarter, exp.Month, exp.WeekOfYear,
    exp.Day, exp.DayOfWeek, exp.Hour, exp.Minute, exp.Second, exp.DateDiff, exp.StrToUnix, exp.UnixSeconds,
    exp.UnixMillis,
    # floating-point numbers
    exp.Sqrt, exp.Pow, exp.Sign, exp.Rand, exp.Stddev, exp.Quantile, exp.PercentRank, exp.CumeDist, exp.MonthsBetween,
    # dates and times
    exp.CurrentDate, exp.TsOrDsToDate, exp.TsOrDsAdd, exp.AddMonths, exp.LastDay, exp.NextDay, exp.DateFromUnixDate,
    exp.CurrentTimestamp,
    # texts
    exp.Lower, exp.Upper, exp.Initcap, exp.Trim, exp.RegexpExtract, exp.RegexpReplace, exp.Replace, exp.Repeat,
    exp.Translate, exp.SplitPart, exp.ConcatWs, exp.TimeToStr, exp.UnixToStr, exp.MD5, exp.SHA, exp.SHA2, exp.Hex,
    exp.ToBase64, exp.Uuid,
)  # fmt: skip
# if those of their arguments are, and agree
_PASSED_ON = (
    exp.Alias, exp.Paren, exp.Window, exp.Filter, exp.Min, exp.Max, exp.AnyValue, exp.First, exp.Last, exp.FirstValue,
    exp.LastValue, exp.Lag, exp.Lead, exp.Coalesce, exp.If, exp.Case, exp.Nullif, exp.Abs, exp.Substring, exp.Left,
    exp.Reverse, exp.Concat,
)  # fmt: skip
# if those of their arguments are, and are no decimals, of whose digits sqlglot does not keep count
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Sum, exp.Avg)
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
    if not isinstance(node, _ARITHMETIC + _PASSED_ON):
        return False
    values = [one for one in _values(node) if not is_null(one)]
    if not values or not all(is_believed(one, column) for one in values):
        return False
    kinds = {_kind(one) for one in values}
    return kinds <= _NUMBERS if isinstance(node, _ARITHMETIC) else len(kinds) == 1 or kinds <= _INTEGERS


def is_exact(node: exp.Expr, column: Callable[[exp.Column], bool]) -> bool:
    """Say whether a believed type is right to the width: casts, columns, and what passes one of them on unchanged."""
    if isinstance(node, exp.Column):
        return column(node)
    if isinstance(node, exp.Cast | exp.TryCast | exp.Count | exp.Boolean):
        return True
    if isinstance(node, _PASSED_ON):
        values = [one for one in _values(node) if not is_null(one)]
        # sqlglot gives coalesce(int, int) a wider type than its arguments have
        types = {one.type.sql() for one in (node, *values) if one.type}
        return len(types) == 1 and all(is_exact(one, column) for one in values)
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


def _kind(node: exp.Expr) -> exp.DType:
    kind = node.type.this if node.type else exp.DType.UNKNOWN
    return exp.DType.TEXT if kind == exp.DType.VARCHAR else kind


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
    elif isinstance(node, exp.Concat):
        yield from node.expressions
    elif isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod):
        yield from (node.left, node.right)
    else:
        yield node.this
