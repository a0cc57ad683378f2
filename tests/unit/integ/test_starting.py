"""Starting and watching runs through throttling, limits and faults of the service."""

from __future__ import annotations

import pytest

from tests.unit.integ.call import IntegrationTest
from tests.unit.integ.scripted_glue import Course, Fault, ScriptedGlue


def test_throttling_of_every_call_is_survived(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A", "dev-B")
    glue.faults["AssumeRole", ""] = [Fault("Throttling")]
    glue.faults["ListJobs", ""] = [Fault("ThrottlingException")]
    glue.faults["StartJobRun", "dev-A"] = [Fault("ThrottlingException")] * 3
    # more than botocore asks by itself
    glue.faults["GetJobRun", "dev-B"] = [Fault("ThrottlingException")] * 4
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert not any(glue.faults.values()), "a fault was not even met"
    assert [run.job for run in glue.runs] == ["dev-B", "dev-A"]


def test_outages_of_the_service_are_survived(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A")
    glue.faults["GetJobRun", "dev-A"] = [Fault("InternalServiceException", 500)] * 4
    called = integration_test()
    assert called.exit_code == 0, called.output


def test_jobs_held_up_by_a_limit_start_when_it_frees(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-HeldUpByItself", "dev-HeldUpByTheAccount", "dev-Other")
    glue.faults["StartJobRun", "dev-HeldUpByItself"] = [Fault("ConcurrentRunsExceededException")] * 3
    glue.faults["StartJobRun", "dev-HeldUpByTheAccount"] = [Fault("ResourceNumberLimitExceededException")] * 3
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert glue.count("StartJobRun", "dev-HeldUpByItself") == glue.count("StartJobRun", "dev-HeldUpByTheAccount") == 4
    reason = "ConcurrentRunsExceededException: as the test wants it"
    assert called.output.count(f"dev-HeldUpByItself: not started, will ask again: {reason}") == 1
    assert glue.runs[0].job == "dev-Other", "it waited for those that were held up"


def test_a_limit_that_never_frees_is_a_failure_that_says_so(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-HeldUp", "dev-Other")
    glue.faults["StartJobRun", "dev-HeldUp"] = [Fault("ConcurrentRunsExceededException")] * 1000
    called = integration_test(wait_seconds="0.5")
    assert called.passed >= {"dev-Other"}
    expected = "dev-HeldUp was never started, after 1 s of asking: ConcurrentRunsExceededException: as the test wants"
    assert called.failures["dev-HeldUp"].startswith(expected)


def test_a_run_that_never_gets_to_run_is_a_failure_and_stopped(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-Queued", Course(("WAITING",)))
    called = integration_test(wait_seconds="0.3")
    assert called.failures["dev-Queued"].startswith("dev-Queued was held up for ")
    assert "s without running, last WAITING; the run was stopped: jr_" in called.failures["dev-Queued"]
    assert glue.runs[0].state == "STOPPING"


def test_a_start_that_answers_with_a_fault_is_not_made_twice(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A")
    glue.faults["StartJobRun", "dev-A"] = [Fault("InternalServiceException", 500, after=True)]
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert glue.count("StartJobRun") == 1
    assert len(glue.runs) == 1


def test_a_start_that_failed_is_made_again(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A")
    glue.faults["StartJobRun", "dev-A"] = [Fault("InternalServiceException", 500)]
    glue.faults["GetJobRuns", "dev-A"] = [Fault("InternalServiceException", 500)] * 3
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert glue.count("StartJobRun") == 2
    assert len(glue.runs) == 1


def test_a_job_that_may_not_be_started_fails_alone(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-Forbidden", "dev-Other")
    glue.faults["StartJobRun", "dev-Forbidden"] = [Fault("AccessDeniedException", message="not authorized")]
    called = integration_test()
    assert called.failures == {
        "dev-Forbidden": "dev-Forbidden cannot be started: AccessDeniedException: not authorized"
    }
    assert "dev-Other" in called.passed


def test_a_failure_is_reported_though_the_number_of_retries_may_not_be_read(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-A", Course(("FAILED",), error="no such table"))
    glue.faults["GetJob", "dev-A"] = [Fault("AccessDeniedException", message="not authorized")]
    called = integration_test()
    assert called.failures["dev-A"].startswith("dev-A FAILED: no such table\n")
    assert "dev-A: it is unknown whether Glue restarts it: AccessDeniedException: not authorized" in called.output


def test_credentials_are_renewed_before_they_expire(
    glue: ScriptedGlue, integration_test: IntegrationTest, monkeypatch: pytest.MonkeyPatch
):
    glue.add_jobs("dev-A")
    # botocore renews credentials of which less than ten minutes are left, here before each call
    monkeypatch.setattr("moto.sts.responses.TokenResponse._get_int_param", lambda *_: 300)
    called = integration_test()
    assert called.exit_code == 0, called.output
    assert glue.count("AssumeRole") >= 4
    assert len(set(glue.access_keys)) >= 4
