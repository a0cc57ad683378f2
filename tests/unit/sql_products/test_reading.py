"""What is read of a product's files: sources, contracts, models and tests as typed values."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.sql_products.product import MART
from aws_glue_cdk_baseline.sql_products.reading import examine_products

CONTRACT = r"""
    -- what the shop promises
    CREATE TABLE IF NOT EXISTS data_sales (
      customer STRING NOT NULL COMMENT 'Who\'s buying',
      amount DECIMAL(12, 2),
      tags ARRAY<STRUCT<Name: STRING, n: INT>>,
      dt DATE NOT NULL,
      hour INT NOT NULL,
      CONSTRAINT pk PRIMARY KEY (customer, dt)
    )
    USING parquet
    COMMENT 'Sales'
    PARTITIONED BY (dt, hour)
    TBLPROPERTIES ('owner' = 'sales', 'freshness' = '2 days', 'version' = '7', 'x.y' = 'z')
"""


def read(products, name="shop"):
    found, problems = examine_products(products.folder)
    assert problems == []
    return found[name]


def test_a_contract_has_columns_keys_partitions_and_promises(products):
    products.write("shop/contracts/mart/data_sales.sql", CONTRACT)
    (contract,) = read(products).contracts
    assert (contract.product, contract.layer, contract.name, contract.comment) == ("shop", MART, "data_sales", "Sales")
    assert [(one.name, one.type, one.nullable, one.comment, one.place.line) for one in contract.columns] == [
        ("customer", "string", False, "Who's buying", 3),
        ("amount", "decimal(12,2)", True, "", 4),
        ("tags", "array<struct<name:string,n:int>>", True, "", 5),
        ("dt", "date", False, "", 6),
        ("hour", "int", False, "", 7),
    ]
    assert (contract.primary_key, contract.partitioned_by) == (("customer", "dt"), ("dt", "hour"))
    assert (contract.owner, contract.freshness, contract.version) == ("sales", "2 days", 7)
    assert contract.properties == {"x.y": "z"}
    assert contract.layer.database("Dev") == "dev_gold"


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("INTEGER", "int"), ("LONG", "bigint"), ("SHORT", "smallint"), ("BYTE", "tinyint"), ("REAL", "float"),
        ("DEC(5)", "decimal(5,0)"), ("NUMERIC(5,1)", "decimal(5,1)"), ("DECIMAL", "decimal(10,0)"),
        ("TIMESTAMP", "timestamp"), ("MAP<STRING, ARRAY<INT>>", "map<string,array<int>>"),
        ("STRUCT<a INT, b: STRUCT<c: DATE>>", "struct<a:int,b:struct<c:date>>"),
    ],
)  # fmt: skip
def test_types_are_written_as_glue_and_spark_write_them(products, written, type_):
    products.write("shop/contracts/staging/t.sql", f"CREATE TABLE t (c {written})")
    assert [one.type for one in read(products).contracts[0].columns] == [type_]


@pytest.mark.parametrize(
    "written",
    ["VARCHAR(5)", "CHAR(1)", "TIMESTAMP_NTZ", "INTERVAL", "VOID", "DECIMAL(39,0)", "STRUCT<>", "ARRAY<VOID>"],
)
def test_types_that_a_glue_table_does_not_have_are_refused(products, written):
    products.write("shop/contracts/staging/t.sql", f"CREATE TABLE t (\n  c {written}\n)")
    (problem,) = examine_products(products.folder)[1]
    assert problem.line == 2


def test_a_source_over_files_has_columns_format_options_and_variables(products):
    products.write(
        "shop/sources/raw.sql",
        "CREATE OR REPLACE TEMPORARY VIEW raw (`end` INT COMMENT 'x', b STRING NOT NULL) "
        "USING csv OPTIONS (path '${place}/sub/', header 'true')",
    )
    (source,) = read(products).sources
    assert source.columns
    assert [(one.name, one.type, one.nullable) for one in source.columns] == [
        ("end", "int", True),
        ("b", "string", False),
    ]
    assert (source.format, source.options, source.variables, source.connection) == (
        "csv", {"path": "${place}/sub/", "header": "true"}, {"place"}, None,
    )  # fmt: skip
    assert source.sql.startswith("CREATE OR REPLACE TEMPORARY VIEW raw")


def test_a_source_may_be_a_table_of_a_connection(products):
    products.write(
        "shop/sources/raw.sql", "CREATE TEMPORARY VIEW raw USING jdbc OPTIONS (connection 'Shop', dbtable 'orders')"
    )
    (source,) = read(products).sources
    assert (source.connection, source.columns) == ("Shop", None)


QUERY = "SELECT a, b -- why\nFROM x WHERE a > ${least}"


@pytest.mark.parametrize(
    ("begin", "expected"),
    [
        ("INSERT INTO t", ("into", None, False)),
        ("INSERT OVERWRITE t", ("overwrite", None, False)),
        ("INSERT OVERWRITE TABLE `t`", ("overwrite", None, False)),
        ("INSERT INTO TABLE t PARTITION (b)", ("into", None, False)),
        ("INSERT INTO t BY NAME", ("into", None, True)),
        ("INSERT INTO t (A, b)", ("into", ("a", "b"), False)),
        ("INSERT OVERWRITE t /* now */", ("overwrite", None, False)),
    ],
)
@pytest.mark.parametrize("query", [QUERY, f"WITH x AS (SELECT 1 AS a)\n{QUERY}", f"({QUERY})", "FROM x SELECT a, b"])
def test_a_models_query_is_the_text_as_written(products, begin, expected, query):
    products.write("shop/models/staging/t.sql", f"-- first\n{begin}\n{query};\n-- last")
    (model,) = read(products).models
    assert (model.mode, model.column_list, model.by_name) == expected
    assert model.query.sql == query
    assert model.query.place.line == 3
    assert model.query.variables == ({"least"} if "least" in query else set())


def test_ctes_before_the_word_insert_belong_to_the_query(products):
    products.write("shop/models/staging/t.sql", "WITH c AS (SELECT a FROM x)\nINSERT OVERWRITE t\nSELECT a FROM c")
    (model,) = read(products).models
    assert model.query.sql == "WITH c AS (SELECT a FROM x)\nSELECT a FROM c"
    assert [(one.name, one.place.line) for one in model.query.reads] == [("x", 1)]


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("SELECT 1 FROM A JOIN b ON true LEFT JOIN a AS again ON true", "a b"),
        ("WITH c AS (SELECT 1 FROM a), d AS (SELECT 1 FROM c) SELECT 1 FROM d", "a"),
        ("WITH a AS (SELECT 1 FROM a) SELECT 1 FROM a", "a"),
        ("WITH d AS (SELECT 1 FROM c), c AS (SELECT 1 FROM a) SELECT 1 FROM d", "a c"),
        ("SELECT (SELECT max(x) FROM a) FROM b WHERE y IN (SELECT z FROM c) AND EXISTS (SELECT 1 FROM d)", "a b c d"),
        ("SELECT 1 FROM (WITH c AS (SELECT 1 FROM a) SELECT 1 FROM c) JOIN c ON true", "a c"),
        ("SELECT 1 FROM a UNION SELECT 1 FROM (SELECT 1 FROM b) EXCEPT SELECT 1 FROM c", "a b c"),
        ("SELECT 1 FROM a, range(5), (SELECT * FROM VALUES (1)) AS v LATERAL VIEW explode(x) b AS y", "a"),
        ("SELECT 1 FROM `a`", "a"),
    ],
)
def test_a_query_reads_the_tables_that_are_none_of_its_ctes(products, query, reads):
    products.write("shop/models/staging/t.sql", f"INSERT INTO t {query}")
    (model,) = read(products).models
    assert " ".join(sorted(one.name for one in model.query.reads)) == reads


def test_a_test_is_queries_each_with_its_text_and_line(products):
    products.write("shop/tests/mart/any.sql", "-- one\nSELECT ';' FROM a;\n\n/* two */ SELECT 2\nFROM b;")
    (test,) = read(products).tests
    assert [(one.sql, one.place.line) for one in test.queries] == [("SELECT ';' FROM a", 2), ("SELECT 2\nFROM b", 4)]


def test_the_variables_of_a_product_are_those_of_all_its_files(sales):
    sales.write(
        "shop/tests/mart/few.sql", "SELECT * FROM data_customers WHERE orders < ${least} OR customer = '${who}'"
    )
    variables = sales.graph().products["shop"].variables
    assert list(variables) == ["least", "orders", "who"]
    assert str(variables["least"]) == "products/shop/tests/mart/few.sql:1"


def test_a_product_without_sources_and_models_is_made_elsewhere(products):
    products.contract("shop", "mart", "t", "a INT")
    assert read(products).made_elsewhere


def test_no_folder_is_no_products(tmp_path):
    assert examine_products(tmp_path / "nowhere") == ({}, [])
