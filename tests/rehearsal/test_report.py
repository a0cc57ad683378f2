"""The report and the terminal's summary: the format that programs read, the errors that people read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from rehearsal.assembly import Environment
from rehearsal.limits import NOT_COVERED
from rehearsal.migrations import tables_migrated
from rehearsal.report import LEFT_OUT, ActionReport, MigrationReport, Report, RunReport, TableReport
from rehearsal.summary import show_summary
from rehearsal.tables import tables_written
from rehearsal.terminal import Terminal
from tests.rehearsal.acting import Account

RUN = RunReport("dev", "dev-X", "jr_1", "FAILED", 3, "ValueError: no")


def test_the_report_has_the_agreed_format(tmp_path: Path):
    report = Report([ActionReport("DeployDev", "Deploy", "Succeeded", 1.5)], [RUN], [TableReport("dev", "d", "t", 7)])
    report.write(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "pipeline": [{"stage": "DeployDev", "action": "Deploy", "state": "Succeeded", "seconds": 1.5, "message": ""}],
        "runs": [
            {
                "stage": "dev",
                "job": "dev-X",
                "run_id": "jr_1",
                "state": "FAILED",
                "seconds": 3,
                "error": "ValueError: no",
            }
        ],
        "tables": [{"stage": "dev", "database": "d", "table": "t", "rows": 7}],
        "migrations": [],
    }
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def shown(report: Report, build: Path) -> str:
    stream = io.StringIO()
    show_summary(Terminal(stream), report, build)
    return stream.getvalue()


def test_a_failure_shows_its_stage_the_job_s_own_error_and_the_end_of_its_output(tmp_path: Path):
    folder = tmp_path / "runs/dev-X-jr_1"
    folder.mkdir(parents=True)
    (folder / "stderr").write_text("".join(f"line {number}\n" for number in range(50)))
    told = shown(Report([ActionReport("DeployDev", "RunJobs", "Failed", 1, "dev-X: FAILED")], [RUN]), tmp_path)
    assert "FAILED in DeployDev, action RunJobs" in told
    assert "dev-X FAILED: ValueError: no" in told
    assert "line 49" in told
    assert "line 1\n" not in told
    assert str(folder) in told


def test_the_summary_says_what_a_rehearsal_does_not_cover(tmp_path: Path):
    told = shown(Report([ActionReport("DeployDev", "Deploy", "Succeeded", 1)]), tmp_path)
    assert "This rehearsal does not cover:" in told
    for subject, text in NOT_COVERED:
        assert f"  - {subject}: {text}" in told


def test_colours_stay_out_of_logs(tmp_path: Path):
    assert "\033" not in shown(Report(), tmp_path)


def parquet(rows: int) -> bytes:
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table({"a": list(range(rows))}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(("classification", "rows"), [("parquet", 5), ("json", None)])
def test_rows_are_counted_in_the_files_that_the_table_points_to(account: Account, classification, rows):
    for key, body in (
        ("t/new/a.parquet", parquet(2)),
        ("t/new/b.parquet", parquet(3)),
        ("t/old/a.parquet", parquet(9)),
    ):
        account.s3.put_object(Bucket=account.bucket, Key=key, Body=body)
    account.s3.put_object(Bucket=account.bucket, Key="t/new/_SUCCESS", Body=b"")
    account.glue.create_database(DatabaseInput={"Name": "d"})
    for table, run in (("t", "jr_1"), ("not-ours", "jr_2")):
        location = f"s3://{account.bucket}/t/new"
        parameters = {"classification": classification, "job_run_id": run}
        given = {"Name": table, "Parameters": parameters, "StorageDescriptor": {"Location": location}}
        account.glue.create_table(DatabaseName="d", TableInput=given)
    found = tables_written(account.cloud, [Environment(account.id, "us-east-1")] * 2, [RUN])
    assert found == [TableReport("dev", "d", "t", rows)]


def test_runs_that_were_left_out_make_the_end_no_success(tmp_path: Path):
    left_out = RunReport("dev", "dev-Extract", "jr_2", LEFT_OUT, 0, "db:5432: there is no postgresql server")
    report = Report([ActionReport("DeployDev", "Deploy", "Succeeded", 1.5)], [left_out])
    said = shown(report, tmp_path)
    assert "1 job runs were not rehearsed:\n  dev-Extract: db:5432: there is no postgresql server" in said
    assert "Every stage went through" not in said
    assert report.left_out == [left_out]


def test_what_a_migration_reports_is_shown(account: Account, tmp_path: Path):
    sums = {"rows": 1200, "sum": 1, "unsummed": 0}
    table = {"table": "orders", "read": sums, "written": sums | {"rows": 1199}, "quarantined": 1, "how": "renamed"}
    content = json.dumps({"tables": [table | {"seconds": {"extract": 1.0, "load": 2.5}}]})
    for key in ("dev_loading/migration/main/reports/latest.json", "dev_loading/migration/main/reports/jr_1.json"):
        account.s3.put_object(Bucket=account.bucket, Key=key, Body=content)
    migrated = tables_migrated(account.cloud, [Environment(account.id, "us-east-1")])
    assert migrated == [MigrationReport("dev_loading", "orders", 1200, 1199, 1, "renamed", 3.5)]
    said = shown(Report(migrations=migrated), tmp_path)
    assert "dev_loading  orders  1,200  1,199    1            renamed  3.5" in said
