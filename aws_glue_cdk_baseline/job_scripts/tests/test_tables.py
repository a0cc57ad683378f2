"""The lake's tables: published by one call, whole or not at all."""

import logging
import os
import sys
from pathlib import Path
from urllib.parse import urlparse

import pytest
from botocore.exceptions import ClientError
from job_runtime import TableError, glue_job

pytestmark = pytest.mark.usefixtures("command_line", "spark")


def _rows(spark, *ids):
    return spark.createDataFrame([(number, f"n{number}") for number in ids], "id int, name string")


def _write(spark, *ids):
    with glue_job() as job:
        job.write(_rows(spark, *ids), table="orders")


def _ids():
    with glue_job() as job:
        return sorted(row.id for row in job.table("orders").collect())


def _folder(location):
    return Path(urlparse(location).path)


def _versions(catalog):
    return sorted(path.name for path in _folder(catalog.location("orders")).parent.iterdir())


def test_a_first_write_registers_the_table_by_one_call(spark, catalog, command_line):
    _write(spark, 1, 2)
    assert [operation for operation, _ in catalog.calls] == ["CreateTable"]
    entry = catalog.entry("orders")
    storage = entry["StorageDescriptor"]
    assert storage["Columns"] == [{"Name": "id", "Type": "int"}, {"Name": "name", "Type": "string"}]
    assert storage["Location"].endswith("/lake/dev_gold/orders/jr_1/")
    assert "Parquet" in storage["InputFormat"] + storage["OutputFormat"]
    assert "ParquetHiveSerDe" in storage["SerdeInfo"]["SerializationLibrary"]
    assert entry["TableType"] == "EXTERNAL_TABLE"
    parameters = {"EXTERNAL": "TRUE", "classification": "parquet", "job_name": "dev-Orders", "job_run_id": "jr_1"}
    assert entry["Parameters"] == parameters
    assert spark.read.parquet(storage["Location"]).count() == 2


def test_a_second_write_replaces_the_rows_by_one_call(spark, catalog, command_line):
    _write(spark, 1, 2)
    command_line(run="jr_2")
    _write(spark, 3)
    assert [operation for operation, _ in catalog.calls] == ["CreateTable", "UpdateTable"]
    assert _ids() == [3]
    assert catalog.entry("orders")["Parameters"]["job_run_id"] == "jr_2"


def test_an_update_is_bound_to_the_version_that_was_seen_and_archives_nothing(spark, catalog, command_line):
    _write(spark, 1)
    version = catalog.entry("orders")["VersionId"]
    command_line(run="jr_2")
    _write(spark, 2)
    assert catalog.calls[-1][1]["VersionId"] == version
    assert catalog.calls[-1][1]["SkipArchive"] is True


def test_no_rows_are_an_empty_table_with_its_columns(spark, catalog):
    with glue_job() as job:
        job.write(_rows(spark, 1).where("false"), table="orders")
    with glue_job() as job:
        assert job.table("orders").count() == 0
        assert job.table("orders").columns == ["id", "name"]


@pytest.mark.parametrize("column", ["cast(raise_error('no luck') as string)", "null"])
def test_a_write_that_fails_leaves_the_table_as_it_was(spark, catalog, command_line, column):
    _write(spark, 1, 2)
    before = catalog.entry("orders")
    command_line(run="jr_2")
    with pytest.raises(Exception, match=r"no luck|no type"), glue_job() as job:
        job.write(_rows(spark, 3).selectExpr("id", f"{column} as name"), table="orders")
    assert catalog.entry("orders") == before
    assert _ids() == [1, 2]


def test_all_files_are_there_when_the_call_is_made_and_the_old_ones_still_are(spark, catalog, command_line):
    _write(spark, 1, 2)
    seen = []

    def look(operation, parameters):
        if operation == "UpdateTable":
            seen.append(spark.read.parquet(parameters["TableInput"]["StorageDescriptor"]["Location"]).count())
            seen.append(spark.read.parquet(catalog.location("orders")).count())

    catalog.before_call = look
    command_line(run="jr_2")
    _write(spark, 3)
    assert seen == [1, 2]


def test_a_job_may_write_the_table_that_it_reads(spark, catalog, command_line):
    _write(spark, 1, 2)
    command_line(run="jr_2")
    with glue_job() as job:
        job.write(job.table("orders").selectExpr("id + 10 as id", "name"), table="orders")
        job.write(job.table("orders").selectExpr("id + 10 as id", "name"), table="orders")
    assert _ids() == [21, 22]


def test_an_attempt_with_the_same_run_id_neither_mixes_files_nor_touches_published_ones(spark, catalog):
    left = _folder(_location_of_run("jr_1"))
    left.mkdir(parents=True)
    _rows(spark, 8, 9).write.mode("overwrite").parquet(left.as_uri())  # of an attempt that died before publishing
    _write(spark, 1)
    assert _ids() == [1]
    for number, attempt in [(2, "jr_1-2"), (3, "jr_1-3")]:
        _write(spark, number)
        assert catalog.location("orders").endswith(f"/{attempt}/")
        assert _ids() == [number]


def _location_of_run(run):
    with glue_job() as job:
        return f"{job.args['lake_location']}/dev_gold/orders/{run}"


def test_the_current_and_the_previous_version_are_kept_and_older_ones_removed(spark, catalog, command_line):
    for number in range(1, 5):
        command_line(run=f"jr_{number}")
        _write(spark, number)
    assert _versions(catalog) == ["jr_3", "jr_4"]


def test_what_another_run_is_still_writing_is_not_removed(spark, catalog, command_line):
    for number in (1, 2):
        command_line(run=f"jr_{number}")
        _write(spark, number)
    _rows(spark, 9).write.parquet(_location_of_run("jr_working"))
    abandoned = _folder(_location_of_run("jr_abandoned"))
    abandoned.mkdir()
    (abandoned / "part-0.parquet").touch()
    os.utime(abandoned / "part-0.parquet", (1, 1))
    command_line(run="jr_3")
    _write(spark, 3)
    assert _versions(catalog) == ["jr_2", "jr_3", "jr_working"]


def test_a_clean_up_that_fails_only_warns(spark, catalog, command_line, monkeypatch, caplog):
    _write(spark, 1)
    monkeypatch.setattr("job_runtime.versions._last_written", lambda *_: 1 / 0)
    command_line(run="jr_2")
    with caplog.at_level(logging.WARNING):
        _write(spark, 2)
    assert _ids() == [2]
    assert "old versions below" in caplog.text


def test_s3_locations_work_as_files_do(spark, catalog, command_line, tmp_path):
    conf = spark.sparkContext._jsc.hadoopConfiguration()
    viewfs = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
    conf.set("fs.s3.impl", viewfs)
    conf.set("fs.viewfs.overload.scheme.target.s3.impl", "org.apache.hadoop.fs.s3a.S3AFileSystem")
    conf.set("fs.viewfs.mounttable.a-lake.linkFallback", f"{tmp_path.as_uri()}/")
    for number in range(1, 4):
        command_line(run=f"jr_{number}", lake="s3://a-lake/")
        _write(spark, number)
    assert catalog.location("orders") == "s3://a-lake/dev_gold/orders/jr_3/"
    assert _ids() == [3]
    assert sorted(path.name for path in (tmp_path / "dev_gold" / "orders").iterdir()) == ["jr_2", "jr_3"]


@pytest.mark.parametrize(
    ("first", "code"), [(True, "AlreadyExistsException"), (False, "ConcurrentModificationException")]
)
def test_of_two_runs_that_publish_at_once_the_later_fails_and_says_so(spark, catalog, command_line, first, code):
    if not first:
        _write(spark, 1)

    def refuse_writes(operation, parameters):
        if operation in ("CreateTable", "UpdateTable"):
            raise ClientError({"Error": {"Code": code, "Message": "too late"}}, operation)

    catalog.before_call = refuse_writes
    command_line(run="jr_2")
    with pytest.raises(
        TableError, match=r"dev_gold.orders was published by another run meanwhile .*: run this job again"
    ):
        _write(spark, 2)


def test_what_people_added_to_the_catalogs_entry_stays(spark, catalog, command_line):
    _write(spark, 1)
    entry = catalog.entry("orders")
    entry["StorageDescriptor"]["Columns"][0]["Comment"] = "the shop's number"
    edited = {key: entry[key] for key in ("Name", "TableType", "StorageDescriptor")}
    edited |= {"Description": "All orders", "Owner": "sales", "Parameters": {**entry["Parameters"], "contact": "ada"}}
    catalog.client.update_table(DatabaseName="dev_gold", TableInput=edited)
    command_line(run="jr_2")
    _write(spark, 2)
    after = catalog.entry("orders")
    assert (after["Description"], after["Owner"], after["Parameters"]["contact"]) == ("All orders", "sales", "ada")
    assert after["Parameters"]["job_run_id"] == "jr_2"
    assert after["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "int", "Comment": "the shop's number"}


@pytest.mark.parametrize("table", ["Orders", "or-ders", "", "a/b", "n" * 256])
def test_a_name_that_athena_would_not_take_is_refused(spark, catalog, table):
    with glue_job() as job, pytest.raises(TableError, match=r"table name .*: use lower-case letters"):
        job.write(_rows(spark, 1), table=table)


def test_views_and_other_table_formats_are_left_alone(spark, catalog):
    for parameters in ({"TableType": "VIRTUAL_VIEW"}, {"Parameters": {"table_type": "ICEBERG"}}):
        catalog.client.create_table(DatabaseName="dev_gold", TableInput={"Name": "orders", **parameters})
        with pytest.raises(TableError, match="a view or of another table format"):
            _write(spark, 1)
        catalog.client.delete_table(DatabaseName="dev_gold", Name="orders")


def test_a_missing_database_and_a_missing_table_say_what_to_do(spark, catalog, command_line):
    with (
        glue_job() as job,
        pytest.raises(TableError, match=r"no table dev_gold.orders: run the job that writes it first"),
    ):
        job.table("orders")
    command_line("--database", "dev_silver")
    with pytest.raises(TableError, match="there is no database dev_silver; deploy the stage's data lake"):
        _write(spark, 1)


def test_a_table_of_another_layer_is_of_the_same_stage(spark, catalog, command_line):
    command_line("--database", "dev_bronze")
    _write(spark, 1)
    command_line()
    with glue_job() as job:
        assert job.table("bronze.orders").count() == 1


def test_a_run_without_an_id_gets_one_of_its_own_and_a_wrong_one_is_refused(command_line, monkeypatch):
    command_line(run="../other")
    with pytest.raises(RuntimeError, match="names a folder"), glue_job():
        pass
    command_line()
    place = sys.argv.index("--JOB_RUN_ID")
    monkeypatch.setattr(sys, "argv", sys.argv[:place] + sys.argv[place + 2 :])
    with glue_job() as one, glue_job() as other:
        assert one.run_id.startswith("local-")
        assert one.run_id != other.run_id


def test_timestamps_are_in_utc_on_every_machine(spark):
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    with glue_job() as job:
        texts = job.spark.sql("select string(timestamp'2026-01-01T00:00:00Z') as t").collect()
    assert texts == [("2026-01-01 00:00:00",)]
