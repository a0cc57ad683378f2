"""Reading inputs: what cannot be used is refused, never turned into nulls."""

from typing import Any

import pytest
from job_runtime import InputError, glue_job, iso_date, iso_timestamp, refuse
from pyspark.sql.types import LongType, StringType, StructType

_SCHEMA = StructType().add("id", StringType()).add("n", LongType())
_CSV: dict[str, Any] = {"format": "csv", "schema": _SCHEMA, "header": True}

pytestmark = pytest.mark.usefixtures("command_line", "spark")


def test_json_lines_come_typed_as_the_schema_says_and_the_schema_is_left_alone(write_lines):
    url = write_lines("a.json", '{"n": 1, "id": "a", "unknown": []}', "", '{"id": "b"}')
    with glue_job() as job:
        assert job.read(url, format="json", schema=_SCHEMA).collect() == [("a", 1), ("b", None)]
    assert _SCHEMA.names == ["id", "n"]


@pytest.mark.parametrize("bad", ['{"id": "b", "n": 2', "not json", '{"id": "b", "n": "many"}'])
def test_a_malformed_json_record_fails_the_job_with_count_and_example(write_lines, bad):
    url = write_lines("a.json", '{"id": "a", "n": 1}', bad, '{"id": 3, "n"', '{"id": "c", "n": 3}')
    with glue_job() as job, pytest.raises(InputError) as caught:
        job.read(url, format="json", schema=_SCHEMA)
    assert str(caught.value).startswith(f"2 records of {url} cannot be parsed; for example: ")
    assert "_corrupt_record" in str(caught.value)


def test_a_malformed_json_record_fails_the_job_without_a_schema_too(write_lines):
    url = write_lines("a.json", '{"id": "a"}', "{")
    with glue_job() as job, pytest.raises(InputError, match=r"1 records of .* cannot be parsed"):
        job.read(url, format="json")


@pytest.mark.parametrize("bad", ["b", "b,2,3", "b,many"])
def test_a_malformed_csv_record_fails_the_job(write_lines, bad):
    with glue_job() as job, pytest.raises(InputError, match=r"1 records of .* cannot be parsed"):
        job.read(write_lines("a.csv", "id,n", "a,1", bad), **_CSV)


def test_malformed_records_can_be_dropped_knowingly(write_lines):
    url = write_lines("a.json", '{"id": "a", "n": 1}', "{")
    with glue_job() as job:
        assert job.read(url, format="json", schema=_SCHEMA, mode="DROPMALFORMED").collect() == [("a", 1)]


@pytest.mark.parametrize(
    ("options", "lines"), [({"format": "json", "schema": _SCHEMA}, []), (_CSV, []), (_CSV, ["id,n"])]
)
def test_a_file_without_records_is_no_rows_with_the_right_schema(write_lines, options, lines):
    with glue_job() as job:
        rows = job.read(write_lines("empty", *lines), **options)
        assert rows.columns == ["id", "n"]
        assert rows.count() == 0


def test_a_missing_input_fails_with_its_path(tmp_path):
    url = (tmp_path / "nowhere.json").as_uri()
    with glue_job() as job, pytest.raises(InputError, match=f"^nothing at {url}: does the job's parameter name"):
        job.read(url, format="json", schema=_SCHEMA)


def test_refused_rows_are_counted_with_the_same_example_each_time(spark):
    rows = spark.createDataFrame([("b" * 400,), ("a" * 400,)], "text string")
    with pytest.raises(InputError) as caught:
        refuse(rows, "rows too long")
    assert str(caught.value) == f'2 rows too long; for example: {{"text":"{"a" * 291}...'
    refuse(rows.limit(0), "rows too long")


@pytest.mark.parametrize("ansi", ["false", "true"])
def test_only_whole_dates_and_times_are_dates_and_times(spark, ansi):
    texts = ["2026-02-28", "2026-02-30", "2026-02", "2026", "2026-2-3", "28.02.2026", "", None, "2026-02-28T09:30:00Z"]
    texts += ["2026-02-28 09:30", "2026-02-28T09:30:00.5+01:00", "2026-02-28T25:00:00Z", " 2026-02-28"]
    spark.conf.set("spark.sql.ansi.enabled", ansi)  # on by default from Spark 4 and Glue 6
    try:
        rows = spark.createDataFrame([(text,) for text in texts], "t string")
        found = rows.select("t", iso_date("t").cast("string"), iso_timestamp("t").cast("string")).collect()
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "false")
    assert {text: day for text, day, _ in found if day} == {"2026-02-28": "2026-02-28"}
    assert {text: moment for text, _, moment in found if moment} == {
        "2026-02-28": "2026-02-28 00:00:00",
        "2026-02-28T09:30:00Z": "2026-02-28 09:30:00",
        "2026-02-28 09:30": "2026-02-28 09:30:00",
        "2026-02-28T09:30:00.5+01:00": "2026-02-28 08:30:00.5",
    }
