"""Lineage, tables and columns, read from queries as people write them."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.errors import Problem
from aws_glue_cdk_baseline.sql_products.derivation import derive
from aws_glue_cdk_baseline.sql_products.model_files import query_of
from aws_glue_cdk_baseline.sql_products.product import Column, Place
from aws_glue_cdk_baseline.sql_products.sql_files import parse_statements

HERE = Place("query.sql")
TABLES = {
    "orders": {
        "id": "bigint",
        "customer": "string",
        "amount": "decimal(10,2)",
        "items": "array<struct<sku:string,n:int>>",
    },
    "people": {"customer": "string", "name": "string", "home": "struct<city:string>"},
}


def read(query: str):
    problems: list[Problem] = []
    (statement,) = parse_statements(query, HERE, problems)
    tables = {name: [Column(*one, True, "", HERE) for one in columns.items()] for name, columns in TABLES.items()}
    found = derive(query_of(statement, problems), tables)
    assert not problems
    return found


def lineage(query: str) -> dict[str, str]:
    """By output column, the columns that it is made of."""
    found = read(query)
    assert found.problems == (), found.problems
    assert found.outputs is not None
    return {one.name: " ".join(sorted(map(str, one.inputs))) for one in found.outputs}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT id, amount * 2 AS twice FROM orders", {"id": "orders.id", "twice": "orders.amount"}),
        ("SELECT * FROM people", {"customer": "people.customer", "name": "people.name", "home": "people.home"}),
        ("SELECT p.* EXCEPT (home) FROM people AS p", {"customer": "people.customer", "name": "people.name"}),
        ("SELECT O.ID AS Id FROM Orders AS O", {"id": "orders.id"}),
        (
            "SELECT id, name FROM orders LEFT JOIN people USING (customer)",
            {"id": "orders.id", "name": "people.name"},
        ),
        (
            "SELECT customer FROM orders JOIN people USING (customer)",
            {"customer": "orders.customer people.customer"},
        ),
        ("SELECT id FROM orders SEMI JOIN people ON orders.customer = people.customer", {"id": "orders.id"}),
        (
            "WITH a AS (SELECT id AS x FROM orders), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b",
            {"y": "orders.id"},
        ),
        ("WITH orders AS (SELECT id AS x FROM orders) SELECT x FROM orders", {"x": "orders.id"}),
        ("WITH c(one, two) AS (SELECT id, customer FROM orders) SELECT two FROM c", {"two": "orders.customer"}),
        ("SELECT x FROM (SELECT *, id AS x FROM orders) WHERE amount > 1", {"x": "orders.id"}),
        (
            "SELECT customer AS who FROM orders UNION ALL SELECT name FROM people",
            {"who": "orders.customer people.name"},
        ),
        (
            "SELECT id, i.sku FROM orders LATERAL VIEW explode(items) AS i",
            {"id": "orders.id", "sku": "orders.items"},
        ),
        (
            "SELECT position, i.n FROM orders LATERAL VIEW OUTER posexplode(items) t AS position, i",
            {"position": "orders.items", "n": "orders.items"},
        ),
        ("SELECT sku FROM (SELECT inline(items) AS (sku, n) FROM orders)", {"sku": "orders.items"}),
        (
            "SELECT sum(amount) OVER (PARTITION BY customer ORDER BY id) AS running FROM orders",
            {"running": "orders.amount orders.customer orders.id"},
        ),
        (
            "SELECT customer, (SELECT max(name) FROM people p WHERE p.customer = o.customer) AS name FROM orders o",
            {"customer": "orders.customer", "name": "orders.customer people.customer people.name"},
        ),
        ("SELECT home.city AS city FROM people", {"city": "people.home"}),
        ("SELECT transform(items, i -> i.sku) AS skus FROM orders", {"skus": "orders.items"}),
        ("SELECT count(*) AS n FROM orders", {"n": ""}),
        ("SELECT amount AS a, a + 1 AS b FROM orders", {"a": "orders.amount", "b": "orders.amount"}),
        ("SELECT customer, sum(amount) AS s FROM orders GROUP BY 1 HAVING s > 2 ORDER BY s",
         {"customer": "orders.customer", "s": "orders.amount"}),
        ("FROM orders SELECT id", {"id": "orders.id"}),
        ("SELECT id FROM orders QUALIFY row_number() OVER (ORDER BY amount) = 1", {"id": "orders.id"}),
    ],
)  # fmt: skip
def test_columns_are_followed_to_where_they_come_from(query, expected):
    assert lineage(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT id FROM orders WHERE amount > 1", "orders.amount orders.id"),
        ("SELECT 1 AS x FROM orders WHERE customer IN (SELECT customer FROM people WHERE name = 'x')",
         "orders.customer people.customer people.name"),
        ("SELECT o.id FROM orders o JOIN people p ON o.customer = p.customer ORDER BY p.name",
         "orders.customer orders.id people.customer people.name"),
        ("SELECT count(*) AS n FROM orders", ""),
        ("SELECT * FROM people", "people.customer people.home people.name"),
    ],
)  # fmt: skip
def test_columns_of_filters_and_joins_count_as_read(query, expected):
    assert " ".join(sorted(map(str, read(query).reads))) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT current_date AS d, now() AS n, current_timestamp AS t FROM orders",
        "SELECT date_add(current_date(), 1) AS d, extract(YEAR FROM current_date()) AS y FROM orders",
        "SELECT timestampdiff(SECOND, now(), now()) AS s, dateadd(DAY, 1, now()) AS d FROM orders",
        "SELECT interval 1 day AS i, now() + INTERVAL '1' HOUR AS h FROM orders",
        "SELECT named_struct('a', id).a AS x, map('k', id)['k'] AS y FROM orders",
        "SELECT aggregate(items, 0, (total, i) -> total + i.n, total -> total * 2) AS s FROM orders",
        "SELECT col FROM (SELECT explode(items) FROM orders)",
        "SELECT key, value FROM orders LATERAL VIEW explode(map('a', id)) m",
        "SELECT * FROM orders PIVOT (sum(amount) FOR customer IN ('a', 'b'))",
        "SELECT t.id FROM range(10) AS t",
        "SELECT a, b FROM VALUES (1, 'x'), (2, 'y') AS v(a, b)",
        "SELECT id, _metadata.file_path AS file FROM orders",
        "SELECT id FROM orders TABLESAMPLE (10 PERCENT)",
        "SELECT count(*) FILTER (WHERE amount > 1) AS n FROM orders",
        "SELECT customer, grouping(customer) AS g FROM orders GROUP BY customer WITH ROLLUP",
        "SELECT first(amount) IGNORE NULLS AS a FROM orders",
        "SELECT percentile_approx(amount, 0.5) WITHIN GROUP (ORDER BY amount) AS p FROM orders",
        "SELECT /*+ BROADCAST(p) */ id FROM orders JOIN people AS p USING (customer)",
        "SELECT id FROM orders DISTRIBUTE BY customer SORT BY id",
        "SELECT sum(amount) OVER w AS s FROM orders WINDOW w AS (PARTITION BY customer)",
        "SELECT id FROM orders WHERE customer = '${customer}' AND amount > ${least}",
        "SELECT o.id FROM orders AS o, LATERAL (SELECT name FROM people WHERE people.customer = o.customer) AS l",
        "SELECT stack(2, 'a', id, 'b', id) AS (k, v) FROM orders",
        "SELECT `customer` FROM orders GROUP BY ALL",
        "SELECT CASE WHEN amount > 1 THEN 'a' END AS x FROM orders GROUP BY x",
    ],
)
def test_what_spark_understands_is_no_mistake(query):
    assert read(query).problems == ()


def test_a_table_whose_columns_nobody_knows_is_no_mistake():
    found = read("SELECT u.*, x, name FROM unknown AS u JOIN people AS p ON u.y = p.customer WHERE z > 1")
    assert found.problems == ()
    assert found.outputs is None
    assert "people.customer" in map(str, found.reads)
