"""Products with random dependencies that the rules allow, as a plan that a test can compare with."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from aws_glue_cdk_baseline.sql_products.product import PRODUCT_LAYERS
from tests.unit.sql_products.written_products import WrittenProducts

LAYER_NAMES = [layer.name for layer in PRODUCT_LAYERS]


@dataclass(frozen=True)
class PlannedTable:
    """A table to be written: `kind` is `source` or a layer, `reads` the names of others."""

    name: str
    product: str
    kind: str
    reads: tuple[str, ...]

    @property
    def model_file(self) -> str:
        return f"{self.product}/models/{self.kind}/{self.name}.sql"


Plan = tuple[PlannedTable, ...]


@st.composite
def plans(draw: st.DrawFn, most: int = 14) -> Plan:
    """Draw up to `most` tables of three products; a product reads marts of products before it."""
    tables: list[PlannedTable] = []
    names = draw(st.permutations([f"t{number:02}" for number in range(most)]))  # so that no order by name helps
    for name in names[: draw(st.integers(1, most))]:
        product = draw(st.sampled_from(["a", "b", "c"]))
        kind = draw(st.sampled_from(["source", *LAYER_NAMES]))
        allowed = [one.name for one in tables if kind != "source" and _may_read(product, kind, one)]
        reads = draw(st.lists(st.sampled_from(allowed), unique=True, max_size=4)) if allowed else []
        tables.append(PlannedTable(name, product, kind, tuple(reads)))
    return tuple(tables)


def _may_read(product: str, kind: str, other: PlannedTable) -> bool:
    if other.product != product:
        return other.product < product and other.kind == "mart" and kind != "staging"
    return other.kind == "source" or LAYER_NAMES.index(other.kind) <= LAYER_NAMES.index(kind)


def write(plan: Plan, products: WrittenProducts) -> None:
    """Write the files of a plan; each query reads its tables in another way: joins, CTEs, subqueries, unions."""
    ways = (
        "SELECT k, v FROM {0}",
        "SELECT k, v FROM (SELECT k, v FROM {0})",
        "WITH c AS (SELECT k, v FROM {0}) SELECT k, v FROM c",
        "SELECT CAST(0 AS BIGINT) AS k, (SELECT max(v) FROM {0}) AS v",
    )
    for table in plan:
        if table.kind == "source":
            products.source(table.product, table.name, "k BIGINT, v STRING")
            continue
        parts = [f"({ways[index % len(ways)].format(name)})" for index, name in enumerate(table.reads)]
        query = "\nUNION ALL ".join(parts) or "SELECT CAST(1 AS BIGINT) AS k, 'x' AS v"
        products.table(table.product, table.kind, table.name, "k BIGINT, v STRING", query)


def ancestors(plan: Plan) -> dict[str, set[str]]:
    """By table, all that it is made of; the plan has what is read before what reads it."""
    found: dict[str, set[str]] = {}
    for table in plan:
        found[table.name] = set(table.reads).union(*(found[name] for name in table.reads))
    return found
