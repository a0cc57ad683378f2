"""Mistakes in the files of a data product: each is said with its place, what was found and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

SOURCE = "shop/sources/raw_orders.sql"
STAGING = "shop/models/staging/staging_orders.sql"
INTER = "shop/models/intermediate/inter_orders.sql"
MART = "shop/models/mart/data_customers.sql"
INTER_CONTRACT = "shop/contracts/intermediate/inter_orders.sql"
MART_CONTRACT = "shop/contracts/mart/data_customers.sql"
LOYALTY = "marketing/models/mart/data_loyalty.sql"


def test_the_products_of_these_tests_are_right(sales):
    assert sales.problems() == []


def mistakes():
    """The blocks of mistakes.txt: file, what is replaced, by what, what is said."""
    text = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8")
    for block in text.split("\n\n")[1:]:
        file, old, new, said = block.strip("\n").split("\n")
        yield file, *(line[2:].replace("\\n", "\n") for line in (old, new, said))


@pytest.mark.parametrize(("file", "old", "new", "said"), list(mistakes()))
def test_a_mistake_is_said_with_its_place(sales, file, old, new, said):
    sales.replace(file, old, new)
    expected = f"products/{file}:{said}"
    assert any(problem.startswith(expected) for problem in sales.problems()), "\n".join(sales.problems())


def test_there_are_mistakes_enough():
    assert len(list(mistakes())) > 50


def test_all_mistakes_of_all_files_are_said_at_once(sales):
    sales.replace(MART_CONTRACT, "last_day DATE", "last_day DAET")
    sales.replace(INTER, "customer, amount", "customr AS customer, amount")
    sales.replace(LOYALTY, "data_customers", "data_custmers")
    said = sales.problems()
    assert len(said) == 3, "\n".join(said)
    assert "customr (did you mean 'customer'?)" in "".join(said)


def test_a_cycle_is_shown(sales):
    sales.replace(STAGING, "raw_orders", "raw_orders JOIN staging_more USING (id)")
    sales.model("shop", "staging", "staging_more", "SELECT id FROM staging_last")
    sales.model("shop", "staging", "staging_last", "SELECT o.id FROM staging_orders AS o")
    said = [one for one in sales.problems() if "cycle" in one]
    cycle = "staging_last reads staging_orders, which reads staging_more, which reads staging_last"
    assert said == [f"products/shop/models/staging/staging_last.sql:2: a cycle: {cycle}"]


def test_every_cycle_is_shown(products):
    for one, other in [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"), ("e", "e")]:
        products.model("p", "staging", f"staging_{one}", f"SELECT x FROM staging_{other}")
    said = [one.partition(": ")[2] for one in products.problems()]
    assert said == [
        "a cycle: staging_a reads staging_b, which reads staging_a",
        "a cycle: staging_c reads staging_d, which reads staging_c",
        "a cycle: staging_e reads staging_e",
    ]


def test_products_that_need_each_other_are_a_cycle_though_their_tables_are_none(sales):
    sales.table("shop", "mart", "data_letters", "customer STRING", "SELECT customer FROM data_loyalty")
    said = sales.only_problem()
    assert said.startswith("products/marketing/models/mart/data_loyalty.sql:2: products in a cycle: ")
    assert "marketing reads shop, which reads marketing" in said


def test_a_second_model_of_a_table_is_refused(sales):
    sales.write("shop/models/staging/data_customers.sql", "INSERT OVERWRITE data_customers SELECT 1 AS customer")
    assert any(
        problem.startswith("products/shop/models/mart/data_customers.sql:1: a second model for data_customers: ")
        for problem in sales.problems()
    )


def test_a_name_is_one_table_in_the_whole_repository(sales):
    sales.table("marketing", "mart", "data_customers", "customer STRING", "SELECT 'x' AS customer")
    assert any("the name data_customers is taken: marketing has a mart of that name" in one for one in sales.problems())


def test_a_model_of_intermediate_or_mart_needs_a_contract(sales):
    sales.remove(MART_CONTRACT)
    said = [one for one in sales.problems() if one.startswith(f"products/{MART}")]
    expected = "data_customers has no contract: expected contracts/mart/data_customers.sql with its columns"
    assert said == [f"products/{MART}:1: {expected}"]


def test_a_staging_model_may_leave_its_columns_to_the_run(sales):
    sales.remove("shop/contracts/staging/staging_orders.sql")
    sales.write(SOURCE, "CREATE TEMPORARY VIEW raw_orders USING parquet OPTIONS (path '${orders}/')")
    sales.replace(STAGING, "id, customer, amount, to_date(day) AS day", "*")
    assert sales.problems() == []
    assert sales.graph().tables["staging_orders"].columns is None


def test_a_contract_that_nobody_fulfils_is_refused(sales):
    sales.remove(MART)
    assert any(
        one.startswith(
            f"products/{MART_CONTRACT}:1: nobody makes data_customers: expected models/mart/data_customers.sql"
        )
        for one in sales.problems()
    )


def test_contracts_alone_are_a_product_that_another_repository_makes(sales):
    sales.contract("weather", "mart", "data_weather", "day DATE NOT NULL, rain DOUBLE", version=3)
    sales.table("shop", "intermediate", "inter_rain", "day DATE, rain DOUBLE", "SELECT day, rain FROM data_weather")
    assert sales.problems() == []
    graph = sales.graph()
    assert graph.products["weather"].made_elsewhere
    assert graph.levels("weather") == []


def test_staging_reads_no_mart_of_another_product_either(sales):
    sales.model("marketing", "staging", "staging_copy", "SELECT customer FROM data_customers")
    assert "data_customers is a mart of shop, and staging reads no mart" in sales.only_problem()


def test_a_mart_and_a_test_may_read_every_earlier_layer(sales):
    sales.table(
        "shop", "mart", "data_all", "id BIGINT", "SELECT id FROM staging_orders UNION ALL SELECT id FROM inter_orders"
    )
    sales.write(
        "shop/tests/mart/data_all.sql", "SELECT * FROM data_all AS a ANTI JOIN staging_orders AS b ON a.id = b.id"
    )
    assert sales.problems() == []


def test_a_withdrawn_table_has_no_model_and_no_readers(sales):
    sales.write(MART_CONTRACT, "DROP TABLE data_customers")
    said = [one.partition(": ")[2] for one in sales.problems()]
    assert sorted(said) == [
        "data_customers is withdrawn by its contract",
        "data_customers is withdrawn by its contract: remove this model",
    ]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("shop/model/mart/x.sql", "model is none of the folders of a product (did you mean 'models'?)"),
        ("shop/models/marts/x.sql", "marts is not a layer (did you mean 'mart'?)"),
        ("shop/models/x.sql", "lies in no layer: expected models/staging|intermediate|mart/"),
        ("shop/sources/mart/x.sql", "sources lie beside each other, in no further folder"),
        ("shop/x.sql", "lies in no folder"),
        ("shop/models/mart/x.SQL", "should end in .sql, found .SQL"),
        ("x.sql", "lies in no product: expected <product>/sources|contracts|models|tests/"),
    ],
)
def test_a_file_that_nothing_would_read_is_a_mistake(sales, file, said):
    sales.write(file, "SELECT 1")
    assert sales.only_problem() == f"products/{file}: {said}"


def test_a_folder_that_cannot_be_a_products_name_is_a_mistake(sales):
    sales.write("My Shop/sources/x.sql", "SELECT 1")
    assert sales.only_problem() == "products/My Shop: a product's name has small letters, digits and underscores"


def test_a_test_is_queries_and_nothing_else(sales):
    sales.write(
        "shop/tests/mart/data_customers.sql",
        "SELECT * FROM data_customers WHERE orders < 1;\n\nDROP TABLE data_customers;",
    )
    said = "expected a query, SELECT ..., which returns no row when all is well; found 'DROP TABLE data_customers'"
    assert sales.only_problem() == f"products/shop/tests/mart/data_customers.sql:3: {said}"


def test_a_test_that_names_a_column_that_there_is_not_is_a_mistake(sales):
    sales.write(
        "shop/tests/mart/data_customers.sql",
        "-- one\nSELECT 1 FROM data_customers WHERE orders < 1;\nSELECT * FROM data_customers\nWHERE ordes < 1",
    )
    said = "no table that is read here has a column ordes (did you mean 'orders'?)"
    assert sales.only_problem() == f"products/shop/tests/mart/data_customers.sql:4: {said}"


def test_a_test_of_nothing_is_a_mistake(sales):
    sales.write("shop/tests/staging/raw.sql", "SELECT * FROM raw_orders WHERE id < 0")
    said = "tests nothing: it reads no table that shop makes"
    assert sales.only_problem() == f"products/shop/tests/staging/raw.sql:1: {said}"


@pytest.mark.parametrize("text", ["", "-- nothing\n", ";;", " \n"])
@pytest.mark.parametrize("file", [SOURCE, MART_CONTRACT, MART, "shop/tests/mart/data_customers.sql"])
def test_an_empty_file_is_a_mistake(sales, file, text):
    sales.write(file, text)
    assert any(one.startswith(f"products/{file}:1: is empty: expected ") for one in sales.problems()), sales.problems()


@pytest.mark.parametrize("quote", ["'", '"', "`", "/*"])
def test_an_open_quote_is_said_with_the_line_where_it_begins(sales, quote):
    sales.write(
        MART, f"INSERT OVERWRITE data_customers\n-- it's only a comment\nSELECT 'a''b' AS customer,\n  {quote}x\nFROM y"
    )
    said = [one for one in sales.problems() if one.startswith(f"products/{MART}")]
    assert len(said) == 1
    assert said[0].startswith(f"products/{MART}:4: is not Spark SQL: "), said


def test_a_file_that_is_no_text_is_a_mistake(sales):
    (sales.folder / MART).write_bytes(b"INSERT \xff")
    said = [one for one in sales.problems() if one.startswith(f"products/{MART}")]
    assert said == [f"products/{MART}: is not UTF-8 text: byte 7 is 0xff"]


def test_a_query_that_is_nested_too_deeply_is_a_sentence(sales):
    sales.replace(MART, "count(*)", "(" * 3000 + "1" + ")" * 3000)
    assert any("is nested too deeply" in one for one in sales.problems()), sales.problems()
