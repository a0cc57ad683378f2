"""Merging into a table by key: what is known is replaced, what is new is added, and twice is once."""

import pytest
from job_runtime import JobError, glue_job

pytestmark = pytest.mark.usefixtures("command_line", "spark")


def _rows(spark, *ids):
    return spark.createDataFrame([(number, f"n{number}") for number in ids], "id int, name string")


def _write(spark, *ids):
    with glue_job() as job:
        job.write(_rows(spark, *ids), table="orders")


def test_merge_replaces_known_keys_adds_new_ones_and_twice_is_once(spark, catalog, command_line):
    _write(spark, 1, 2)
    fresh = spark.createDataFrame([(2, "two"), (3, "three")], "id int, name string")
    for run in ("jr_2", "jr_3"):
        command_line(run=run)
        with glue_job() as job:
            job.merge(fresh, table="orders", key=["id"])
        with glue_job() as job:
            assert sorted(map(tuple, job.table("orders").collect())) == [(1, "n1"), (2, "two"), (3, "three")]


def test_merge_makes_the_table_and_leaves_it_alone_when_nothing_is_new(spark, catalog):
    with glue_job() as job:
        job.merge(_rows(spark, 1), table="orders", key=["id"])
    before = catalog.entry("orders")
    with glue_job() as job:
        job.merge(_rows(spark, 1).where("false"), table="orders", key=["id"])
    assert catalog.entry("orders") == before


def test_merge_keeps_columns_that_one_side_lacks(spark, catalog, command_line):
    _write(spark, 1)
    command_line(run="jr_2")
    with glue_job() as job:
        job.merge(spark.createDataFrame([(2, "de")], "id int, country string"), table="orders", key=["id"])
    with glue_job() as job:
        assert sorted(map(tuple, job.table("orders").collect())) == [(1, "n1", None), (2, None, "de")]


@pytest.mark.parametrize(
    ("rows", "key", "message"),
    [
        ("values (1, 'a'), (1, 'b') as t(id, name)", ["id"], "1 keys that several rows for orders share; .*id.:1"),
        ("values (cast(null as int), 'a') as t(id, name)", ["id"], "1 rows for orders without a key"),
        ("values ('1', 'a') as t(id, name)", ["id"], "id is int in the table and string in the new rows"),
        ("values (1, 'a') as t(id, name)", ["nr"], r"key=\['nr'\] must name columns of id, name"),
        ("values (1, 'a') as t(id, name)", [], r"key=\[\] must name columns"),
    ],
)
def test_merge_refuses_what_has_no_single_answer(spark, catalog, rows, key, message):
    _write(spark, 1)
    before = catalog.entry("orders")
    with glue_job() as job, pytest.raises(JobError, match=message):
        job.merge(spark.sql(f"select * from {rows}"), table="orders", key=key)
    assert catalog.entry("orders") == before
