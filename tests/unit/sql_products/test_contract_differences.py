"""What a change does to those who read a contract: each kind of difference, judged, with the readers."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.sql_products.building import examine_graph
from aws_glue_cdk_baseline.sql_products.difference_report import as_markdown, as_text
from aws_glue_cdk_baseline.sql_products.differences import compare, undeclared

CUSTOMERS = "shop/contracts/mart/data_customers.sql"
INTER = "shop/contracts/intermediate/inter_orders.sql"


def change(products, *replacements):
    """Change contracts by `(file, old, new)` and compare with before."""
    before, _ = examine_graph(products.folder)
    for file, old, new in replacements:
        products.replace(file, old, new)
    after, _ = examine_graph(products.folder)
    return compare(before, after)


def only_change(products, *replacements):
    differences = change(products, *replacements)
    assert [len(one.changes) for one in differences] == [1], as_text(differences, "before")
    return differences[0].changes[0]


@pytest.mark.parametrize(
    ("replacement", "said", "readers"),
    [
        ((CUSTOMERS, "orders BIGINT NOT NULL,\n", ""), "orders dropped", ["data_loyalty"]),
        ((CUSTOMERS, "last_day DATE", "final_day DATE"), "last_day renamed to final_day", []),
        ((CUSTOMERS, "orders BIGINT", "orders INT"), "orders: bigint -> int, narrowed", ["data_loyalty"]),
        ((CUSTOMERS, "orders BIGINT", "orders STRING"), "orders: bigint -> string, another type", ["data_loyalty"]),
        ((INTER, "(10,2)", "(8,2)"), "amount: decimal(10,2) -> decimal(8,2), narrowed", []),
        ((CUSTOMERS, "customer STRING NOT NULL", "customer STRING"),
         "customer: NOT NULL dropped, readers may meet NULL", ["data_loyalty"]),
    ],
)  # fmt: skip
def test_what_breaks_readers_is_said_with_who_reads_it(sales, replacement, said, readers):
    found = only_change(sales, replacement)
    assert (found.kind, found.text) == ("breaking", said)
    assert [one.table for one in (*found.readers, *found.former_readers)] == readers


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (CUSTOMERS, "last_day DATE", "last_day DATE,\nfirst_day DATE", "first_day date added"),
        (CUSTOMERS, "last_day DATE", "last_day TIMESTAMP", "last_day: date -> timestamp, which holds all that it held"),
        (INTER, "(10,2)", "(12,2)", "amount: decimal(10,2) -> decimal(12,2), which holds all that it held"),
        (CUSTOMERS, "last_day DATE", "last_day DATE NOT NULL",
         "last_day: NOT NULL added; partitions built before keep their NULLs"),
        (CUSTOMERS, "last_day DATE", "last_day DATE,\nPRIMARY KEY (customer)", "primary key: none -> (customer)"),
        (CUSTOMERS, "last_day DATE", "last_day DATE COMMENT 'of all'", "last_day: comment 'of all'"),
        (CUSTOMERS, "'somebody'", "'another'", "owner: somebody -> another"),
        (CUSTOMERS, "'version'", "'freshness' = '2 days', 'version'", "freshness: none -> 2 days"),
        (CUSTOMERS, "'version'", "'sla' = 'gold', 'version'", "sla: none -> gold"),
    ],
)  # fmt: skip
def test_what_promises_more_or_only_tells_more_breaks_nobody(sales, file, old, new, said):
    found = only_change(sales, (file, old, new))
    assert (found.kind != "breaking", found.text) == (True, said)


def test_a_partitioning_that_changes_breaks_readers(sales):
    sales.replace(CUSTOMERS, "last_day DATE", "last_day DATE NOT NULL")
    found = only_change(sales, (CUSTOMERS, "TBLPROPERTIES", "PARTITIONED BY (last_day) TBLPROPERTIES"))
    assert (found.kind, found.text) == ("breaking", "partitioned by: none -> (last_day)")
    assert [one.table for one in found.readers] == ["data_loyalty"]


def test_a_key_that_changes_breaks_readers(sales):
    sales.replace(CUSTOMERS, "last_day DATE", "last_day DATE,\nPRIMARY KEY (customer)")
    found = only_change(sales, (CUSTOMERS, "PRIMARY KEY (customer)", "PRIMARY KEY (customer, orders)"))
    assert (found.kind, found.text) == ("breaking", "primary key: (customer) -> (customer, orders)")


def test_a_table_that_is_gone_breaks_readers(sales):
    before = sales.graph()
    sales.remove(CUSTOMERS)
    sales.remove("shop/models/mart/data_customers.sql")
    sales.remove("marketing/models/mart/data_loyalty.sql")
    sales.remove("marketing/contracts/mart/data_loyalty.sql")
    differences = {one.name: one for one in compare(before, sales.graph())}
    assert [one.text for one in differences["data_customers"].breaking] == ["table removed"]
    assert [one.table for one in differences["data_customers"].changes[0].former_readers] == ["data_loyalty"]
    assert [one.name for one in undeclared(list(differences.values()))] == ["data_loyalty", "data_customers"]


def test_a_table_that_is_withdrawn_by_its_contract_goes_on_purpose(sales):
    before = sales.graph()
    sales.write(CUSTOMERS, "DROP TABLE data_customers")
    sales.remove("shop/models/mart/data_customers.sql")
    sales.write("marketing/contracts/mart/data_loyalty.sql", "DROP TABLE data_loyalty")
    sales.remove("marketing/models/mart/data_loyalty.sql")
    withdrawn = sales.graph()
    differences = compare(before, withdrawn)
    assert [one.name for one in differences if one.breaking] == ["data_loyalty", "data_customers"]
    assert undeclared(differences) == []
    sales.remove(CUSTOMERS)
    assert compare(withdrawn, sales.graph()) == []


def test_a_table_that_moves_to_another_layer_breaks_readers(sales):
    sales.table("shop", "intermediate", "inter_days", "day DATE", "SELECT day FROM inter_orders")
    before = sales.graph()
    for kind in ("contracts", "models"):
        sales.remove(f"shop/{kind}/intermediate/inter_days.sql")
    sales.table("shop", "mart", "inter_days", "day DATE", "SELECT day FROM inter_orders")
    (difference,) = compare(before, sales.graph())
    text = "moved from intermediate to mart: its database was <stage>_silver and is <stage>_gold now"
    assert [one.text for one in difference.breaking] == [text]


def test_a_break_is_declared_by_a_higher_version(sales):
    dropped = (CUSTOMERS, "orders BIGINT NOT NULL,\n", "")
    assert undeclared(change(sales, dropped, (CUSTOMERS, "'version' = '1'", "'version' = '2'"))) == []


def test_a_version_that_goes_back_is_a_break_itself(sales):
    sales.replace(CUSTOMERS, "'version' = '1'", "'version' = '2'")
    differences = change(sales, (CUSTOMERS, "'version' = '2'", "'version' = '1'"))
    assert [one.text for one in differences[0].breaking] == ["version goes back from 2 to 1"]
    assert undeclared(differences) == differences


def test_not_null_that_is_added_to_what_another_repository_delivers_is_a_break(sales):
    sales.contract("weather", "mart", "data_weather", "day DATE NOT NULL, rain DOUBLE")
    sales.table("shop", "mart", "data_rain", "rain DOUBLE", "SELECT rain FROM data_weather")
    found = only_change(sales, ("weather/contracts/mart/data_weather.sql", "rain DOUBLE", "rain DOUBLE NOT NULL"))
    assert (found.kind, found.text) == ("breaking", "rain: NOT NULL added to what another repository delivers")
    assert [one.table for one in found.readers] == ["data_rain"]


def test_readers_are_said_with_the_line_where_they_read_and_tests_count(sales):
    sales.write("shop/tests/mart/data_customers.sql", "-- one\nSELECT * FROM data_customers WHERE orders < 1")
    found = only_change(sales, (CUSTOMERS, "orders BIGINT", "orders INT"))
    assert [(str(one.place), one.is_test) for one in found.readers] == [
        ("products/shop/tests/mart/data_customers.sql:2", True),
        ("products/marketing/models/mart/data_loyalty.sql:2", False),
    ]


def test_sources_and_models_are_compared_too_and_break_nobody(sales):
    differences = change(
        sales,
        ("shop/sources/raw_orders.sql", "customer STRING", "customer STRING NOT NULL"),
        ("shop/sources/raw_orders.sql", "USING csv", "USING json"),
        ("shop/models/mart/data_customers.sql", "INSERT OVERWRITE", "INSERT INTO"),
        ("shop/models/staging/staging_orders.sql", "FROM raw_orders", "FROM raw_orders WHERE id > 0"),
        ("shop/models/intermediate/inter_orders.sql", "WHERE id", "-- a comment is no difference\nWHERE id"),
    )
    assert {one.name: [each.text for each in one.changes] for one in differences} == {
        "data_customers": ["INSERT OVERWRITE -> INSERT INTO"],
        "raw_orders": ["format: csv -> json", "customer: string -> string NOT NULL is expected of the raw data"],
        "staging_orders": ["the query differs: the same columns may mean something else"],
    }
    assert undeclared(differences) == []


def test_a_file_with_a_mistake_is_no_removal(sales):
    assert change(sales, (CUSTOMERS, "orders BIGINT", "orders BIGNT")) == []


def test_the_text_shows_table_change_and_readers(sales):
    differences = change(sales, (CUSTOMERS, "orders BIGINT NOT NULL,\n", ""), (INTER, "(10,2)", "(12,2)"))
    assert as_text(differences, "origin/main") == (
        "Compared with origin/main:\n"
        "\n"
        "data_customers (shop, mart, version 1)\n"
        "  breaking  orders dropped\n"
        "            read by marketing.data_loyalty, products/marketing/models/mart/data_loyalty.sql:2\n"
        "\n"
        "inter_orders (shop, intermediate, version 1)\n"
        "  addition  amount: decimal(10,2) -> decimal(12,2), which holds all that it held\n"
        "\n"
        "data_customers would break its readers. If that is meant, raise the table property version in the contract, "
        "or withdraw a table by DROP TABLE in its contract's file."
    )


def test_the_markdown_is_a_table_per_contract(sales):
    differences = change(
        sales, (CUSTOMERS, "orders BIGINT NOT NULL,\n", ""), (CUSTOMERS, "'version' = '1'", "'version' = '2'")
    )
    assert as_markdown(differences, "origin/main") == (
        "### Data products\n"
        "\n"
        "Compared with `origin/main`: **Readers break, as data_customers says.**\n"
        "\n"
        "#### `data_customers` (shop, mart, version 1 -> 2)\n"
        "\n"
        "| | change | read by |\n"
        "|---|---|---|\n"
        "| declared | orders dropped | marketing.data_loyalty (`products/marketing/models/mart/data_loyalty.sql:2`) |\n"
    )


def test_no_difference_is_said_too(sales):
    assert as_text(change(sales), "main") == "No contract, source or model differs from main."
