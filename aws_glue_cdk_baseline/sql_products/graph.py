"""The graph of all products: which table is made of which, in what order, and who reads a column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

from aws_glue_cdk_baseline.sql_products.derivation import Derivation
from aws_glue_cdk_baseline.sql_products.product import (
    PRODUCT_LAYERS,
    Column,
    Contract,
    DataTest,
    Model,
    Place,
    Product,
    ProductLayer,
    Source,
)
from aws_glue_cdk_baseline.sql_products.scopes import ColumnRef


@dataclass(frozen=True)
class Table:
    """A source, or a table that a model makes.

    Parameters
    ----------
    layer
        None for a source.
    columns
        As contract or source declare them, or as the model's query delivers them; None if nobody can know.
    """

    name: str
    product: str
    layer: ProductLayer | None
    columns: tuple[Column, ...] | None
    place: Place = field(compare=False)
    source: Source | None = None
    contract: Contract | None = None
    model: Model | None = None

    @property
    def kind(self) -> str:
        """`source`, or the name of its layer."""
        return self.layer.name if self.layer else "source"


@dataclass(frozen=True)
class Reader:
    """A model or a test that reads a table, and the columns of it that it uses."""

    table: str
    product: str
    place: Place
    columns: frozenset[str]
    is_test: bool = False


@dataclass(frozen=True)
class ProductGraph:
    """Every table of every product, and what its making reads.

    Parameters
    ----------
    tables
        By name, which is unique in the repository.
    derivations
        By the name of the table that the query makes.
    tests
        Each test, and what is known of its queries.
    """

    products: Mapping[str, Product]
    tables: Mapping[str, Table]
    derivations: Mapping[str, Derivation]
    tests: tuple[tuple[DataTest, tuple[Derivation, ...]], ...]

    @cached_property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """By table, the tables that its query reads, as far as they exist."""
        return {
            name: tuple(read.name for read in table.model.query.reads if read.name in self.tables)
            if table.model
            else ()
            for name, table in self.tables.items()
        }

    @cached_property
    def readers(self) -> dict[str, tuple[str, ...]]:
        """By table, the tables whose queries read it."""
        found: dict[str, list[str]] = {name: [] for name in self.tables}
        for name, inputs in self.inputs.items():
            for one in inputs:
                found[one].append(name)
        return {name: tuple(one) for name, one in found.items()}

    def levels(self, product: str, only: Collection[str] | None = None) -> list[list[str]]:
        """Return the order in which a product's tables are built.

        Parameters
        ----------
        only
            Build these tables only; the others are there already.

        Returns
        -------
        list
            Levels of names. Tables of one level need none of each other and can be built at the same time. A level has
            tables of one layer: the tests of staging are done before intermediate begins, and so on.
        """
        depth = self._depths
        levels: dict[tuple[int, int], list[str]] = {}
        for name, table in self.tables.items():
            if table.product == product and table.layer and table.model and (only is None or name in only):
                levels.setdefault((PRODUCT_LAYERS.index(table.layer), depth[name]), []).append(name)
        return [sorted(levels[key]) for key in sorted(levels)]

    @cached_property
    def _depths(self) -> dict[str, int]:
        """By table, how many tables of its own layer and product it waits for, one after the other."""
        depths: dict[str, int] = {}
        for name in TopologicalSorter(self.inputs).static_order():
            table = self.tables[name]
            before = [
                depths[one] + 1
                for one in self.inputs[name]
                if (self.tables[one].product, self.tables[one].layer) == (table.product, table.layer)
            ]
            depths[name] = max(before, default=0)
        return depths

    @cached_property
    def product_order(self) -> tuple[str, ...]:
        """The products, each after those whose marts it reads."""
        return tuple(TopologicalSorter(self.products_read).static_order())

    @cached_property
    def products_read(self) -> dict[str, list[str]]:
        """By product, the other products whose tables it reads."""
        found: dict[str, set[str]] = {name: set() for name in self.products}
        for name, inputs in self.inputs.items():
            own = self.tables[name].product
            found[own] |= {self.tables[one].product for one in inputs} - {own}
        return {name: sorted(one) for name, one in found.items()}

    def descendants(self, names: Iterable[str]) -> frozenset[str]:
        """Return the tables that are made of any of these, through however many others."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            for one in self.readers.get(waiting.pop(), ()):
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return frozenset(found)

    def tests_after(self, level: Collection[str], built: Collection[str]) -> list[DataTest]:
        """Return the tests that can be run when `level` has been built, and not before.

        Parameters
        ----------
        built
            The tables that are there, those of the level included.
        """
        return [test for test, _ in self.tests if (tested := self.tested(test)) & set(level) and tested <= set(built)]

    def tested(self, test: DataTest) -> frozenset[str]:
        """Return what a test is a test of: the tables of its own layer that it reads, else those of its product."""
        read = {one.name for query in test.queries for one in query.reads}
        own = {name for name in read if (table := self.tables.get(name)) and table.product == test.product}
        own = {name for name in own if self.tables[name].model}
        return frozenset({name for name in own if self.tables[name].layer == test.layer} or own)

    def readers_of(self, table: str, column: str | None = None) -> list[Reader]:
        """Return the models and tests that read a table, or that use one column of it, own product first."""
        found = []
        for name in self.readers.get(table, ()):
            model = self.tables[name].model
            assert model  # noqa: S101 - only a model's query reads
            found.append(_reader(self.derivations.get(name), table, name, model.product, model.query.place))
        for test, derivations in self.tests:
            for query, derivation in zip(test.queries, derivations, strict=True):
                if any(read.name == table for read in query.reads):
                    found.append(_reader(derivation, table, test.name, test.product, query.place, is_test=True))
        own = self.tables[table].product if table in self.tables else None
        found.sort(key=lambda one: (one.product != own, one.is_test, one.product, one.table))
        return [one for one in found if column is None or column in one.columns]

    def column_lineage(self) -> Iterator[tuple[ColumnRef, ColumnRef]]:
        """Yield each pair of a column and one that is computed of it."""
        for name, derivation in sorted(self.derivations.items()):
            target = self.tables[name]
            names = delivered_names(target.model, derivation) or ()
            for to, output in zip(names, derivation.outputs or (), strict=False):
                for one in sorted(output.inputs):
                    if one.table in self.tables:
                        yield one, ColumnRef(name, to)


def delivered_names(model: Model | None, derivation: Derivation) -> list[str] | None:
    """Return the names under which a query's columns reach the table, None if they are not known."""
    if model and model.column_list is not None:
        return list(model.column_list)
    return None if derivation.outputs is None else [one.name for one in derivation.outputs]


def _reader(
    derivation: Derivation | None, table: str, name: str, product: str, place: Place, *, is_test: bool = False
) -> Reader:
    used = frozenset(ref.column for ref in derivation.reads if ref.table == table) if derivation else frozenset()
    return Reader(name, product, place, used, is_test)
