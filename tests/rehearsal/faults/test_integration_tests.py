"""The integration test of a stage, as its build runs it: what is wrong with a job or the test's role turns it red."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.faults.fault import GLUE, IAM, Fault, fault

STAGE = "DeployDev"
TEST = "DeployDev, IntegrationTest"
TAGGED = {"stage": STAGE}
OURS = "the project's own rule: what was not tested is not green"


class Test:
    """A checkout with the integration test, a build's role that runs it, and the role that it tests with."""

    __test__ = False

    def __init__(self, account: Account, checkout: Path) -> None:
        self.account, self.checkout = account, checkout
        self.build = account.make_role("build", allow("sts:AssumeRole"), trust=trust(Service="codebuild.amazonaws.com"))
        self.tester = f"arn:aws:iam::{account.id}:role/test"

    def make_test_role(self, *actions: str, trusts: str = "") -> None:
        self.account.make_role(
            "test", allow(*(actions or ["glue:*"]), "states:ListStateMachines"), trust=trust(AWS=trusts or self.build)
        )

    def run(self, stage: str = STAGE, *more: str) -> tuple[int, str]:
        """Run the test; returns its exit status and what it printed."""
        credentials = self.account.cloud.credentials_of_role(self.build, "us-east-1", "codebuild.amazonaws.com")
        options = ["--account", self.account.id, "--region", "us-east-1", "--stage-name", stage]
        options += ["--sts-role-arn", self.tester, "--poll-seconds", "0.2", *more]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/integ", "-q", "-p", "no:cacheprovider", *options],
            cwd=self.checkout,
            env=self.account.cloud.environment(credentials, "us-east-1"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


def allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def trust(**principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def tested(account: Account) -> Test:
    return Test(account, ROOT)


@fault(
    "A job that fails",
    where=TEST,
    says="dev-Broken FAILED: ValueError: no such column",
    aws="the run is FAILED; the test names job, run, state, Glue's message and the log",
    page=GLUE + "job-run-statuses.html",
)
def test_a_job_that_fails_does_not_hide_the_others(tested: Test, fault: Fault):
    tested.make_test_role()
    tested.account.make_job("dev-Broken", "raise ValueError('no such column')", Tags=TAGGED)
    tested.account.make_job("dev-Good", "print()", Tags=TAGGED)
    status, said = tested.run()
    assert status == 1, said
    fault.is_named_in(said)
    assert "1 failed, 2 passed" in said


@fault(
    "A stage without a job that carries its tag",
    where=TEST,
    says="DeployQa has no job to test in account …no job there has the tag stage=DeployQa. Nothing was tested.",
    aws="ListJobs gives no name; " + OURS,
    page=GLUE + "aws-glue-api-jobs-job.html",
)
def test_a_stage_without_tagged_jobs_is_not_green(tested: Test, fault: Fault):
    tested.make_test_role()
    tested.account.make_job("dev-Good", "print()", Tags=TAGGED)
    status, said = tested.run("DeployQa")
    assert status == 1, said
    fault.is_named_in(said)
    assert tested.account.glue.get_job_runs(JobName="dev-Good")["JobRuns"] == []


@fault(
    "A job over its duration limit",
    where=TEST,
    says="dev-ProcessLegislators is too slow: …its limit is 1 s",
    aws="lets it run up to its timeout; the limit is the project's own, 600 s unless the catalog says otherwise",
    page=GLUE + "monitor-profile-glue-job-cloudwatch-metrics.html",
)
def test_a_job_over_its_limit(account: Account, fault: Fault, tmp_path: Path):
    tested = Test(account, checkout_with_limit(tmp_path, seconds=1))
    tested.make_test_role()
    account.make_job("dev-ProcessLegislators", "import time; time.sleep(2)", Tags=TAGGED)
    status, said = tested.run()
    assert status == 1, said
    fault.is_named_in(said)


@fault(
    "A test role that does not trust the test's build",
    where=TEST,
    says="The role arn:aws:iam::…role/test cannot be assumed: …is not authorized to perform: sts:AssumeRole…"
    "It trusts the role of the pipeline's test build and nobody else.",
    aws="denies AssumeRole",
    page=IAM + "troubleshoot_roles.html",
)
def test_a_test_role_that_cannot_be_assumed(tested: Test, fault: Fault):
    tested.make_test_role(trusts=tested.account.make_role("other"))
    status, said = tested.run()
    assert status == 4, said
    fault.is_named_in(said)
    assert "Traceback" not in said


@fault(
    "A test role that may not start the stage's jobs",
    where=TEST,
    says="dev-Good…AccessDeniedException…is not authorized to perform: glue:StartJobRun on resource: …job/dev-Good",
    aws="denies StartJobRun",
    page=IAM + "troubleshoot_access-denied.html",
)
def test_a_test_role_that_may_not_start_jobs(tested: Test, fault: Fault):
    tested.make_test_role("glue:ListJobs", "glue:GetJobRuns", "glue:GetJobRun", "glue:GetJob")
    tested.account.make_job("dev-Good", "print()", Tags=TAGGED)
    status, said = tested.run()
    assert status == 1, said
    fault.is_named_in(said)


def checkout_with_limit(folder: Path, seconds: int) -> Path:
    """A checkout with the sample project's catalog, which gives its ingestion jobs a limit for their test."""
    for name in ("aws_glue_cdk_baseline", "tests/integ"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "default-config.yaml", "tests/conftest.py"):
        shutil.copy(ROOT / name, folder / name)
    jobs = Path("aws_glue_cdk_baseline/job_scripts")
    shutil.copytree(ROOT / "tests/sample_project" / jobs, folder / jobs, dirs_exist_ok=True)
    with (folder / jobs / "ingestion/default_configs.yaml").open("a") as settings:
        settings.write(f"\nIntegrationTest: {{MaxSeconds: {seconds}}}\n")
    return folder
