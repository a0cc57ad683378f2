"""Every job of the stage runs to success on Glue, in time, and so does every workflow."""

from __future__ import annotations

import pytest

from tests.integ.stage_runs import StageRuns
from tests.integ.stage_under_test import StageUnderTest


def test_the_stage_has_jobs_to_test(stage_under_test: StageUnderTest) -> None:
    if not stage_under_test.limits:
        stage, left_out = stage_under_test.stage, len(stage_under_test.left_out)
        why = f"the catalog leaves out all {left_out}" if left_out else f"no job there has the tag stage={stage.name}"
        pytest.fail(
            f"{stage.name} has no job to test in account {stage.account}, {stage.region}: {why}. Nothing was tested.",
            pytrace=False,
        )


def test_glue_job(job: str, stage_runs: StageRuns, stage_under_test: StageUnderTest) -> None:
    if failure := stage_runs.result(job).failure(stage_under_test.stage):
        pytest.fail(failure, pytrace=False)


def test_workflow(workflow: str, stage_runs: StageRuns, stage_under_test: StageUnderTest) -> None:
    if failure := stage_runs.workflow_result(workflow).failure(stage_under_test.stage):
        pytest.fail(failure, pytrace=False)
