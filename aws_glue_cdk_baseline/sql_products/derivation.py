"""What a query delivers and where it comes from: columns, types, and mistakes that the tables' columns show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from aws_glue_cdk_baseline.errors import Problem, nearest
from aws_glue_cdk_baseline.sql_products.believed_types import is_believed, is_exact, is_null
from aws_glue_cdk_baseline.sql_products.column_types import type_text
from aws_glue_cdk_baseline.sql_products.product import Column, Place, Query
from aws_glue_cdk_baseline.sql_products.sql_files import line_of

# a column that Spark's file sources have besides those of the schema
_HIDDEN = "_metadata"
_GENERATORS = ("inline_outer", "json_tuple")  # which sqlglot does not know as such


@dataclass(frozen=True, order=True)
class ColumnRef:
    """A column of a table."""

    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True)
class Output:
    """A column that a query delivers.

    Parameters
    ----------
    inputs
        The columns of tables that its value is computed of.
    type
        Its type where that is certain, else None.
    exact
        Whether the type is certain to the width, and not only in its kind.
    always_null
        Whether it is NULL in every row.
    """

    name: str
    inputs: frozenset[ColumnRef]
    type: str | None
    exact: bool
    always_null: bool
    place: Place


@dataclass(frozen=True)
class Derivation:
    """What is known of a query.

    Parameters
    ----------
    outputs
        None if it selects `*` from a table whose columns are not known.
    reads
        Every column that it uses: for its results, and in filters, joins and groups.
    """

    outputs: tuple[Output, ...] | None
    reads: frozenset[ColumnRef]
    problems: tuple[Problem, ...]


def derive(query: Query, columns: Mapping[str, Sequence[Column] | None]) -> Derivation:
    """Work out a query's columns.

    Parameters
    ----------
    columns
        The columns of each table that it reads; None, or no entry, where they are not known.
    """
    known = {read.name: found for read in query.reads if (found := columns.get(read.name)) is not None}
    schema = MappingSchema(
        {table: {column.name: column.type or "unknown" for column in found} for table, found in known.items()},
        dialect="spark",
        normalize=False,
    )
    try:
        tree = qualify(
            query.expression.copy(),
            dialect="spark",
            schema=schema,
            quote_identifiers=False,
            validate_qualify_columns=False,
            allow_partial_qualification=True,
        )
        scopes = traverse_scope(tree)
    except (SqlglotError, RecursionError) as error:
        # with a table whose columns nobody knows, what cannot be resolved may well be right
        if len(known) < len(query.reads) and not isinstance(error, RecursionError):
            return Derivation(None, frozenset(), ())
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).split("\n")[0]
        return Derivation(None, frozenset(), (query.place.problem(f"cannot be resolved: {what}"),))
    annotate_types(tree, schema=schema, dialect="spark")
    return _Resolver(query, known, scopes).derivation()


@dataclass(frozen=True)
class _Facts:
    """What is known of one column of a scope."""

    inputs: frozenset[ColumnRef] = frozenset()
    type: str | None = None
    exact: bool = False
    always_null: bool = False


_UNKNOWN = _Facts()


class _Resolver:
    """Follows columns through the scopes of a qualified query."""

    def __init__(self, query: Query, known: Mapping[str, Sequence[Column]], scopes: Sequence[Scope]) -> None:
        self._query = query
        self._known = {table: {column.name: column for column in found} for table, found in known.items()}
        self._scopes = scopes
        self._facts: dict[tuple[int, str], _Facts] = {}
        self._scope_of: dict[int, Scope] = {}
        for scope in scopes:  # inner ones come first
            for column in scope.columns:
                self._scope_of.setdefault(id(column), scope)

    def derivation(self) -> Derivation:
        root = self._scopes[-1]
        problems = [*self._unknown_columns(), *self._uneven_unions()]
        reads: set[ColumnRef] = set()
        for scope in self._scopes:
            for column in scope.columns:
                source = self._source(column)
                if isinstance(source, exp.Table):
                    reads.add(ColumnRef(source.name, column.name))
        names = self._names(root)
        outputs: tuple[Output, ...] | None = None
        if names is not None:
            places = self._places(root, len(names))
            facts = [self._output(root, index) for index in range(len(names))]
            outputs = tuple(
                Output(name, one.inputs, one.type, one.exact, one.always_null, place)
                for name, one, place in zip(names, facts, places, strict=True)
            )
        return Derivation(outputs, frozenset(reads), tuple(dict.fromkeys(problems)))

    def _names(self, scope: Scope) -> list[str] | None:
        """Return the names of the columns that a scope delivers, None if not all of them are known."""
        if isinstance(scope.expression, exp.SetOperation):
            left = next(iter(scope.set_operation_scopes), None)
            return self._names(left) if left else None
        if not isinstance(scope.expression, exp.Query):
            alias = scope.expression.args.get("alias")
            named = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
            return [one.name.lower() for one in named] if named else None
        selects = scope.expression.selects
        if any(one.is_star or _makes_columns(one) for one in selects):
            return None
        return [one.alias_or_name.lower() for one in selects]

    def _places(self, scope: Scope, count: int) -> list[Place]:
        while isinstance(scope.expression, exp.SetOperation) and scope.set_operation_scopes:
            scope = scope.set_operation_scopes[0]
        selects = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
        begin = self._query.place
        places = [begin.at(line_of(one)) for one in selects] if len(selects) == count else []
        return places or [begin] * count

    def _output(self, scope: Scope, index: int) -> _Facts:
        if isinstance(scope.expression, exp.SetOperation):
            branches = [
                self._output(one, index) for one in scope.set_operation_scopes if index < len(self._names(one) or ())
            ]
            if len(branches) < len(scope.set_operation_scopes):
                return _UNKNOWN
            inputs = frozenset[ColumnRef]().union(*(one.inputs for one in branches))
            valued = [one for one in branches if not one.always_null]
            types = {one.type for one in valued}
            type_ = types.pop() if len(types) == 1 else None
            return _Facts(inputs, type_, all(one.exact for one in valued) and bool(type_), not valued)
        key = (id(scope), str(index))
        if key not in self._facts and isinstance(scope.expression, exp.Query):
            self._facts[key] = _UNKNOWN  # met again in a recursive CTE
            self._facts[key] = self._expression(scope.expression.selects[index])
        return self._facts[key]

    def _expression(self, node: exp.Expr) -> _Facts:
        inputs = frozenset[ColumnRef]().union(*(self._column(one).inputs for one in node.find_all(exp.Column)))
        null = is_null(node, lambda column: self._column(column).always_null)
        believed = not null and is_believed(node, lambda column: self._column(column).type is not None)
        type_ = _inferred_text(node.type) if believed and node.type else None
        return _Facts(inputs, type_, bool(type_) and is_exact(node, lambda column: self._column(column).exact), null)

    def _column(self, column: exp.Column) -> _Facts:
        """Return what is known of a column where it is used."""
        name, source = column.name, self._source(column)
        if isinstance(source, exp.Table):
            declared = self._known.get(source.name, {}).get(name)
            inputs = frozenset([ColumnRef(source.name, name)])
            return _Facts(inputs, declared.type or None if declared else None, bool(declared and declared.type))
        if source is None:
            return _UNKNOWN
        names = self._names(source)
        if isinstance(source.expression, exp.Query):
            if names is None:
                return _Facts(self._through_star(source, name))
            return self._output(source, names.index(name)) if name in names else _UNKNOWN
        # a function that returns rows: any of its columns may come of any of its arguments
        return _Facts(
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

    def _source(self, column: exp.Column) -> exp.Table | Scope | None:
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

    def _unknown_columns(self) -> Iterator[Problem]:
        seen: set[int] = set()
        for scope in self._scopes:
            for column in scope.columns:
                if id(column) in seen or isinstance(column.this, exp.Star) or _HIDDEN in (column.name, column.table):
                    continue
                seen.add(id(column))
                if not any(one.pivots for one in _outward(self._scope_of[id(column)])):
                    yield from self._unknown_column(column)

    def _unknown_column(self, column: exp.Column) -> Iterator[Problem]:
        here, name = self._query.place.at(line_of(column)), column.name
        source = self._source(column)
        if source is not None:
            label, names = self._columns_of(column.table, source)
            if names is not None and name not in names:
                yield here.problem(f"{label} has no column {name}{nearest(name, names)}")
            return
        around = list(_outward(self._scope_of[id(column)]))
        if column.table and any(column.table in scope.sources for scope in around):
            return  # of a function whose columns are not known
        visible: dict[str, list[str]] = {}
        for alias, one in (pair for scope in around for pair in _tables_of(scope).items()):
            label, names = self._columns_of(alias, one)
            if names is None:
                return
            for each in names:
                visible.setdefault(each, []).append(label)
        if column.table:
            aliases = {alias for scope in around for alias in _tables_of(scope)}
            near = nearest(column.table, aliases | set(visible))
            text = f"{column.table}.{name}: nothing here is called {column.table}{near}"
        elif name in visible:
            text = f"{name} is ambiguous, {' and '.join(visible[name])} have it: write {visible[name][0]}.{name}"
        else:
            text = f"no table that is read here has a column {name}{nearest(name, visible)}"
        yield here.problem(text)

    def _columns_of(self, alias: str, source: exp.Table | Scope) -> tuple[str, list[str] | None]:
        if isinstance(source, exp.Table):
            columns = self._known.get(source.name) if isinstance(source.this, exp.Identifier) else None
            return source.name, list(columns) if columns is not None else None
        return alias, self._names(source)

    def _uneven_unions(self) -> Iterator[Problem]:
        for scope in self._scopes:
            if not isinstance(scope.expression, exp.SetOperation) or scope.expression.args.get("by_name"):
                continue
            names = [self._names(one) for one in scope.set_operation_scopes]
            counts = [len(one) for one in names if one is not None]
            if len(counts) == len(names) and len(set(counts)) > 1:
                here = self._query.place.at(line_of(scope.expression.expression))
                word = scope.expression.key.upper()
                text = f"{word}: one side has {counts[0]} columns, the other {counts[-1]}"
                yield here.problem(text)


def _makes_columns(select: exp.Expr) -> bool:
    """Say whether an expression is a function that returns rows, and so columns whose names it does not tell."""
    if isinstance(select, exp.Aliases):
        return True
    function = select.this if isinstance(select, exp.Alias) else select
    if isinstance(function, exp.Anonymous):
        return function.name.lower() in _GENERATORS
    made_up = select.alias_or_name.startswith("_col_")
    return isinstance(function, exp.Explode | exp.Inline | exp.Stack) and made_up


def _inferred_text(type_: exp.DataType) -> str | None:
    """Return a type as contracts write it; sqlglot calls the text that functions return VARCHAR."""
    return "string" if type_.this == exp.DType.VARCHAR else type_text(type_)


def _tables_of(scope: Scope) -> dict[str, exp.Table | Scope]:
    """Return what a scope selects from, by its name there: not the CTEs that it could, but does not."""
    if isinstance(scope.expression, exp.UDTF):
        return dict(scope.sources)
    selected = {alias: source for alias, (_, source) in scope.selected_sources.items()}
    return {**scope.lateral_sources, **selected}


def _outward(scope: Scope | None) -> Iterator[Scope]:
    while scope:
        yield scope
        scope = scope.parent
