"""What an approval would change, in words that name the jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.template_changes import ResourceChange, StackChanges, kind_in_words
from tests.rehearsal.acting import Account
from tests.rehearsal.console.watching import Rehearsed, jobs_template


def changes(account: Account, folder: Path, before: str | None, after: str) -> list[dict[str, Any]]:
    """What the approval says, where the stack was deployed with one template and the commit has another."""
    if before is not None:
        account.deploy("DeployProd-Jobs", json.loads(before)["Resources"])
    rehearsed = Rehearsed(account, folder, after)
    rehearsed.deploy("true")
    rehearsed.token()
    found: list[dict[str, Any]] = rehearsed.snapshot()["approvals"][0]["changes"]
    return found


def template(account: Account, tags: list[dict[str, str]], **jobs: int) -> str:
    role = account.job_role
    made = json.loads(jobs_template(role, f"s3://{account.bucket}/scripts/job.py", **jobs))
    topic = {"TopicName": "alarms", "Tags": tags}
    made["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": topic}
    made["Resources"]["CDKMetadata"] = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": str(jobs)}}
    return json.dumps(made)


def test_jobs_that_come_change_and_go_are_named(account: Account, tmp_path: Path):
    before = template(account, [{"Key": "version", "Value": "1"}], prod_Old=5, prod_Same=5, prod_Slow=60)
    after = template(account, [{"Key": "version", "Value": "2"}], prod_New=5, prod_Same=5, prod_Slow=120)
    (found,) = changes(account, tmp_path, before, after)
    assert found["first"] is False
    assert found["words"] == (
        "adds 1 Glue job (prod-New); changes 1 Glue job (prod-Slow), 1 SNS topic; removes 1 Glue job (prod-Old)"
    )
    assert found["changed"] == [
        {"kind": "Glue job", "name": "prod-Slow", "details": ["Timeout: 60 → 120"]},
        {"kind": "SNS topic", "name": "alarms", "details": ["Tags.version: 1 → 2"]},
    ]


def test_nothing_to_change_is_said(account: Account, tmp_path: Path):
    same = template(account, [], prod_Same=5)
    (found,) = changes(account, tmp_path, same, same)
    assert found["words"] == "no resource changes"


def test_a_first_deployment_is_said_and_leaves_no_stack_behind(account: Account, tmp_path: Path):
    (found,) = changes(account, tmp_path, None, template(account, [], prod_One=5))
    assert found["words"] == "first deployment: adds 1 Glue job (prod-One), 1 SNS topic"
    stacks = account.cloudformation.list_stacks()["StackSummaries"]
    assert "DeployProd-Jobs" not in [stack["StackName"] for stack in stacks]


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("AWS::Glue::Job", "Glue job"),
        ("AWS::IAM::Policy", "IAM policy"),
        ("AWS::S3::BucketPolicy", "S3 bucket policy"),
        ("AWS::StepFunctions::StateMachine", "StepFunctions state machine"),
        ("Custom::Thing", "Custom::Thing"),
    ],
)
def test_types_are_said_as_people_say_them(type_, words):
    assert kind_in_words(type_) == words


def test_several_of_a_kind_are_counted():
    many = tuple(ResourceChange(kind, "x") for kind in ("IAM policy", "IAM policy", "KMS key", "KMS key"))
    assert StackChanges("s", "e", first=False, added=many).in_words() == "adds 2 IAM policies, 2 KMS keys"
