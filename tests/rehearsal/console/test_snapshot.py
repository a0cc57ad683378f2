"""The data of the page at a rehearsal's end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rehearsal.console.snapshot import Snapshots
from rehearsal.console.watched import Watched
from rehearsal.report import LEFT_OUT, ActionReport, Report, RunReport
from rehearsal.terminal import Terminal


def ended(folder: Path, *states: str) -> Snapshots:
    runs = [RunReport("dev", f"dev-{number}", f"jr_{number}", state, 1) for number, state in enumerate(states)]
    steps = [ActionReport("Setup", "PipelineStack", "Succeeded", 2.0)]
    return Snapshots(Watched(folder, folder, Terminal(io.StringIO()), Report(steps, runs)))


@pytest.mark.parametrize(
    ("states", "whole"), [(("SUCCEEDED",), "Succeeded"), (("SUCCEEDED", LEFT_OUT), "InPart"), ((), "Succeeded")]
)
def test_runs_that_were_left_out_make_it_a_success_in_part(tmp_path: Path, states, whole):
    snapshots = ended(tmp_path, *states)
    assert snapshots.final(snapshots.take(asking=False), "Succeeded")["rehearsal"]["state"] == whole


def test_a_failure_stays_one_whatever_was_left_out(tmp_path: Path):
    snapshots = ended(tmp_path, LEFT_OUT)
    assert snapshots.final(snapshots.take(asking=False), "Failed")["rehearsal"]["state"] == "Failed"


def test_the_deployment_of_the_pipeline_shows_the_log_of_the_cdk(tmp_path: Path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/deploy-PipelineStack.log").write_text("PipelineStack: creating\n")
    snapshots = ended(tmp_path)
    (step,) = snapshots.take(asking=False)["setup"]
    assert snapshots.log(step["log"]) == "PipelineStack: creating\n"
