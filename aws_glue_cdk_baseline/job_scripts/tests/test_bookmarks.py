"""Bookmarks: a named source gives each file once, and only a run that succeeds moves them on."""

import sys
from types import SimpleNamespace

import pytest
from job_runtime import ArgumentError, InputError, JobError, TableError, bookmarks, glue_job
from pyspark.sql.types import StringType, StructType

_SCHEMA = StructType().add("id", StringType())
_ENABLED = ("--job-bookmark-option", "job-bookmark-enable")

pytestmark = pytest.mark.usefixtures("spark")


@pytest.fixture
def folder(write_lines):
    """An input folder with one file in it."""
    return write_lines("orders/1.json", '{"id": "1"}').removesuffix("/1.json")


def _ids(job, location, name="orders"):
    return sorted(row.id for row in job.read(location, format="json", schema=_SCHEMA, name=name).collect())


def test_the_next_run_is_given_the_new_and_the_rewritten_files(command_line, folder, write_lines):
    command_line(*_ENABLED)
    write_lines("orders/deep/2.json", '{"id": "2"}')
    write_lines("orders/_metadata.json", '{"id": "not data"}')
    with glue_job() as job:
        assert _ids(job, folder) == ["1", "2"]
    write_lines("orders/_metadata.json", "rewritten")
    with glue_job() as job:
        assert _ids(job, folder) == []
    write_lines("orders/1.json", '{"id": "one"}')
    write_lines("orders/3.json", '{"id": "3"}')
    with glue_job() as job:
        assert _ids(job, f"{folder}/*") == ["3", "one"]


def test_a_run_that_fails_leaves_the_bookmark_where_it_was(command_line, folder):
    command_line(*_ENABLED)
    with pytest.raises(AssertionError), glue_job() as job:
        assert _ids(job, folder) == []
    with glue_job() as job:
        assert _ids(job, folder) == ["1"]


def test_sources_and_jobs_have_bookmarks_of_their_own(command_line, folder):
    command_line(*_ENABLED)
    with glue_job() as job:
        assert _ids(job, folder, "a") == ["1"]
        assert _ids(job, folder, "b") == ["1"]
    command_line(*_ENABLED, "--JOB_NAME", "dev-Other/Job")
    with glue_job() as job:
        assert _ids(job, folder, "a") == ["1"]


@pytest.mark.parametrize("option", [(), ("--job-bookmark-option", "job-bookmark-disable")])
def test_without_bookmarks_a_named_source_is_read_whole_every_time(command_line, folder, option):
    command_line(*option)
    for _ in range(2):
        with glue_job() as job:
            assert _ids(job, folder) == ["1"]


def test_a_source_without_a_name_is_read_whole_every_time(command_line, folder):
    command_line(*_ENABLED)
    for _ in range(2):
        with glue_job() as job:
            assert _ids(job, folder, name=None) == ["1"]


def test_a_pause_reads_on_from_the_bookmark_and_leaves_it_there(command_line, folder, write_lines):
    command_line(*_ENABLED)
    with glue_job() as job:
        _ids(job, folder)
    write_lines("orders/2.json", '{"id": "2"}')
    command_line("--job-bookmark-option", "job-bookmark-pause")
    for _ in range(2):
        with glue_job() as job:
            assert _ids(job, folder) == ["2"]


def test_write_refuses_what_would_leave_only_the_new_rows(command_line, folder):
    command_line(*_ENABLED)
    with glue_job() as job, pytest.raises(TableError, match="only the new files of orders in sales: use merge"):
        job.write(job.read(folder, format="json", schema=_SCHEMA, name="orders"), table="sales")


def test_merge_goes_with_bookmarks(command_line, catalog, folder, write_lines):
    command_line(*_ENABLED)
    for run in range(3):
        with glue_job() as job:
            rows = job.read(folder, format="json", schema=_SCHEMA, name="orders")
            job.merge(rows, table="sales", key=["id"])
            assert sorted(row.id for row in job.table("sales").collect()) == ["1", "2", "3"][: run + 1]
        write_lines(f"orders/{run + 2}.json", f'{{"id": "{run + 2}"}}')


@pytest.mark.parametrize("wrong", [{"format": "json"}, {"format": "parquet", "schema": _SCHEMA}])
def test_a_read_with_bookmarks_needs_a_schema_and_a_format_of_records(command_line, folder, wrong):
    command_line(*_ENABLED)
    with glue_job() as job, pytest.raises(InputError, match="is of json or csv, and needs schema="):
        job.read(folder, name="orders", **wrong)


def test_a_missing_location_and_a_range_of_runs_are_refused(command_line, tmp_path):
    command_line(*_ENABLED)
    with glue_job() as job, pytest.raises(InputError, match=r"^nothing at .*nowhere"):
        _ids(job, (tmp_path / "nowhere").as_uri())
    command_line("--job-bookmark-option=job-bookmark-pause", "--job-bookmark-from=a", "--job-bookmark-to=b")
    with pytest.raises(ArgumentError, match="work on AWS Glue only"), glue_job() as job:
        _ = job.spark  # with it bookmarks begin


@pytest.fixture
def awsglue(monkeypatch, spark):
    """A stand-in for AWS's package, which needs AWS's jars: it tells what it was asked and gives one file as new."""
    told = SimpleNamespace(events=[], new_files=[], errors=0)

    class GlueContext:
        def __init__(self, context):
            self.create_dynamic_frame = self

        def from_options(self, kind, source, *, format, format_options, transformation_ctx):
            told.events.append(("read", source["paths"], transformation_ctx))
            column = format_options["attachFilename"]
            rows = spark.createDataFrame([(file,) for file in told.new_files], f"{column} string")
            return SimpleNamespace(errorsCount=lambda: told.errors, toDF=lambda: rows)

    class Job:
        def __init__(self, context):
            pass

        def init(self, name, options):
            told.events.append(("init", name, options))

        def commit(self):
            told.events.append("commit")

    def resolved(argv, names):
        return {name: argv[argv.index(f"--{name}") + 1] for name in names}

    monkeypatch.setitem(sys.modules, "awsglue", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "awsglue.context", SimpleNamespace(GlueContext=GlueContext))
    monkeypatch.setitem(sys.modules, "awsglue.job", SimpleNamespace(Job=Job))
    monkeypatch.setitem(sys.modules, "awsglue.utils", SimpleNamespace(getResolvedOptions=resolved))
    monkeypatch.setattr(bookmarks, "on_glue", lambda spark: True)
    return told


def test_on_glue_the_service_says_which_files_are_new_and_is_told_of_success(command_line, awsglue, folder):
    command_line(*_ENABLED)
    awsglue.new_files = [f"{folder}/1.json"]
    with glue_job() as job:
        assert _ids(job, folder) == ["1"]
        awsglue.new_files = []
        assert _ids(job, folder) == []
    init = ("init", "dev-Orders", {"JOB_NAME": "dev-Orders"})
    read = ("read", [folder], "orders")
    assert awsglue.events == [init, read, read, "commit"]


def test_on_glue_a_run_that_fails_commits_nothing(command_line, awsglue, folder):
    command_line(*_ENABLED)
    awsglue.errors = 2
    with pytest.raises(InputError, match=r"2 records of .* cannot be parsed as json"), glue_job() as job:
        _ids(job, folder)
    assert "commit" not in awsglue.events


def test_a_job_without_bookmarks_frames_its_run_on_glue_too(command_line, awsglue):
    with glue_job() as job:
        assert job.spark
    assert [event if event == "commit" else event[0] for event in awsglue.events] == ["init", "commit"]


def test_a_job_that_asks_for_no_spark_starts_none(command_line, monkeypatch):
    monkeypatch.setattr("job_runtime.job.SparkSession", None)
    with glue_job() as job:
        assert job.args["stage"] == "dev"


def test_a_job_runs_with_the_jars_of_the_glue_image(command_line, monkeypatch, spark):
    monkeypatch.undo()
    if not bookmarks.on_glue(spark):
        pytest.skip("AWS's jars are in the Glue image only")
    monkeypatch.setattr(
        sys, "argv", ["s.py", "--JOB_NAME=j", "--stage=d", "--lake_location=file:///tmp", "--database=d"]
    )
    with glue_job() as job:
        assert job.spark
        assert isinstance(job.bookmarks, bookmarks.GlueBookmarks)


def test_arguments_are_checked_before_spark_starts(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["orders.py", "--JOB_NAME", "dev-Orders", "--stage", "dev"])
    monkeypatch.setattr("job_runtime.job.SparkSession", None)
    message = "^dev-Orders needs --lake_location, --database, --input_location"
    with pytest.raises(JobError, match=message), glue_job("input_location"):
        pass
