"""What a change does to those who read: contracts of now against contracts of before, each difference judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aws_glue_cdk_baseline.sql_products.column_types import can_hold
from aws_glue_cdk_baseline.sql_products.graph import ProductGraph, Reader, Table
from aws_glue_cdk_baseline.sql_products.product import Column, Contract

Kind = Literal["breaking", "addition", "note"]


@dataclass(frozen=True)
class Change:
    """One difference.

    Parameters
    ----------
    kind
        `breaking`: a query that was right may fail now or mean something else. `addition`: the contract promises more.
        `note`: what readers may want to know.
    readers
        Who reads what has changed, for a breaking change.
    former_readers
        Who did before, and no longer does.
    """

    kind: Kind
    text: str
    readers: tuple[Reader, ...] = ()
    former_readers: tuple[Reader, ...] = ()


@dataclass(frozen=True)
class TableDifference:
    """How a source or a table differs.

    Parameters
    ----------
    kind
        `source`, or the name of the layer.
    versions
        Before and after, None where there was or is no contract.
    withdrawn
        The contract says on purpose that the table goes.
    """

    name: str
    product: str
    kind: str
    versions: tuple[int | None, int | None]
    changes: tuple[Change, ...]
    withdrawn: bool = False

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that break readers."""
        return tuple(change for change in self.changes if change.kind == "breaking")

    @property
    def declared(self) -> bool:
        """Whether the contract says that the break is intended: by a higher version, or by `DROP TABLE`."""
        before, after = self.versions
        return self.withdrawn or (before is not None and after is not None and after > before)


def compare(before: ProductGraph, after: ProductGraph) -> list[TableDifference]:
    """Compare contracts, sources and models.

    Returns
    -------
    list
        The tables that differ, by product and name.
    """
    comparison = _Comparison(before, after)
    # a file with mistakes, or a cycle, is no removal
    unclear = {name for graph in (before, after) for name in _unclear(graph)}
    names = sorted({*before.tables, *after.tables} - unclear)
    found = [difference for name in names if (difference := comparison.table(name))]
    return sorted(found, key=lambda one: (one.product, one.name))


def undeclared(differences: list[TableDifference]) -> list[TableDifference]:
    """Return the tables that break their readers without saying so."""
    return [one for one in differences if one.breaking and not one.declared]


def _unclear(graph: ProductGraph) -> set[str]:
    """Return the names of tables that files are about, and of which too little can be made out."""
    names = set()
    for product in graph.products.values():
        names |= {source.name for source in product.sources} | {model.name for model in product.models}
        names |= {contract.name for contract in product.contracts if not contract.withdrawn}
    unread = {name for product in graph.products.values() for name in product.unread}
    return names - set(graph.tables) | unread


@dataclass(frozen=True)
class _Comparison:
    before: ProductGraph
    after: ProductGraph

    def table(self, name: str) -> TableDifference | None:
        old, new = self.before.tables.get(name), self.after.tables.get(name)
        one = new or old
        assert one  # noqa: S101 - the name is of one of the two graphs
        changes = tuple(self._changes(name, old, new))
        if not changes:
            return None
        versions = [table.contract.version if table and table.contract else None for table in (old, new)]
        withdrawn = not new and any(
            contract.name == name and contract.withdrawn
            for product in self.after.products.values()
            for contract in product.contracts
        )
        return TableDifference(name, one.product, one.kind, (versions[0], versions[1]), changes, withdrawn)

    def _changes(self, name: str, old: Table | None, new: Table | None) -> Iterator[Change]:
        if old is None:
            yield Change("addition", f"new {'source' if new and new.source else 'table'}")
        elif new is None:
            breaking = old.contract is not None
            text = "source removed" if old.source else "table removed"
            yield Change("breaking" if breaking else "note", text, *(self._readers(name) if breaking else ()))
        else:
            yield from self._moves(name, old, new)
            if old.contract and new.contract:
                yield from self._contracts(old.contract, new.contract)
            elif old.contract:
                yield Change("breaking", "contract removed: the table promises nothing any more", *self._readers(name))
            elif new.contract:
                yield Change("addition", "a contract, where there was none")
            yield from _sources(old, new)
            yield from _models(old, new)

    def _moves(self, name: str, old: Table, new: Table) -> Iterator[Change]:
        if old.product != new.product:
            yield Change("note", f"moved from the product {old.product} to {new.product}")
        if old.layer and new.layer and old.layer != new.layer:
            databases = f"its database was {old.layer.database('<stage>')} and is {new.layer.database('<stage>')} now"
            text = f"moved from {old.layer.name} to {new.layer.name}: {databases}"
            yield Change("breaking", text, *self._readers(name))

    def _contracts(self, old: Contract, new: Contract) -> Iterator[Change]:
        table = new.name
        elsewhere = self.after.products[new.product].made_elsewhere
        dropped = [column for column in old.columns if not new.column(column.name)]
        added = [column for column in new.columns if not old.column(column.name)]
        for column in dropped:
            if to := _renamed(column, old, added, new):
                added.remove(to)
                text = f"{column.name} renamed to {to.name}"
            else:
                text = f"{column.name} dropped"
            yield Change("breaking", text, *self._readers(table, column.name))
        for column in added:
            demand = elsewhere and not column.nullable
            text = f"{column.name} {column.type}{'' if column.nullable else ' NOT NULL'} added"
            yield Change("breaking" if demand else "addition", text)
        for column in old.columns:
            if now := new.column(column.name):
                yield from self._column(table, column, now, elsewhere=elsewhere)
        if old.primary_key != new.primary_key:
            text = f"primary key: {_listed(old.primary_key)} -> {_listed(new.primary_key)}"
            kind: Kind = "breaking" if old.primary_key else "addition"
            yield Change(kind, text, *(self._readers(table) if old.primary_key else ()))
        if old.partitioned_by != new.partitioned_by:
            text = f"partitioned by: {_listed(old.partitioned_by)} -> {_listed(new.partitioned_by)}"
            yield Change("breaking", text, *self._readers(table))
        yield from _notes(old, new, sorted({*old.properties, *new.properties}))
        if new.version < old.version:
            yield Change("breaking", f"version goes back from {old.version} to {new.version}")

    def _column(self, table: str, old: Column, new: Column, *, elsewhere: bool) -> Iterator[Change]:
        name = old.name
        if old.type != new.type:
            text = f"{name}: {old.type} -> {new.type}"
            if can_hold(new.type, old.type):
                yield Change("addition", f"{text}, which holds all that it held")
            else:
                word = "narrowed" if can_hold(old.type, new.type) else "another type"
                yield Change("breaking", f"{text}, {word}", *self._readers(table, name))
        if not old.nullable and new.nullable:
            yield Change("breaking", f"{name}: NOT NULL dropped, readers may meet NULL", *self._readers(table, name))
        elif old.nullable and not new.nullable:
            if elsewhere:
                text = f"{name}: NOT NULL added to what another repository delivers"
                yield Change("breaking", text, *self._readers(table, name))
            else:
                yield Change("addition", f"{name}: NOT NULL added; partitions built before keep their NULLs")
        if old.comment != new.comment:
            yield Change("note", f"{name}: comment {new.comment!r}" if new.comment else f"{name}: comment removed")

    def _readers(self, table: str, column: str | None = None) -> tuple[tuple[Reader, ...], tuple[Reader, ...]]:
        """Return who reads it now, and who did before this change only."""
        now, before = (
            {(one.product, one.table, one.is_test): one for one in graph.readers_of(table, column)}
            for graph in (self.after, self.before)
        )
        return tuple(now.values()), tuple(one for key, one in before.items() if key not in now)


def _renamed(column: Column, old: Contract, added: list[Column], new: Contract) -> Column | None:
    """Return the added column that stands where a dropped one of the same type stood, None if there is none."""
    position = [one.name for one in old.columns].index(column.name)
    positions = {one.name: index for index, one in enumerate(new.columns)}
    same = [one for one in added if one.type == column.type and one.nullable == column.nullable]
    at_its_place = [one for one in same if positions[one.name] == position]
    with_its_comment = [one for one in same if column.comment and one.comment == column.comment]
    return next(iter([*with_its_comment, *at_its_place]), None)


def _notes(old: Contract, new: Contract, properties: list[str]) -> Iterator[Change]:
    pairs = [("owner", old.owner, new.owner), ("freshness", old.freshness, new.freshness)]
    pairs += [("comment", old.comment or None, new.comment or None)]
    pairs += [(name, old.properties.get(name), new.properties.get(name)) for name in properties]
    for name, before, after in pairs:
        if before != after:
            yield Change("note", f"{name}: {before or 'none'} -> {after or 'none'}")
    kept = [column.name for column in old.columns if new.column(column.name)]
    if kept != [column.name for column in new.columns if old.column(column.name)]:
        yield Change("note", "the order of columns differs")


def _sources(old: Table, new: Table) -> Iterator[Change]:
    if not old.source or not new.source:
        if bool(old.source) != bool(new.source):
            yield Change("note", f"was a {old.kind}, and is a {new.kind} now")
        return
    before, after = old.source, new.source
    if before.format != after.format:
        yield Change("note", f"format: {before.format} -> {after.format}")
    for name in sorted({*before.options, *after.options}):
        if before.options.get(name) != after.options.get(name):
            text = f"option {name}: {before.options.get(name, 'none')} -> {after.options.get(name, 'none')}"
            yield Change("note", text)
    declared = [{column.name: column for column in one.columns or ()} for one in (before, after)]
    for name in sorted({*declared[0], *declared[1]}):
        was, now = (_written(one.get(name)) for one in declared)
        if was != now:
            yield Change("note", f"{name}: {was} -> {now} is expected of the raw data")


def _models(old: Table, new: Table) -> Iterator[Change]:
    if not old.model or not new.model:
        return
    if old.model.mode != new.model.mode:
        yield Change("note", f"INSERT {old.model.mode.upper()} -> INSERT {new.model.mode.upper()}")
    if old.model.query.expression != new.model.query.expression:
        yield Change("note", "the query differs: the same columns may mean something else")


def _written(column: Column | None) -> str:
    return f"{column.type}{'' if column.nullable else ' NOT NULL'}" if column else "none"


def _listed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})" if names else "none"
