"""Whatever is done to the text of a product's files, they are right or refused with file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.errors import Problem
from aws_glue_cdk_baseline.sql_products.building import examine_graph
from aws_glue_cdk_baseline.sql_products.differences import compare
from aws_glue_cdk_baseline.sql_products.drawing import page
from aws_glue_cdk_baseline.sql_products.mermaid import mermaid
from tests.unit.sql_products.written_products import WrittenProducts, write_sales

JUNK = [
    "", ";", "'", "\"", "`", "(", ")", ",", ".", "*", "-", "--", "/*", "*/", "$", "${", "${a}", "${A}", "{{", "%}",
    "\\", "\u0000", '\ufeff', "NULL", "NOT", "SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY 9", "UNION ALL",
    "UNION", "EXCEPT", "INTERSECT", "JOIN", "ON", "USING (k)", "WITH", "WITH c AS (SELECT 1)",
    "WITH RECURSIVE c AS (SELECT 1)", "LATERAL VIEW explode(day) e AS e", "PIVOT (sum(id) FOR day IN (1))",
    "INSERT", "INSERT INTO", "INTO", "OVERWRITE", "BY NAME", "PARTITION (day)", "VALUES (1)", "TABLE",
    "DROP TABLE x", "CREATE TABLE x AS SELECT 1", "MERGE INTO t USING s ON 1=1 WHEN MATCHED THEN DELETE",
    "SET x = 1", "CACHE TABLE x", "DESCRIBE x", "USE x", "EXPLAIN SELECT 1", "CAST(", "CAST(1 AS)", "INTERVAL",
    "INTERVAL 1 DAY", "ARRAY<INT>", "MAP<INT>", "STRUCT<>", "DECIMAL(99)", "DECIMAL(1,2,3)", "DECIMAL(a)",
    "VARCHAR", "PRIMARY KEY", "PRIMARY KEY ()", "PRIMARY KEY (customer ASC)", "FOREIGN KEY (id) REFERENCES x (y)",
    "CHECK (id > 1)", "PARTITIONED BY ()", "PARTITIONED BY (bucket(3, id))", "PARTITIONED BY (day DATE)",
    "TBLPROPERTIES ()", "TBLPROPERTIES ('a')", "TBLPROPERTIES ('a' = NULL)", "COMMENT", "COMMENT 5", "OPTIONS ()",
    "OPTIONS (path)", "OPTIONS ('path' 5)", "USING", "USING delta", "LOCATION", "CLUSTERED BY (id) INTO 4 BUCKETS",
    "a.b.c.d.e", "a.*", "* EXCEPT (id)", "x -> x", "CASE", "END", "OVER ()", "explode(x) AS (a, b)", "inline(x)",
    "stack(1)", "1e999", "9" * 400, "0x", '\xe9', '\U0001f600', '\u2028', "(" * 60, "raw_orders", "staging_orders",
    "inter_orders", "data_customers", "data_loyalty", "customer",
]  # fmt: skip

# what to do, at which token, with which other token or junk
_MUTATION = st.tuples(
    st.sampled_from(["delete", "replace", "insert", "swap", "double", "cut"]),
    st.integers(0, 80),
    st.integers(0, 80),
    st.sampled_from(JUNK) | st.text(max_size=12),
)
_SETTINGS = settings(max_examples=120, deadline=None, derandomize=True, database=None)


def mutate(text: str, mutations: list[tuple[str, int, int, str]]) -> str:
    words = re.findall(r"\w+|\s+|[^\w\s]", text)
    for what, where, elsewhere, junk in mutations:
        one, other = where % len(words), elsewhere % len(words)
        if what == "delete" and len(words) > 1:
            del words[one]
        elif what == "replace":
            words[one] = junk
        elif what == "insert":
            words.insert(one, f" {junk} ")
        elif what == "swap":
            words[one], words[other] = words[other], words[one]
        elif what == "double":
            words.insert(other, words[one])
        elif what == "cut":
            words = words[: one + 1]
    return "".join(words)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("mutated"))
    yield Path("products")
    os.chdir(before)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    sales = WrittenProducts(tmp_path_factory.mktemp("sales"))
    write_sales(sales)
    sales.write("shop/tests/mart/data_customers.sql", "SELECT * FROM data_customers; SELECT 1 WHERE 1 = 2")
    files = sorted(sales.folder.rglob("*.sql"))
    return {path.relative_to(sales.folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def refused_or_right(files: dict[str, str], folder: Path) -> list[Problem]:
    products = WrittenProducts(folder)
    for name, text in files.items():
        path = products.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode(errors="surrogatepass"))
    graph, problems = examine_graph(products.folder)
    for problem in problems:
        assert problem.file.startswith("products/")
        assert problem.line >= 0
        assert all(one.isprintable() for one in str(problem))
    # what is left of the graph can be ordered, compared and drawn
    if not any("products in a cycle" in problem.message for problem in problems):
        for product in graph.product_order:
            graph.levels(product)
    page(graph, columns=True)
    mermaid(graph, columns=True)
    compare(graph, graph)
    return problems


@_SETTINGS
@given(data=st.data(), mutations=st.lists(_MUTATION, min_size=1, max_size=3))
def test_mutated_files_are_right_or_refused(folder, files, data, mutations):
    name = data.draw(st.sampled_from(sorted(files)))
    refused_or_right({**files, name: mutate(files[name], mutations)}, folder)


@pytest.mark.parametrize("kind", ["sources/raw_orders", "contracts/mart/data_customers", "models/mart/data_customers"])
def test_each_kind_of_junk_is_right_or_refused(files, folder, kind):
    name = f"shop/{kind}.sql"
    words = files[name].split(" ")
    for number, junk in enumerate(JUNK):
        place = number % (len(words) - 1) + 1
        refused_or_right({**files, name: " ".join([*words[:place], junk, *words[place:]])}, folder)


def test_the_originals_are_right(files, folder):
    assert refused_or_right(files, folder) == []
