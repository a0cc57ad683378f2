"""The example products' SQL, run by Spark over generated flow logs."""

from __future__ import annotations

from datetime import date

import pytest

from aws_glue_cdk_baseline.sql_products.building import load_graph
from aws_glue_cdk_baseline.sql_products.commands import DATA_PRODUCTS
from tests.unit.sql_products.flow_log_files import FlowLogs, write_flow_logs


@pytest.fixture(scope="module")
def graph():
    return load_graph(DATA_PRODUCTS)


@pytest.fixture(scope="module")
def logs(spark, graph, tmp_path_factory) -> FlowLogs:
    """Generated logs, with every table of both products built of them as a view."""
    folder = tmp_path_factory.mktemp("flow-logs")
    values = {"flow_logs_text": folder / "text", "flow_logs_parquet": folder / "parquet"}
    logs = write_flow_logs(values["flow_logs_text"], values["flow_logs_parquet"], seed=7)
    for product in graph.product_order:
        for source in graph.products[product].sources:
            statement = source.sql
            for name in source.variables:
                statement = statement.replace(f"${{{name}}}", str(values[name]))
            spark.sql(statement)
        for level in graph.levels(product):
            for name in level:
                spark.sql(graph.tables[name].model.query.sql).cache().createOrReplaceTempView(name)
    return logs


def rows(spark, query):
    return [tuple(row) for row in spark.sql(query).collect()]


def test_the_mart_has_what_counting_the_records_gives(spark, logs):
    found = rows(
        spark,
        "SELECT dt, source_ip_address, destination_port, packets, bytes_sent, connection_seconds, flow_records "
        "FROM data_app_conn_stats",
    )
    assert {row[:3]: row[3:] for row in found} == logs.expected
    assert len(found) == len(logs.expected)
    assert any(":" in address for _, address, _ in logs.expected), "no IPv6 in the sample"


def test_cut_lines_are_kept_apart_and_every_whole_record_arrives(spark, logs):
    assert logs.truncated > 20
    assert rows(spark, "SELECT count_if(is_truncated), count(*) FROM staging_raw_vpcflowlogs") == [
        (logs.truncated, logs.truncated + len(logs.whole))
    ]
    statuses = dict(rows(spark, "SELECT log_status, count(*) FROM inter_model_flowlogs GROUP BY log_status"))
    wanted = [record["log-status"] for record in logs.whole]
    assert statuses == {status: wanted.count(status) for status in ("OK", "NODATA", "SKIPDATA")}


def test_windows_without_data_have_no_addresses_and_no_numbers(spark, logs):
    query = (
        "SELECT DISTINCT source_ip_address, destination_port, packets, bytes_sent, action "
        "FROM inter_model_flowlogs WHERE log_status <> 'OK'"
    )
    assert rows(spark, query) == [(None,) * 5]


def test_fields_that_a_version_lacks_are_null(spark, logs):
    fields = "count(vpc_id) > 0, count(aws_region) > 0, count(flow_direction) > 0"
    found = rows(spark, f"SELECT log_version, {fields} FROM inter_model_flowlogs GROUP BY log_version")
    assert sorted(found) == [
        (2, False, False, False),
        (3, True, False, False),
        (4, True, True, False),
        (5, True, True, True),
    ]


def test_the_ip_version_is_told_from_the_address_where_the_log_does_not_say_it(spark, logs):
    query = "SELECT DISTINCT ip_version, source_ip_address LIKE '%:%' FROM inter_model_flowlogs WHERE log_status = 'OK'"
    assert sorted(rows(spark, query)) == [("IPv4", False), ("IPv6", True)]


def test_the_second_product_ranks_the_ports_of_each_day(spark, logs):
    by_port: dict[tuple[date, int], int] = {}
    for (day, _, port), (_, bytes_sent, _, _) in logs.expected.items():
        by_port[day, port] = by_port.get((day, port), 0) + bytes_sent
    first = {day: max((one for one in by_port if one[0] == day), key=by_port.__getitem__)[1] for day, _ in by_port}
    assert dict(rows(spark, "SELECT dt, destination_port FROM data_port_usage WHERE bytes_rank = 1")) == first


def test_every_query_delivers_the_types_that_its_contract_promises(spark, graph, logs):
    for table in graph.tables.values():
        if table.contract:
            delivered = {field.name: field.dataType.simpleString() for field in spark.table(table.name).schema.fields}
            assert delivered == {column.name: column.type for column in table.contract.columns}, table.name


def test_no_column_that_is_promised_not_null_is_null(spark, graph, logs):
    for table in graph.tables.values():
        for column in table.contract.columns if table.contract else ():
            if not column.nullable:
                assert rows(spark, f"SELECT count(*) FROM {table.name} WHERE `{column.name}` IS NULL") == [(0,)]


def test_primary_keys_are_unique(spark, graph, logs):
    for table in graph.tables.values():
        if table.contract and (key := ", ".join(table.contract.primary_key)):
            assert rows(spark, f"SELECT {key} FROM {table.name} GROUP BY {key} HAVING count(*) > 1") == []


def test_the_products_own_tests_pass(spark, graph, logs):
    queries = [query for test, _ in graph.tests for query in test.queries]
    assert len(queries) >= 9
    for query in queries:
        assert rows(spark, query.sql) == [], query.sql


def test_the_products_own_tests_can_fail(spark, graph, logs):
    """Each table is spoilt in turn, and one of its tests shows it."""
    stats = spark.table("data_app_conn_stats")
    staging = spark.table("staging_raw_vpcflowlogs")
    spoilt = {
        "staging_raw_vpcflowlogs": staging.withColumn("end", staging["start"] - 100),
        "inter_model_flowlogs": spark.table("inter_model_flowlogs").limit(5),
        "data_app_conn_stats": stats.withColumn("packets", stats["packets"] + 1),
        "data_port_usage": spark.table("data_port_usage").where("bytes_rank <> 1"),
    }
    for table, bad in spoilt.items():
        whole = spark.table(table)
        bad.createOrReplaceTempView(table)
        tests = [test for test, _ in graph.tests if table in graph.tested(test)]
        failing = [one for test in tests for one in test.queries if rows(spark, one.sql)]
        whole.createOrReplaceTempView(table)
        assert failing, table
