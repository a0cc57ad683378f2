"""The rehearsal follows a pipeline: its actions, its approvals, and what a failed build printed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from rehearsal.assembly import Environment, StackArtifact
from rehearsal.errors import StepFailedError
from rehearsal.execution import Follower
from rehearsal.report import Report
from rehearsal.terminal import Terminal
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.piping import Piping, action, with_capitals


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account)


def follower(piping: Piping, **stages: Any) -> tuple[Follower, io.StringIO]:
    account = piping.account
    properties = with_capitals(piping.declaration(**stages))
    deployed = account.deploy("P", {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}})
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    said = io.StringIO()
    stack = StackArtifact("P", "P", Environment(account.id, REGION), Path())
    return Follower(account.cloud, stack, Terminal(said), Report()), said


def test_a_pipeline_is_followed_to_its_end_and_approved(piping: Piping, monkeypatch):
    monkeypatch.setenv("APPROVE", "yes")
    piping.project("make", "make skipped")
    builds = [action("CodeBuild", "Make", inputs=["Src"], ProjectName="make")]
    followed, said = follower(piping, Build=builds, DeployProd=[action("Manual", "Approve-prod")])
    followed.follow()
    told = [(each.stage, each.action, each.state) for each in followed.report.pipeline]
    assert told == [
        ("Source", "Read", "Succeeded"),
        ("Build", "Make", "Succeeded"),
        ("DeployProd", "Approve-prod", "Succeeded"),
    ]
    assert followed.report.pipeline[1].message == "skipped in this rehearsal: make skipped"
    assert followed.report.pipeline[2].message == "approved by APPROVE=yes"
    assert "DeployProd     Approve-prod           done in" in said.getvalue()


def test_a_rejected_approval_ends_it_at_that_action(piping: Piping, monkeypatch):
    monkeypatch.setenv("APPROVE", "no")
    followed, _ = follower(piping, DeployProd=[action("Manual", "Approve-prod")])
    with pytest.raises(StepFailedError, match="DeployProd was rejected by APPROVE=no"):
        followed.follow()
    failed = followed.report.failed
    assert failed is not None
    assert (failed.stage, failed.action) == ("DeployProd", "Approve-prod")


def test_a_failed_build_is_told_with_the_end_of_its_log(piping: Piping):
    piping.project("make", "echo no such column && exit 2")
    followed, said = follower(piping, Build=[action("CodeBuild", "Make", inputs=["Src"], ProjectName="make")])
    with pytest.raises(StepFailedError, match="exit status 2"):
        followed.follow()
    failed = followed.report.failed
    assert failed is not None
    assert (failed.stage, failed.action) == ("Build", "Make")
    assert "\nno such column\n(all of it: " in failed.message
    assert "Build          Make                   failed after" in said.getvalue()
