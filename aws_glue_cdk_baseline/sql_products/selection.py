"""What has to be built again after a change: the tables whose files changed, and all that is made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from aws_glue_cdk_baseline.sql_products.graph import ProductGraph


@dataclass(frozen=True)
class Selection:
    """The tables that a change concerns.

    Parameters
    ----------
    changed
        Tables whose own model, contract or test changed, or that read a source or a foreign contract that did.
    tables
        These, and all that is made of them.
    """

    changed: frozenset[str]
    tables: frozenset[str]

    def levels(self, graph: ProductGraph, product: str) -> list[list[str]]:
        """Return the order in which the product's selected tables are built; every other table is there already."""
        return graph.levels(product, only=self.tables)


def select(graph: ProductGraph, changed_files: Iterable[str]) -> Selection:
    """Tell from changed files which tables to build.

    Parameters
    ----------
    changed_files
        Paths from the folder of products on, with slashes: `vpc_flow_logs/models/mart/data_app_conn_stats.sql`. A file
        that was deleted counts too; what is no file of a product does not.
    """
    changed: set[str] = set()
    for file in changed_files:
        path = PurePosixPath(file)
        product, kind, *_ = (*path.parts, "", "")
        if path.suffix == ".sql" and product in graph.products:
            changed |= _tables_of(graph, product, kind, path.stem)
    return Selection(frozenset(changed), graph.descendants(changed) | changed)


def _tables_of(graph: ProductGraph, product: str, kind: str, name: str) -> set[str]:
    if kind == "tests":
        tests = (test for test, _ in graph.tests if (test.product, test.name) == (product, name))
        return {table for test in tests for table in graph.tested(test)}
    table = graph.tables.get(name)
    if not table or table.product != product:
        return set()
    return {name} if table.model else set(graph.readers[name])
