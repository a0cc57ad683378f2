"""What the integration test reports of each way in which a run can end: one stage, with a job for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.integ.call import STAGE_TEST, Called, IntegrationTest
from tests.unit.integ.scripted_glue import REGION, Course, Run, ScriptedGlue

MISSING_INPUT = "AnalysisException: Path does not exist: s3://lake/persons.json\nat line 12 of join_legislators.py"


@pytest.fixture(scope="module")
def stage(glue_server: ScriptedGlue) -> ScriptedGlue:
    glue_server.forget()
    failing = Course(("STARTING", "RUNNING", "FAILED"), seconds=34, error=MISSING_INPUT)
    glue_server.add_job("dev-Succeeds", Course())
    glue_server.add_job("dev-Queued", Course(("WAITING", "WAITING", "STARTING", "RUNNING", "SUCCEEDED")))
    glue_server.add_job("dev-Fails", failing)
    glue_server.add_job("dev-FailsToo", Course(("FAILED",)))
    glue_server.add_job("dev-Errs", Course(("RUNNING", "ERROR"), error="the job was deleted"))
    glue_server.add_job("dev-Expires", Course(("WAITING", "EXPIRED"), error="no capacity for a flexible run"))
    glue_server.add_job("dev-StoppedByAColleague", Course(("RUNNING", "STOPPED")))
    glue_server.add_job("dev-TimesOut", Course(("RUNNING", "TIMEOUT"), error="Job run timed out"), retries=1)
    glue_server.add_job("dev-TooSlow", Course(seconds=600))
    glue_server.add_job("dev-SlowAsItMay", Course(seconds=899))
    glue_server.add_job("dev-QuickAsItMust", Course(seconds=20))
    glue_server.add_job("dev-Endless", Course(("RUNNING",), seconds=601))
    glue_server.add_job("dev-Flaky", failing, Course(seconds=56), retries=1)
    glue_server.add_job("dev-FailsEveryTime", failing, Course(("RUNNING", "FAILED"), error="second"), retries=1)
    glue_server.add_job("dev-LeftOut", Course())
    return glue_server


@pytest.fixture(scope="module")
def called(stage: ScriptedGlue, tmp_path_factory: pytest.TempPathFactory) -> Called:
    test = IntegrationTest(stage, Path(tmp_path_factory.mktemp("outcomes")))
    test.catalog = {
        "SlowAsItMay": {"enabled": True, "max_seconds": 900},
        "QuickAsItMust": {"enabled": True, "max_seconds": 20},
        "LeftOut": {"enabled": False, "max_seconds": 600},
    }
    return test()


def run_of(stage: ScriptedGlue, job: str) -> Run:
    return next(run for run in stage.runs if run.job == job)


def test_only_jobs_that_succeed_in_time_pass(called: Called):
    assert called.passed == {STAGE_TEST, "dev-Succeeds", "dev-Queued", "dev-SlowAsItMay", "dev-Flaky"}, called.output
    assert called.exit_code == 1


def test_each_job_is_started_once(stage: ScriptedGlue, called: Called):
    started = [job for operation, job in stage.calls if operation == "StartJobRun"]
    assert sorted(started) == sorted(set(started))
    assert len(started) == 14


@pytest.mark.parametrize(
    ("job", "verdict"),
    [
        ("dev-Fails", "FAILED: AnalysisException: Path does not exist: s3://lake/persons.json"),
        ("dev-FailsToo", "FAILED: Glue gives no error message"),
        ("dev-Errs", "ERROR: the job was deleted"),
        ("dev-Expires", "EXPIRED: no capacity for a flexible run"),
        ("dev-StoppedByAColleague", "STOPPED: Glue gives no error message"),
        ("dev-TimesOut", "TIMEOUT: Job run timed out"),
        ("dev-TooSlow", "is too slow: 600 s, its limit is 600 s"),
        ("dev-QuickAsItMust", "is too slow: 20 s, its limit is 20 s"),
        ("dev-FailsEveryTime", "FAILED: second"),
    ],
)
def test_a_failure_begins_with_the_job_and_what_became_of_its_run(called: Called, job: str, verdict: str):
    assert called.failures[job].splitlines()[0] == f"{job} {verdict}"


def test_a_failure_names_run_state_duration_whole_error_and_log(stage: ScriptedGlue, called: Called):
    run_id = run_of(stage, "dev-Fails").run_id
    assert called.failures["dev-Fails"] == (
        "dev-Fails FAILED: AnalysisException: Path does not exist: s3://lake/persons.json\n"
        f"  run:   {run_id} FAILED, 34 s\n"
        f"  error: {MISSING_INPUT}\n"
        f"  log:   https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
        f"#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror/log-events/{run_id}"
    )


def test_no_failure_shows_a_traceback(called: Called):
    assert "Traceback" not in called.output
    assert not re.search(r"\.py:\d", called.output)


def test_a_run_past_its_limit_is_stopped_and_reported(stage: ScriptedGlue, called: Called):
    run_id = run_of(stage, "dev-Endless").run_id
    verdict = f"dev-Endless is too slow: RUNNING for 601 s, its limit is 600 s; the run was stopped: {run_id}"
    assert called.failures["dev-Endless"].splitlines()[0] == verdict
    assert [job for operation, job in stage.calls if operation == "BatchStopJobRun"] == ["dev-Endless"]


def test_the_last_attempt_counts(stage: ScriptedGlue, called: Called):
    assert [run.attempt for run in stage.runs if run.job == "dev-Flaky"] == [0, 1]
    assert "dev-Flaky: RUNNING -> FAILED after 34 s: AnalysisException" in called.output
    assert "dev-Flaky: RUNNING -> SUCCEEDED after 56 s" in called.output
    assert re.search(r"  run:   jr_\w+_attempt_1 FAILED, 12 s, attempt 2\n", called.failures["dev-FailsEveryTime"])


def test_a_time_out_is_not_waited_on_for_a_restart_that_glue_does_not_make(stage: ScriptedGlue, called: Called):
    assert "TIMEOUT" in called.failures["dev-TimesOut"]
    assert stage.count("GetJobRuns", "dev-TimesOut") == 0


def test_a_job_that_its_catalog_leaves_out_is_skipped_and_not_started(stage: ScriptedGlue, called: Called):
    assert called.skips == {"dev-LeftOut": "left out by its catalog: IntegrationTest: false"}
    assert stage.count("StartJobRun", "dev-LeftOut") == 0


def test_every_change_of_a_job_is_shown_as_it_happens(stage: ScriptedGlue, called: Called):
    lines = re.findall(r"^\[ \d:\d\d\] dev-Queued: (.*)$", called.output, re.MULTILINE)
    run_id = run_of(stage, "dev-Queued").run_id
    assert lines == [
        f"not started -> STARTING {run_id}",
        "STARTING -> WAITING",
        f"WAITING -> STARTING {run_id}",
        "STARTING -> RUNNING",
        "RUNNING -> SUCCEEDED after 12 s",
    ]
