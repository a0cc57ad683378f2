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
from aws_glue_cdk_baseline.sql_products.product import Column, Place, Query
from aws_glue_cdk_baseline.sql_products.scopes import ColumnRef, Resolver
from aws_glue_cdk_baseline.sql_products.sql_files import line_of

# a column that Spark's file sources have besides those of the schema
_HIDDEN = "_metadata"


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
    return _Reader(query, Resolver(known, scopes), scopes).derivation()


class _Reader:
    """Reads a query's columns and mistakes off its scopes."""

    def __init__(self, query: Query, resolver: Resolver, scopes: Sequence[Scope]) -> None:
        self._query = query
        self._resolver = resolver
        self._scopes = scopes
        self._reads: set[ColumnRef] = set()

    def derivation(self) -> Derivation:
        root = self._scopes[-1]
        problems = [*self._unknown_columns(), *self._uneven_unions()]
        for scope in self._scopes:
            for column in scope.columns:
                source = self._resolver.source(column)
                if isinstance(source, exp.Table):
                    self._reads.add(ColumnRef(source.name, column.name))
        names = self._resolver.names(root)
        outputs: tuple[Output, ...] | None = None
        if names is not None:
            places = self._places(root, len(names))
            facts = [self._resolver.output(root, index) for index in range(len(names))]
            outputs = tuple(
                Output(name, one.inputs, one.type, one.exact, one.always_null, place)
                for name, one, place in zip(names, facts, places, strict=True)
            )
        return Derivation(outputs, frozenset(self._reads), tuple(dict.fromkeys(problems)))

    def _places(self, scope: Scope, count: int) -> list[Place]:
        while isinstance(scope.expression, exp.SetOperation) and scope.set_operation_scopes:
            scope = scope.set_operation_scopes[0]
        selects = scope.expression.selects if isinstance(scope.expression, exp.Query) else []
        begin = self._query.place
        places = [begin.at(line_of(one)) for one in selects] if len(selects) == count else []
        return places or [begin] * count

    def _unknown_columns(self) -> Iterator[Problem]:
        seen: set[int] = set()
        for scope in self._scopes:
            for column in scope.columns:
                if id(column) in seen or isinstance(column.this, exp.Star) or _HIDDEN in (column.name, column.table):
                    continue
                seen.add(id(column))
                if not any(one.pivots for one in _outward(self._resolver.scope_of(column))):
                    yield from self._unknown_column(column)

    def _unknown_column(self, column: exp.Column) -> Iterator[Problem]:
        here, name = self._query.place.at(line_of(column)), column.name
        source = self._resolver.source(column)
        if source is not None:
            label, names = self._resolver.columns_of(column.table, source)
            if names is not None and name not in names:
                yield here.problem(f"{label} has no column {name}{nearest(name, names)}")
            return
        around = list(_outward(self._resolver.scope_of(column)))
        if column.table and any(column.table in scope.sources for scope in around):
            return  # of a function whose columns are not known
        visible: dict[str, list[str]] = {}
        for alias, one in (pair for scope in around for pair in _tables_of(scope).items()):
            label, names = self._resolver.columns_of(alias, one)
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
            # it may have been one's until now
            sources = (one for scope in around for one in _tables_of(scope).values())
            self._reads |= {ColumnRef(one.name, name) for one in sources if isinstance(one, exp.Table)}
        yield here.problem(text)

    def _uneven_unions(self) -> Iterator[Problem]:
        for scope in self._scopes:
            if not isinstance(scope.expression, exp.SetOperation) or scope.expression.args.get("by_name"):
                continue
            names = [self._resolver.names(one) for one in scope.set_operation_scopes]
            counts = [len(one) for one in names if one is not None]
            if len(counts) == len(names) and len(set(counts)) > 1:
                here = self._query.place.at(line_of(scope.expression.expression))
                word = scope.expression.key.upper()
                text = f"{word}: one side has {counts[0]} columns, the other {counts[-1]}"
                yield here.problem(text)


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
