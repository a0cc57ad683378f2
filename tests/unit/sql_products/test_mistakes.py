"""Mistakes in the files of a data product: each is said with its place, what was found and what would be right."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        # what is no Spark SQL
        (MART, "GROUP BY", "GROUP", "{file}:2: is not Spark SQL: "),
        (STAGING, "SELECT id", "SELECT {{ id }}", "{file}:2: "),
        (STAGING, "to_date(day)", "to_date(day", "{file}:2: is not Spark SQL: expecting ), found 'AS'"),
        (STAGING, "to_date(day)", "'day", "{file}:2: is not Spark SQL: "),
        (STAGING, "raw_orders", "raw_orders WHERE id > ${Min-Id}", "{file}:2: a variable is written ${{name}}: small letters, digits and underscores, found '${{Min-Id}}'"),
        # statements of another kind
        (STAGING, "INSERT OVERWRITE staging_orders", "", "{file}:2: expected INSERT INTO|OVERWRITE staging_orders SELECT ..., found 'SELECT id, customer,'"),
        (STAGING, "INSERT OVERWRITE", "INSERT OVERWRITE DIRECTORY 'x'", "{file}:1: "),
        (STAGING, "raw_orders", "raw_orders; SELECT 1", "{file}:2: a second statement: expected one, INSERT INTO|OVERWRITE staging_orders SELECT ..."),
        (STAGING, "INSERT OVERWRITE staging_orders", "INSERT OVERWRITE other_orders", "{file}:1: is about other_orders, but the file is called staging_orders.sql: expected staging_orders"),
        (STAGING, "INSERT OVERWRITE staging_orders", "INSERT OVERWRITE dev_bronze.staging_orders", "{file}:1: dev_bronze.staging_orders: a table is named without a database, which its layer gives it"),
        (STAGING, "staging_orders", "staging_orders PARTITION (day = '2026-01-01')", "{file}:1: PARTITION with a value is not understood here: let the query return the partition's column"),
        (STAGING, "FROM raw_orders", "FROM parquet.`s3://bucket/orders`", "{file}:2: parquet.`s3://bucket/orders`: tables are named without a database, and files belong to a source"),
        (MART_CONTRACT, "CREATE TABLE", "CREATE VIEW", "{file}:1: expected CREATE TABLE data_customers (...), found 'CREATE VIEW data_customers'"),
        # sources
        (SOURCE, "TEMPORARY ", "", "{file}:1: a source is a view of this run only: expected CREATE TEMPORARY VIEW raw_orders (...) USING <format> OPTIONS (path '${{...}}')"),
        (SOURCE, "USING csv", "USING cvs", "{file}:1: cvs is not a format (did you mean 'csv'?)"),
        (SOURCE, "${orders}", "s3://bucket/orders", "{file}:1: the option path should be a parameter of the stage, like '${{location}}' or '${{location}}/folder/', found 's3://bucket/orders'"),
        (SOURCE, "USING csv", "USING jdbc", "{file}:1: USING jdbc needs the option connection: OPTIONS (connection 'Name', dbtable 'table')"),
        (SOURCE, "path '${orders}'", "connection 'Shop', dbtable 'orders', password 'x'", "{file}:1: the option path should be a parameter of the stage"),
        (SOURCE, "id BIGINT", "id BIGNT", "{file}:"),
        # contracts
        (MART_CONTRACT, "orders BIGINT", "orders UINT", "{file}:3: orders has the type UINT, expected one of bigint, "),
        (MART_CONTRACT, "last_day DATE", "orders DATE", "{file}:4: the column orders is declared twice: line 3 too"),
        (MART_CONTRACT, "last_day DATE", "`Last Day` DATE", "{file}:4: 'Last Day': a column's name has small letters, digits and underscores"),
        (MART_CONTRACT, "last_day DATE", "last_day DATE DEFAULT current_date()", "{file}:4: last_day: DEFAULT CURRENT_DATE is not understood here: expected NOT NULL or COMMENT '...'"),
        (MART_CONTRACT, "last_day DATE", "last_day DATE,\nPRIMARY KEY (custmer)", "{file}:5: PRIMARY KEY: there is no column custmer (did you mean 'customer'?)"),
        (MART_CONTRACT, "last_day DATE", "last_day DATE,\nPRIMARY KEY (last_day)", "{file}:4: last_day is part of the primary key: write NOT NULL here"),
        (MART_CONTRACT, "last_day DATE", "last_day DATE,\nPRIMARY KEY (customer), PRIMARY KEY (orders)", "{file}:5: a table has one primary key, and this is another"),
        (MART_CONTRACT, "TBLPROPERTIES", "PARTITIONED BY (day) TBLPROPERTIES", "{file}:5: PARTITIONED BY: there is no column day (known: customer, last_day, orders)"),
        (MART_CONTRACT, "TBLPROPERTIES", "PARTITIONED BY (customer) TBLPROPERTIES", "{file}:5: PARTITIONED BY (customer): partition columns are the last ones, in this order; the last here: last_day"),
        (MART_CONTRACT, "TBLPROPERTIES", "PARTITIONED BY (last_day) TBLPROPERTIES", "{file}:4: last_day is a partition column: write NOT NULL here, rows need a partition to lie in"),
        (MART_CONTRACT, "TBLPROPERTIES", "LOCATION 's3://x' TBLPROPERTIES", "{file}:5: LOCATION 's3://x' is not for contracts: the template decides where and how files lie"),
        (MART_CONTRACT, "'owner'", "'ower'", "{file}:1: a mart says who answers for it: TBLPROPERTIES ('owner' = '...')"),
        (MART_CONTRACT, "'version' = '1'", "'version' = '1.2'", "{file}:1: version should be a whole number from 1, found '1.2'"),
        (MART_CONTRACT, "'version'", "'freshness' = 'daily', 'version'", "{file}:1: freshness should be like '30 minutes', '24 hours' or '7 days', found 'daily'"),
        (MART_CONTRACT, "'somebody'", "'${team}'", "{file}:1: a contract is the same in every stage: remove ${{team}}"),
        # tables and columns that there are not
        (STAGING, "raw_orders", "raw_order", "{file}:2: nobody makes raw_order: no source, model or contract has that name (did you mean 'raw_orders'?)"),
        (INTER, "amount, day", "amount, days", "{file}:2: no table that is read here has a column days (did you mean 'day'?)"),
        (INTER, "WHERE id", "WHERE staging_orders.idd", "{file}:4: staging_orders has no column idd (did you mean 'id'?)"),
        (INTER, "WHERE id", "WHERE o.id", "{file}:4: o.id: nothing here is called o"),
        (INTER, "FROM staging_orders", "FROM staging_orders AS a JOIN staging_orders AS b ON a.id = b.id", "{file}:2: id is ambiguous, staging_orders and staging_orders have it"),
        (LOYALTY, "data_customers", "inter_orders", "{file}:2: inter_orders is an intermediate table of shop: other products read its marts only"),
        (LOYALTY, "data_customers", "raw_orders", "{file}:2: raw_orders is a source of shop: other products read its marts only"),
        (INTER, "staging_orders", "data_customers", "{file}:3: data_customers is a mart table, and intermediate reads no mart table"),
        # what the contract says and the model does not do
        (INTER, "amount, day", "amount", "{file}:2: the query does not deliver day, which the contract promises (products/shop/contracts/intermediate/inter_orders.sql:5)"),
        (INTER, "amount, day", "amount, day, 1 AS one", "{file}:2: one is no column of the contract of inter_orders"),
        (INTER, "amount, day", "day, amount", "{file}:2: column 3 is day, in the contract amount: INSERT goes by the order; change it, or write INSERT ... inter_orders BY NAME"),
        (INTER, "amount, day", "amount, to_date(day)", "{file}:2: column 4 of the query has no name: add AS <name>"),
        (INTER, "amount, day", "amount, day, day", "{file}:2: the query delivers 2 columns called day"),
        (INTER, "INSERT OVERWRITE inter_orders", "INSERT OVERWRITE inter_orders (id, customer, amount)", "{file}:1: names 3 columns, but its query delivers 4"),
        (INTER, "SELECT id", "SELECT CAST(id AS STRING) AS id", "{file}:2: id is string, and the contract says bigint: write CAST(... AS BIGINT) (products/shop/contracts/intermediate/inter_orders.sql:2)"),
        (INTER, "amount, day", "CAST(amount AS DECIMAL(12,2)) AS amount, day", "{file}:2: amount is decimal(12,2), and the contract says decimal(10,2)"),
        (INTER, "amount, day", "amount, date_format(day, 'yyyy') AS day", "{file}:2: day is text, and the contract says date"),
        (INTER, "amount, day", "amount, year(day) AS day", "{file}:2: day is an integer number, and the contract says date"),
        (MART, "max(day)", "max(amount)", "{file}:2: last_day is decimal(10,2), and the contract says date"),
        (MART, "count(*)", "sqrt(count(*))", "{file}:2: orders is a floating-point number, and the contract says bigint"),
        (INTER, "customer, amount", "CAST(NULL AS STRING) AS customer, amount", "{file}:2: customer is always NULL, and the contract says NOT NULL"),
        (INTER, "WHERE id IS NOT NULL", "UNION ALL SELECT id, customer FROM staging_orders", "{file}:4: UNION: one side has 4 columns, the other 2"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_its_place(sales, file, old, new, said):
    sales.replace(file, old, new)
    expected = said.format(file=f"products/{file}")
    assert any(problem.startswith(expected) for problem in sales.problems()), "\n".join(sales.problems())


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
    assert said == [
        f"products/{MART}:1: data_customers has no contract: expected contracts/mart/data_customers.sql with its columns"
    ]


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
