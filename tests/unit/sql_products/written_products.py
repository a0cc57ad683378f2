"""A folder of data products that a test writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from aws_glue_cdk_baseline.sql_products.building import examine_graph, load_graph
from aws_glue_cdk_baseline.sql_products.graph import ProductGraph


@dataclass(frozen=True)
class WrittenProducts:
    """Files below a folder, named from there on."""

    folder: Path

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).strip() + "\n", encoding="utf-8")

    def source(self, product: str, name: str, columns: str) -> None:
        view = f"CREATE TEMPORARY VIEW {name} ({columns}) USING csv OPTIONS (path '${{{name}}}')"
        self.write(f"{product}/sources/{name}.sql", view)

    def contract(self, product: str, layer: str, name: str, columns: str, *, rest: str = "", version: int = 1) -> None:
        properties = f"TBLPROPERTIES ('owner' = 'somebody', 'version' = '{version}')"
        listed = columns.replace(", ", ",\n")  # a column per line
        text = f"CREATE TABLE {name} (\n{listed}\n) {rest} {properties}"
        self.write(f"{product}/contracts/{layer}/{name}.sql", text)

    def model(self, product: str, layer: str, name: str, query: str) -> None:
        self.write(f"{product}/models/{layer}/{name}.sql", f"INSERT OVERWRITE {name}\n{dedent(query).strip()}")

    def table(self, product: str, layer: str, name: str, columns: str, query: str) -> None:
        self.contract(product, layer, name, columns)
        self.model(product, layer, name, query)

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence, which there has to be."""
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        (self.folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    def remove(self, file: str) -> None:
        (self.folder / file).unlink()

    def graph(self) -> ProductGraph:
        return load_graph(self.folder)

    def problems(self) -> list[str]:
        return [str(problem) for problem in sorted(set(examine_graph(self.folder)[1]))]

    def only_problem(self) -> str:
        problems = self.problems()
        assert len(problems) == 1, problems
        return problems[0]


def write_sales(products: WrittenProducts) -> None:
    """Write two products: orders of a shop, and who reads their mart."""
    products.write(
        "shop/sources/raw_orders.sql",
        """
        CREATE TEMPORARY VIEW raw_orders (id BIGINT, customer STRING, amount DECIMAL(10,2), day STRING)
        USING csv OPTIONS (path '${orders}')
        """,
    )
    orders = "id BIGINT, customer STRING, amount DECIMAL(10,2), day DATE"
    query = "SELECT id, customer, amount, to_date(day) AS day FROM raw_orders"
    products.table("shop", "staging", "staging_orders", orders, query)
    orders = "id BIGINT NOT NULL, customer STRING NOT NULL, amount DECIMAL(10,2), day DATE"
    query = "SELECT id, customer, amount, day\nFROM staging_orders\nWHERE id IS NOT NULL"
    products.table("shop", "intermediate", "inter_orders", orders, query)
    customers = "customer STRING NOT NULL, orders BIGINT NOT NULL, last_day DATE"
    query = "SELECT customer, count(*) AS orders, max(day) AS last_day FROM inter_orders GROUP BY customer"
    products.table("shop", "mart", "data_customers", customers, query)
    loyalty = "customer STRING NOT NULL, is_loyal BOOLEAN"
    query = "SELECT customer, orders > 3 AS is_loyal FROM data_customers"
    products.table("marketing", "mart", "data_loyalty", loyalty, query)
