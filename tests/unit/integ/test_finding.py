"""Which jobs the integration test finds, and how few calls it makes for that."""

from __future__ import annotations

from tests.unit.integ.call import STAGE_TEST, IntegrationTest
from tests.unit.integ.scripted_glue import PAGE, ScriptedGlue

OFF = {"enabled": False, "max_seconds": 600}
ON = {"enabled": True, "max_seconds": 600}


def test_a_stage_without_a_tagged_job_fails(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-JoinLegislators", stage="DeployQa")
    called = integration_test()
    assert called.exit_code == 1
    assert called.failures[STAGE_TEST].startswith("DeployDev has no job to test in account")
    assert "no job there has the tag stage=DeployDev" in called.failures[STAGE_TEST]
    assert called.passed == set()
    assert glue.count("StartJobRun") == 0


def test_a_stage_whose_jobs_are_all_left_out_fails(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A", "dev-B")
    integration_test.catalog = {"A": OFF, "B": OFF}
    called = integration_test()
    assert called.exit_code == 1
    assert "the catalog leaves out all 2. Nothing was tested." in called.failures[STAGE_TEST]
    assert set(called.skips) == {"dev-A", "dev-B"}
    assert glue.count("StartJobRun") == 0


def test_the_catalog_knows_a_job_by_its_name_without_the_stage(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("preProd-dev-A", stage="DeployPreProd")
    integration_test.catalog = {"dev-A": OFF, "A": ON, "preProd-dev-A": ON}
    called = integration_test(stage_name="DeployPreProd")
    assert set(called.skips) == {"preProd-dev-A"}


def test_jobs_of_a_stage_whose_name_starts_the_same_are_left_alone(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_jobs("dev-Mine")
    glue.add_jobs("dev-develop-Other", "dev2-Other", stage="DeployDevelop")
    glue.add_jobs("dev-Lower", stage="deploydev")
    glue.add_jobs("dev-Shorter", stage="DeployDe")
    called = integration_test()
    assert called.passed == {STAGE_TEST, "dev-Mine"}, called.output
    assert [run.job for run in glue.runs] == ["dev-Mine"]


def test_jobs_beyond_the_first_page_are_found(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-First")
    glue.add_jobs(*(f"qa-{number}" for number in range(PAGE)), stage="DeployQa")
    glue.add_jobs("dev-OnTheSecondPage")
    glue.add_jobs(*(f"qa-more-{number}" for number in range(PAGE)), stage="DeployQa")
    glue.add_jobs("dev-OnTheThirdPage")
    called = integration_test()
    assert called.passed == {STAGE_TEST, "dev-First", "dev-OnTheSecondPage", "dev-OnTheThirdPage"}, called.output
    assert glue.count("ListJobs") == 3


def test_at_most_20_calls_besides_polls_for_5_jobs_of_500(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs(*(f"qa-{number}" for number in range(495)), stage="DeployQa")
    glue.add_jobs(*(f"dev-{number}" for number in range(5)))
    called = integration_test()
    assert len(called.passed) == 1 + 5, called.output
    besides_polls = glue.operations
    assert besides_polls.pop("GetJobRun") == 15
    assert besides_polls == {"AssumeRole": 1, "ListJobs": 5, "ListStateMachines": 1, "StartJobRun": 5}
    assert besides_polls.total() <= 20


def test_collecting_starts_nothing(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A", "dev-B")
    called = integration_test("--collect-only", "-q")
    assert called.exit_code == 0, called.output
    assert "test_glue_job[dev-A]" in called.output
    assert glue.count("StartJobRun") == 0


def test_only_selected_jobs_are_started(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A", "dev-B")
    called = integration_test("-k", "dev-B")
    assert called.passed == {"dev-B"}
    assert [run.job for run in glue.runs] == ["dev-B"]
