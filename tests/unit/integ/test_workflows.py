"""Jobs that belong to a workflow run through it: each is a test of its own, and so is the workflow."""

from __future__ import annotations

import signal
import time

from tests.unit.integ.call import STAGE_TEST, IntegrationTest
from tests.unit.integ.scripted_glue import REGION, Course, Fault, ScriptedGlue

ENDLESS = Course(("RUNNING",))
FAILING = Course(("RUNNING", "FAILED"), seconds=34, error="no such table")
OFF = {"enabled": False, "max_seconds": 600}


def test_the_workflow_and_each_of_its_jobs_are_reported(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read", "dev-Load", "dev-Alone")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Load")
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert called.passed == {STAGE_TEST, "dev-Read", "dev-Load", "dev-Alone", "dev-Refresh"}
    assert "starting 1 workflow and 1 job" in called.output


def test_no_job_runs_twice(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read", "dev-Load", "dev-Alone")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Load")
    integration_test()
    assert sorted(run.job for run in glue.runs) == ["dev-Alone", "dev-Load", "dev-Read"]
    assert [job for operation, job in glue.calls if operation == "StartJobRun"] == ["dev-Alone"]
    assert glue.count("StartExecution") == 1


def test_a_failed_job_names_its_run_and_what_follows_says_why_it_was_not_started(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-Read", FAILING)
    glue.add_jobs("dev-Load")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Load")
    called = integration_test()
    assert set(called.failures) == {"dev-Read", "dev-Load", "dev-Refresh"}
    assert called.failures["dev-Read"].startswith(
        f"dev-Read FAILED: no such table\n  run:   {glue.runs[0].run_id} FAILED, 34 s\n"
    )
    why = "FAILED: JobFailed: dev-Read: FAILED: no such table"
    assert called.failures["dev-Load"] == f"dev-Load was not started: its workflow dev-Refresh {why}"
    console = f"https://{REGION}.console.aws.amazon.com/states/home?region={REGION}#/v2/executions/details"
    assert called.failures["dev-Refresh"] == f"dev-Refresh {why}\n  execution: {console}/{glue.executions[0].arn}"
    assert "Traceback" not in called.output


def test_a_run_that_the_workflow_tries_again_passes_with_the_last_one(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-Flaky", FAILING, Course())
    glue.add_workflow("dev-Refresh", "dev-Flaky")
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert [run.state for run in glue.runs] == ["FAILED", "SUCCEEDED"]


def test_a_job_has_its_own_limit_within_the_workflow(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-TooSlow", Course(seconds=600))
    glue.add_job("dev-Endless", Course(("RUNNING",), seconds=601))
    glue.add_workflow("dev-Slow", "dev-TooSlow")
    glue.add_workflow("dev-Stuck", "dev-Endless")
    called = integration_test()
    assert called.failures["dev-TooSlow"].startswith("dev-TooSlow is too slow")
    assert called.failures["dev-Endless"].startswith(
        "dev-Endless is too slow: RUNNING for 601 s, its limit is 600 s; the run was stopped: jr_"
    )
    assert "dev-Slow" in called.passed
    assert "dev-Endless: STOPPED" in called.failures["dev-Stuck"]


def test_a_workflow_with_a_job_that_the_catalog_leaves_out_is_skipped_and_its_other_jobs_run_alone(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_jobs("dev-Read", "dev-Mail")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Mail")
    integration_test.catalog = {"Mail": OFF}
    called = integration_test()
    assert called.skips["dev-Refresh"] == "it runs dev-Mail, left out by the catalog: IntegrationTest: false"
    assert [run.job for run in glue.runs] == ["dev-Read"]
    assert glue.count("StartExecution") == 0


def test_workflows_of_other_stages_are_left_alone(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Mine")
    glue.add_workflow("dev-Refresh", "dev-Mine", stage="DeployDevelop")
    glue.add_workflow("qa-Refresh", "dev-Mine")
    called = integration_test()
    assert called.passed == {STAGE_TEST, "dev-Mine"}, called.output
    assert glue.count("ListTagsForResource") == 1, "it asked for the tags of a machine whose name says enough"
    assert glue.count("StartExecution") == 0


def test_a_selected_job_runs_its_workflow_as_a_whole(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read", "dev-Load", "dev-Alone")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Load")
    called = integration_test("-k", "dev-Load")
    assert called.passed == {"dev-Load"}
    assert [run.job for run in glue.runs] == ["dev-Read", "dev-Load"]


def test_a_job_of_two_workflows_is_reported_once(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read")
    glue.add_workflow("dev-Daily", "dev-Read")
    glue.add_workflow("dev-Weekly", "dev-Read")
    called = integration_test()
    assert called.passed == {STAGE_TEST, "dev-Read", "dev-Daily", "dev-Weekly"}, called.output


def test_an_interrupted_test_stops_the_execution_and_its_run(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-Read", ENDLESS)
    glue.add_jobs("dev-Load")
    glue.add_workflow("dev-Refresh", "dev-Read", "dev-Load")
    glue.aborting_stops_runs = False  # "Step Functions will make a best-effort attempt to cancel the task"
    process = integration_test.start()
    give_up_at = time.monotonic() + 20
    while glue.count("GetJobRuns", "dev-Read") < 2 or not glue.runs:
        assert time.monotonic() < give_up_at, "the integration test did not come to watch its runs"
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    called = integration_test.end(process)
    assert [(one.state, one.name in called.output) for one in glue.executions] == [("ABORTED", True)], called.output
    assert [(run.job, run.state) for run in glue.runs] == [("dev-Read", "STOPPING")]
    assert "Traceback" not in called.output


def test_a_start_that_answers_with_a_fault_is_not_made_twice(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read")
    glue.add_workflow("dev-Refresh", "dev-Read")
    glue.faults["StartExecution", "dev-Refresh"] = [Fault("InternalServiceException", 500, after=True)] * 4
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert len(glue.executions) == 1
    assert not any(glue.faults.values()), "a fault was not even met"


def test_an_execution_whose_start_had_no_answer_is_stopped_too(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-Alone", Course(("FAILED",)))
    glue.add_job("dev-Read", ENDLESS)
    glue.add_workflow("dev-Refresh", "dev-Read")
    glue.faults["StartExecution", "dev-Refresh"] = [Fault("InternalServiceException", 500, after=True)] * 1000
    called = integration_test("-x")
    assert [one.state for one in glue.executions] == ["ABORTED"], called.output


def test_a_workflow_that_may_not_be_started_fails_with_its_jobs(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Read", "dev-Alone")
    glue.add_workflow("dev-Refresh", "dev-Read")
    glue.faults["StartExecution", "dev-Refresh"] = [Fault("AccessDeniedException", message="not authorized")]
    called = integration_test()
    why = "cannot be started: AccessDeniedException: not authorized"
    assert called.failures == {
        "dev-Refresh": f"dev-Refresh {why}",
        "dev-Read": f"dev-Read was not started: its workflow dev-Refresh {why}",
    }
    assert "dev-Alone" in called.passed


def test_workflows_that_may_not_be_listed_end_in_a_sentence(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.faults["ListStateMachines", ""] = [Fault("AccessDeniedException", message="not authorized")]
    called = integration_test()
    assert "ERROR: The workflows of DeployDev cannot be found: AccessDeniedException: not authorized" in called.output
    assert "Traceback" not in called.output
