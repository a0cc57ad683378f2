"""From products to their graph, with the mistakes that only several files together show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeVar

from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest
from aws_glue_cdk_baseline.sql_products.derivation import Derivation, derive
from aws_glue_cdk_baseline.sql_products.fitting import fitting_problems
from aws_glue_cdk_baseline.sql_products.graph import ProductGraph, Table, delivered_names
from aws_glue_cdk_baseline.sql_products.product import (
    MART,
    PRODUCT_LAYERS,
    STAGING,
    Column,
    Contract,
    DataTest,
    Model,
    Product,
    ProductLayer,
    Query,
)
from aws_glue_cdk_baseline.sql_products.reading import examine_products

_File = TypeVar("_File", Contract, Model)


def load_graph(folder: Path) -> ProductGraph:
    """Read every product below a folder.

    Raises
    ------
    InvalidFilesError
        With every mistake of every product.
    """
    graph, problems = examine_graph(folder)
    if problems:
        raise InvalidFilesError(problems)
    return graph


def examine_graph(folder: Path) -> tuple[ProductGraph, list[Problem]]:
    """Look at every product below a folder, whatever is wrong with a part of it.

    Returns
    -------
    tuple
        The graph of what can be read, without the tables of cycles, and the mistakes.
    """
    products, problems = examine_products(folder)
    graph, found = build_graph(products)
    return graph, problems + found


def build_graph(products: Mapping[str, Product]) -> tuple[ProductGraph, list[Problem]]:
    """Connect products by the tables that their queries name.

    Returns
    -------
    tuple
        The graph without the tables of cycles, and the mistakes.
    """
    problems: list[Problem] = []
    tables = _tables(products, problems)
    unread = {name for product in products.values() for name in product.unread}
    problems += _reading_problems(products, tables, unread)
    order, cyclic = _order(tables, problems)
    known: dict[str, tuple[Column, ...] | None] = {}
    derivations: dict[str, Derivation] = {}
    tables = {name: tables[name] for name in order}
    for name in order:
        table = tables[name]
        if table.model and name not in cyclic:
            derivations[name] = derivation = derive(table.model.query, known)
            problems += derivation.problems
            problems += fitting_problems(table.model, table.contract, derivation)
            if not table.contract and not table.source:
                tables[name] = table = Table(
                    name, table.product, table.layer, _detected(table, derivation), table.place, model=table.model
                )
        known[name] = None if name in unread else table.columns
    tests = []
    for test in (test for product in products.values() for test in product.tests):
        found = tuple(derive(query, known) for query in test.queries)
        problems += [problem for one in found for problem in one.problems]
        tests.append((test, found))
    kept = {name: table for name, table in tables.items() if name not in cyclic}
    graph = ProductGraph(products, dict(sorted(kept.items())), derivations, tuple(tests))
    problems += _product_cycles(graph)
    problems += _idle_tests(graph, unread | cyclic)
    return graph, problems


def _tables(products: Mapping[str, Product], problems: list[Problem]) -> dict[str, Table]:
    """Bring sources, contracts and models together by name; a name is one table in the whole repository."""
    named: dict[str, Table] = {}
    for product in products.values():
        contracts = _once(product.contracts, "contract", problems)
        models = _once(product.models, "model", problems)
        made = {name: _made(product, contracts.get(name), models.get(name), problems)
                for name in dict.fromkeys([*contracts, *models])}  # fmt: skip
        sources = {one.name: Table(one.name, one.product, None, one.columns, one.place, source=one)
                   for one in product.sources}  # fmt: skip
        for table in (*sources.values(), *(one for one in made.values() if one)):
            other = named.setdefault(table.name, table)
            if other is not table:
                where = f"{other.product} has a {other.kind} of that name, {other.place}"
                text = f"the name {table.name} is taken: {where}; names are unique in the repository"
                problems.append(table.place.problem(text))
    return named


def _once(files: Iterable[_File], kind: str, problems: list[Problem]) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for one in files:
        other = found.setdefault(one.name, one)
        if other is not one:
            problems.append(one.place.problem(f"a second {kind} for {one.name}: {other.place} is the first"))
    return found


def _made(product: Product, contract: Contract | None, model: Model | None, problems: list[Problem]) -> Table | None:
    """Return the table that a contract and a model are about, and note if they do not belong together."""
    if contract and model and contract.layer != model.layer:
        text = f"the contract is in {contract.layer.name}, the model in {model.layer.name}: {model.place}"
        problems.append(contract.place.problem(text))
    if contract and contract.withdrawn:
        if model:
            problems.append(model.place.problem(f"{model.name} is withdrawn by its contract: remove this model"))
        return None
    if model and not contract and model.layer != STAGING and model.name not in product.unread:
        expected = f"contracts/{model.layer.name}/{model.name}.sql"
        text = f"{model.name} has no contract: expected {expected} with its columns"
        problems.append(model.place.problem(text))
    if contract and not model and not product.made_elsewhere and contract.name not in product.unread:
        expected = f"models/{contract.layer.name}/{contract.name}.sql"
        text = f"nobody makes {contract.name}: expected {expected} with INSERT OVERWRITE {contract.name} SELECT ..."
        problems.append(contract.place.problem(text))
    one = contract or model
    if not one:
        return None
    columns = contract.columns if contract else None
    return Table(one.name, product.name, one.layer, columns, one.place, contract=contract, model=model)


def _reading_problems(
    products: Mapping[str, Product], tables: Mapping[str, Table], unread: set[str]
) -> Iterator[Problem]:
    """Find the reads of tables that there are not, and those that a layer or another product must not have."""
    for product in products.values():
        withdrawn = {one.name for other in products.values() for one in other.contracts if one.withdrawn}
        queries: list[tuple[Model | DataTest, Query]] = [(model, model.query) for model in product.models]
        queries += [(test, query) for test in product.tests for query in test.queries]
        for owner, query in queries:
            for read in query.reads:
                table = tables.get(read.name)
                if table:
                    if text := _forbidden(owner, table):
                        yield read.place.problem(text)
                elif read.name in withdrawn:
                    yield read.place.problem(f"{read.name} is withdrawn by its contract")
                elif read.name not in unread:
                    visible = [one.name for one in tables.values() if not _forbidden(owner, one)]
                    text = f"nobody makes {read.name}: no source, model or contract has that name"
                    yield read.place.problem(text + nearest(read.name, visible))


def _forbidden(owner: Model | DataTest, table: Table) -> str | None:
    if table.product != owner.product:
        if table.layer != MART:
            kind = _a(table.layer) if table.layer else "a source"
            return f"{table.name} is {kind} of {table.product}: other products read its marts only"
        if owner.layer == STAGING:
            text = f"{table.name} is a mart of {table.product}, and staging reads no mart"
            return f"{text}: move this to intermediate or mart"
        return None
    if table.layer and PRODUCT_LAYERS.index(table.layer) > PRODUCT_LAYERS.index(owner.layer):
        return f"{table.name} is {_a(table.layer)}, and {owner.layer.name} reads no {table.layer.name} table"
    return None


def _a(layer: ProductLayer) -> str:
    return f"an {layer.name} table" if layer.name[0] in "aeiou" else f"a {layer.name} table"


def _order(tables: Mapping[str, Table], problems: list[Problem]) -> tuple[list[str], set[str]]:
    """Return the names in an order that has what is read first, and those that take part in a cycle."""
    inputs = {
        name: {read.name for read in table.model.query.reads if read.name in tables} if table.model else set()
        for name, table in tables.items()
    }
    cyclic: set[str] = set()
    while True:
        open_ = {name: one - cyclic if name not in cyclic else set() for name, one in inputs.items()}
        try:
            return list(TopologicalSorter(dict(sorted(open_.items()))).static_order()), cyclic
        except CycleError as error:
            cycle = _each_reads_the_next(error)
            model = tables[cycle[0]].model
            if model is None:
                raise
            read = next(one for one in model.query.reads if one.name == cycle[1])
            problems.append(read.place.problem(f"a cycle: {_spoken(cycle)}"))
            cyclic |= set(cycle)


def _each_reads_the_next(error: CycleError) -> list[str]:
    """Return a cycle from its first name by the alphabet round to the same: the sorter tells it the other way about."""
    cycle = error.args[1][:0:-1]
    first = cycle.index(min(cycle))
    return [*cycle[first:], *cycle[:first], cycle[first]]


def _spoken(cycle: list[str]) -> str:
    return f"{cycle[0]} reads {', which reads '.join(cycle[1:])}"


def _product_cycles(graph: ProductGraph) -> Iterator[Problem]:
    """Find products that need each other's marts: each is built by one job, and neither could run first."""
    try:
        graph.product_order  # noqa: B018 - asked for what it raises
    except CycleError as error:
        cycle = _each_reads_the_next(error)
        for name, inputs in graph.inputs.items():
            table = graph.tables[name]
            of_other = [one for one in inputs if graph.tables[one].product == cycle[1]]
            if table.product == cycle[0] and of_other and table.model:
                place = next(one.place for one in table.model.query.reads if one.name == of_other[0])
                yield place.problem(f"products in a cycle: {_spoken(cycle)}: none of their jobs could run first")
                return


def _idle_tests(graph: ProductGraph, unclear: set[str]) -> Iterator[Problem]:
    """Find tests that no table of their product would have run."""
    for test, _ in graph.tests:
        names = {read.name for query in test.queries for read in query.reads}
        if not graph.tested(test) and not names & unclear:
            yield test.place.problem(f"tests nothing: it reads no table that {test.product} makes")


def _detected(table: Table, derivation: Derivation) -> tuple[Column, ...] | None:
    """Return the columns of a staging table without a contract: its query's own, if all of their types are certain."""
    if derivation.outputs is None or not table.model:
        return None
    names = delivered_names(table.model, derivation) or []
    if len(names) != len(derivation.outputs):
        return None
    return tuple(
        Column(name, one.type if one.exact and one.type else "", True, "", one.place)
        for name, one in zip(names, derivation.outputs, strict=True)
    )
