"""Repositories that a pipeline reads and its stack does not make: in CodeCommit, and on another git host."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rehearsal.assembly import Environment, Source
from rehearsal.checkout import lay_source
from rehearsal.git import git, hosted_folder
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.building import trust
from tests.rehearsal.piping import Piping, action

NEXT = [action("Manual", "Wait")]
CONNECTION = "arn:aws:codeconnections:us-east-1:300000000002:connection/aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/one.py").write_text("print(1)\n")
    (tmp_path / ".gitignore").write_text(".env\n")
    (tmp_path / ".env").write_text("SECRET=1\n")
    return tmp_path


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account)


def lay(account: Account, source: Source, checkout: Path) -> str:
    return lay_source(account.cloud, Environment(account.id, REGION), source, checkout)


def connected(name: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"ConnectionArn": CONNECTION, "FullRepositoryId": name, "BranchName": "trunk"}
    made = action("CodeStarSourceConnection", "Read", outputs=["Src"], **given, **more)
    made["actionTypeId"] = {**made["actionTypeId"], "category": "Source"}
    return made


def files(piping: Piping) -> list[str]:
    """The files of the newest artifact."""
    listed = piping.account.s3.list_objects_v2(Bucket=piping.account.bucket)["Contents"]
    newest = max(listed, key=lambda each: each["LastModified"])["Key"]
    body = piping.account.s3.get_object(Bucket=piping.account.bucket, Key=newest)["Body"].read()
    return sorted(name for name in zipfile.ZipFile(io.BytesIO(body)).namelist() if not name.endswith("/"))


def test_a_repository_that_must_exist_is_made_from_the_checkout_without_what_is_ignored(piping: Piping, checkout: Path):
    said = lay(piping.account, Source("given", "main", hosted=False), checkout)
    assert said.startswith("given at main, from this checkout; on AWS it must exist")
    piping.source["configuration"]["RepositoryName"] = "given"
    piping.create(Next=NEXT)
    piping.token("Next", "Wait")
    assert files(piping) == [".gitignore", "jobs/one.py"]


def test_a_connection_reads_the_branch_of_its_repository(piping: Piping, checkout: Path):
    name = f"team-{piping.account.id}/jobs"
    lay(piping.account, Source(name, "trunk", hosted=True), checkout)
    piping.source = connected(name, namespace="Commit")
    told = action("CodeBuild", "Tell", inputs=["Src"], ProjectName=piping.project("tell", "echo said $SAID"))
    words = "#{Commit.FullRepositoryName} #{Commit.BranchName} #{Commit.CommitMessage}"
    variable = {"name": "SAID", "value": words, "type": "PLAINTEXT"}
    told["configuration"]["EnvironmentVariables"] = json.dumps([variable])
    execution = piping.create(Build=[told])
    assert piping.wait(execution) == "Succeeded", piping.error("Tell")
    assert files(piping) == [".gitignore", "jobs/one.py"]
    build = piping.detail("Tell")["output"]["executionResult"]["externalExecutionId"]
    found = piping.projects.codebuild.batch_get_builds(ids=[build])["builds"][0]
    assert f"said {name} trunk The checkout that is rehearsed" in piping.projects.log(found)


def test_a_push_to_a_connected_branch_starts_the_pipeline_and_to_another_does_not(
    piping: Piping, checkout: Path, tmp_path: Path
):
    name = f"team-{piping.account.id}/jobs"
    lay(piping.account, Source(name, "trunk", hosted=True), checkout)
    piping.source = connected(name)
    piping.create(Next=NEXT)
    piping.token("Next", "Wait")
    remote = hosted_folder(piping.account.cloud.repositories, name)
    git(remote, "branch", "other", "trunk")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", remote, clone], check=True)
    ours = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for branch in ("other", "trunk"):
        subprocess.run([*ours, "checkout", "-q", branch], check=True)
        subprocess.run([*ours, "commit", "-q", "--allow-empty", "-m", f"on {branch}"], check=True)
        subprocess.run([*ours, "push", "-q", "origin", branch], check=True)
    piping.until(lambda: len(piping.executions()) > 1, "the push to start an execution")
    started = piping.executions()
    assert [each["trigger"]["triggerType"] for each in started] == ["WebhookV2", "CreatePipeline"]
    piping.until(lambda: piping.executions()[0].get("sourceRevisions"), "the commit to be fetched")
    assert piping.executions()[0]["sourceRevisions"][0]["revisionSummary"] == "on trunk"


def test_a_repository_that_nobody_has_laid_fails_the_source(piping: Piping):
    piping.source = connected("nobody/nothing")
    assert piping.wait(piping.create(Next=NEXT)) == "Failed"
    assert piping.error("Read") == "[Connection] Could not read nobody/nothing: the rehearsal has no such repository"


def test_a_role_that_may_not_use_the_connection_fails_the_source(piping: Piping, checkout: Path):
    name = f"team-{piping.account.id}/jobs"
    lay(piping.account, Source(name, "trunk", hosted=True), checkout)
    iam = piping.account.client("iam")
    arn = iam.create_role(RoleName="poor", AssumeRolePolicyDocument=trust("codepipeline.amazonaws.com"))["Role"]["Arn"]
    only_s3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [only_s3]})
    iam.put_role_policy(RoleName="poor", PolicyName="s3", PolicyDocument=document)
    piping.role = arn
    piping.source = connected(name)
    assert piping.wait(piping.create(Next=NEXT)) == "Failed"
    assert f"codestar-connections:UseConnection on resource: {CONNECTION}" in piping.error("Read")
