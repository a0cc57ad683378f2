"""Follows columns through the scopes of a query: subqueries, CTEs, unions, functions that return rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from aws_glue_cdk_baseline.sql_products.believed_types import is_believed, is_exact, is_null
from aws_glue_cdk_baseline.sql_products.column_types import type_text
from aws_glue_cdk_baseline.sql_products.product import Column

_GENERATORS = ("inline_outer", "json_tuple")  # which sqlglot does not know as such


@dataclass(frozen=True, order=True)
class ColumnRef:
    """A column of a table."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Facts:
    """What is known of one column of a scope."""

    inputs: frozenset[ColumnRef] = frozenset()
    type: str | None = None
    exact: bool = False
    always_null: bool = False


_UNKNOWN = Facts()


class Resolver:
    """What is known of the columns of a qualified query.

    Parameters
    ----------
    known
        The columns of the tables whose columns are known.
    scopes
        The query's scopes, inner ones first.
    """

    def __init__(self, known: Mapping[str, Sequence[Column]], scopes: Sequence[Scope]) -> None:
        self._known = {table: {column.name: column for column in found} for table, found in known.items()}
        self._facts: dict[tuple[int, int], Facts] = {}
        self._scope_of: dict[int, Scope] = {}
        for scope in scopes:
            for column in scope.columns:
                self._scope_of.setdefault(id(column), scope)

    def names(self, scope: Scope) -> list[str] | None:
        """Return the names of the columns that a scope delivers, None if not all of them are known."""
        if isinstance(scope.expression, exp.SetOperation):
            left = next(iter(scope.set_operation_scopes), None)
            return self.names(left) if left else None
        if not isinstance(scope.expression, exp.Query):
            alias = scope.expression.args.get("alias")
            named = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
            return [one.name.lower() for one in named] if named else None
        selects = scope.expression.selects
        if any(one.is_star or _makes_columns(one) for one in selects):
            return None
        return [one.alias_or_name.lower() for one in selects]

    def scope_of(self, column: exp.Column) -> Scope:
        """Return the innermost scope that a column is used in."""
        return self._scope_of[id(column)]

    def output(self, scope: Scope, index: int) -> Facts:
        """Return what is known of a column that a scope delivers."""
        if isinstance(scope.expression, exp.SetOperation):
            branches = [
                self.output(one, index) for one in scope.set_operation_scopes if index < len(self.names(one) or ())
            ]
            if len(branches) < len(scope.set_operation_scopes):
                return _UNKNOWN
            inputs = frozenset[ColumnRef]().union(*(one.inputs for one in branches))
            valued = [one for one in branches if not one.always_null]
            types = {one.type for one in valued}
            type_ = types.pop() if len(types) == 1 else None
            return Facts(inputs, type_, all(one.exact for one in valued) and bool(type_), not valued)
        key = (id(scope), index)
        if key not in self._facts and isinstance(scope.expression, exp.Query):
            self._facts[key] = _UNKNOWN  # met again in a recursive CTE
            self._facts[key] = self._expression(scope.expression.selects[index])
        return self._facts[key]

    def source(self, column: exp.Column) -> exp.Table | Scope | None:
        """Return the table or the inner query that a column is taken from, None if there is none by that name."""
        scope: Scope | None = self._scope_of.get(id(column))
        while scope and column.table:
            if column.table in scope.sources:
                source = scope.sources[column.table]
                if isinstance(source, exp.Table):
                    return source if isinstance(source.this, exp.Identifier) else None
                return source if isinstance(source, Scope) else None
            scope = scope.parent
        return None

    def columns_of(self, alias: str, source: exp.Table | Scope) -> tuple[str, list[str] | None]:
        """Return what errors call a source, and the names of its columns if they are known."""
        if isinstance(source, exp.Table):
            columns = self._known.get(source.name) if isinstance(source.this, exp.Identifier) else None
            return source.name, list(columns) if columns is not None else None
        return alias, self.names(source)

    def _expression(self, node: exp.Expr) -> Facts:
        inputs = frozenset[ColumnRef]().union(*(self._column(one).inputs for one in node.find_all(exp.Column)))
        null = is_null(node, lambda column: self._column(column).always_null)
        believed = not null and is_believed(node, lambda column: self._column(column).type is not None)
        type_ = _inferred_text(node.type) if believed and node.type else None
        return Facts(inputs, type_, bool(type_) and is_exact(node, lambda column: self._column(column).exact), null)

    def _column(self, column: exp.Column) -> Facts:
        """Return what is known of a column where it is used."""
        name, source = column.name, self.source(column)
        if isinstance(source, exp.Table):
            declared = self._known.get(source.name, {}).get(name)
            inputs = frozenset([ColumnRef(source.name, name)])
            return Facts(inputs, declared.type or None if declared else None, bool(declared and declared.type))
        if source is None:
            return _UNKNOWN
        names = self.names(source)
        if isinstance(source.expression, exp.Query):
            if names is None:
                return Facts(self._through_star(source, name))
            return self.output(source, names.index(name)) if name in names else _UNKNOWN
        # a function that returns rows: any of its columns may come of any of its arguments
        return Facts(
            frozenset[ColumnRef]().union(
                *(self._column(one).inputs for one in source.expression.find_all(exp.Column) if one is not column)
            )
        )

    def _through_star(self, scope: Scope, name: str) -> frozenset[ColumnRef]:
        """Return what a column of a query may be made of that does not name all of its columns."""
        selects = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
        if not any(one.is_star for one in selects):
            columns = (column for one in selects for column in one.find_all(exp.Column))
            return frozenset[ColumnRef]().union(*(self._column(one).inputs for one in columns))
        sources = list(scope.sources.values())
        if len(sources) == 1 and isinstance(sources[0], exp.Table):
            return frozenset([ColumnRef(sources[0].name, name)])
        return frozenset()


def _makes_columns(select: exp.Expr) -> bool:
    """Say whether an expression is a function that returns rows, and so columns whose names it does not tell."""
    if isinstance(select, exp.Aliases):
        return True
    function = select.this if isinstance(select, exp.Alias) else select
    if not select.alias_or_name.startswith("_col_"):
        return False  # its one column has been named
    if isinstance(function, exp.Anonymous):
        return function.name.lower() in _GENERATORS
    return isinstance(function, exp.Explode | exp.Inline | exp.Stack)


def _inferred_text(type_: exp.DataType) -> str | None:
    """Return a type as contracts write it; sqlglot calls the text that functions return VARCHAR."""
    return "string" if type_.this == exp.DType.VARCHAR else type_text(type_)
