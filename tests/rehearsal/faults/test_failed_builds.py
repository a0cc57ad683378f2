"""Builds that fail: the phase, its status code and its message say why, and the log has the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.building import Projects, buildspec, failure
from tests.rehearsal.faults.fault import CDK, CODEBUILD, Fault, fault, faults

BUILD = "Build, Synth"
SPEC = CODEBUILD + "build-spec-ref.html"
FAILS = "fails the build at this phase, and with it the action"


@pytest.fixture
def projects(account: Account) -> Projects:
    return Projects(account)


def told_by(projects: Projects, build: dict[str, Any]) -> str:
    """What a user reads: the phase that failed, its code and message, then the log."""
    return "\n".join([*failure(build), projects.log(build)])


UNIT_TEST = """
from jobs import total

def test_the_total_counts_every_row():
    assert total([1, 2]) == 3
"""

SNAPSHOT_TEST = """
def test_template(snapshot):
    assert {"Timeout": 60} == snapshot
"""

SNAPSHOT = """# serializer version: 1
# name: test_template
  dict({
    'Timeout': 30,
  })
# ---
"""

TESTS = {
    Fault(
        "A unit test that fails",
        BUILD,
        "BUILD…COMMAND_EXECUTION_ERROR…Error while executing command: python -m pytest -q. Reason: exit status 1"
        "…test_the_total_counts_every_row…assert 0 == 3",
        FAILS + "; the log and the report group have the test's name",
        CODEBUILD + "test-reporting.html",
    ): {"jobs.py": "def total(rows):\n    return 0\n", "test_jobs.py": UNIT_TEST},
    Fault(
        "A snapshot that is out of date",
        BUILD,
        "COMMAND_EXECUTION_ERROR…exit status 1…test_template…-   'Timeout': 30…+   'Timeout': 60",
        FAILS,
        CODEBUILD + "troubleshooting.html",
    ): {"test_stack.py": SNAPSHOT_TEST, "__snapshots__/test_stack.ambr": SNAPSHOT},
}


@faults(TESTS, "source")
def test_a_test_that_fails(projects: Projects, fault: Fault, source: dict[str, str]):
    projects.make(buildspec("python -m pytest -q"), source)
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    fault.is_named_in(told_by(projects, build))


SPECS = {
    Fault(
        "A buildspec that is no YAML",
        BUILD,
        "DOWNLOAD_SOURCE…YAML_FILE_ERROR…line 2",
        FAILS,
        SPEC,
    ): ("spec.yaml", {"spec.yaml": "version: 0.2\nphases: [build\n"}),
    Fault(
        "A buildspec that is not in the source",
        BUILD,
        "DOWNLOAD_SOURCE…YAML_FILE_ERROR…stat ci/spec.yaml: no such file",
        FAILS,
        SPEC,
    ): ("ci/spec.yaml", {"a": "b"}),
    Fault(
        "A command that fails in pre_build",
        BUILD,
        "PRE_BUILD…COMMAND_EXECUTION_ERROR…Error while executing command: exit 4. Reason: exit status 4…tidied",
        "runs the phase's finally commands, then ends the build without its build phase",
        SPEC,
    ): (
        json.dumps(
            {
                "version": "0.2",
                "phases": {
                    "pre_build": {"commands": ["exit 4"], "finally": ["echo tidied"]},
                    "build": {"commands": ["echo built > built.txt"]},
                },
            }
        ),
        {"a": "b"},
    ),
    Fault(
        "An artifact that no command makes",
        BUILD,
        "UPLOAD_ARTIFACTS…CLIENT_ERROR…no matching artifact paths",
        FAILS,
        CODEBUILD + "troubleshooting.html",
    ): (buildspec("true", artifacts={"files": ["cdk.out/**/*"]}), {"a": "b"}),
}


@faults(SPECS, "spec", "source")
def test_a_buildspec_that_fails(account: Account, projects: Projects, fault: Fault, spec: str, source: dict[str, str]):
    target = {"type": "S3", "location": account.bucket, "packaging": "ZIP", "name": "made.zip"}
    projects.make(spec, source, artifacts=target)
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    fault.is_named_in(told_by(projects, build))
    assert not (projects.folder(build) / "src/built.txt").exists()


@fault(
    "A build's role that may not read the artifact",
    where=BUILD,
    says="DOWNLOAD_SOURCE…CLIENT_ERROR…is not authorized to perform: s3:GetObject on resource: …source.zip",
    aws=FAILS,
    page=CODEBUILD + "setting-up.html",
)
def test_a_source_that_the_role_may_not_read(account: Account, projects: Projects, fault: Fault):
    role = build_role(account, {"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    projects.make(buildspec("true"), {"a": "b"}, serviceRole=role)
    fault.is_named_in(told_by(projects, projects.run()))


@fault(
    "A build's role that may not write its log",
    where=BUILD,
    says="ACCESS_DENIED…does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build"
    "…is not authorized to perform: logs:CreateLogStream on resource: …log-group:/aws/codebuild/build",
    aws=FAILS,
    page=CODEBUILD + "setting-up.html",
)
def test_a_log_that_the_role_may_not_write(account: Account, projects: Projects, fault: Fault):
    role = build_role(account, {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    projects.make(buildspec("true"), {"a": "b"}, serviceRole=role)
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    fault.is_named_in(told_by(projects, build))


@fault(
    "A build's role that does not trust CodeBuild",
    where=BUILD,
    says="ACCESS_DENIED…CodeBuild is not authorized to perform: sts:AssumeRole on service role …role/job",
    aws=FAILS,
    page=CODEBUILD + "troubleshooting.html",
)
def test_a_role_that_codebuild_may_not_assume(account: Account, projects: Projects, fault: Fault):
    projects.make(buildspec("true"), serviceRole=account.job_role)
    fault.is_named_in(told_by(projects, projects.run()))


@fault(
    "An asset that is missing when it is published",
    where="Assets, FileAsset1",
    says="COMMAND_EXECUTION_ERROR…cdk-assets…asset.gone.py",
    aws="runs the CDK's own asset tool, which finds no file to publish; the build fails",
    page=CDK + "assets.html",
)
def test_an_asset_that_is_missing(account: Account, projects: Projects, fault: Fault):
    bucket = f"cdk-hnb659fds-assets-{account.id}-us-east-1"
    account.s3.create_bucket(Bucket=bucket)
    destination = {"bucketName": bucket, "objectKey": "gone.py", "region": "us-east-1"}
    asset = {"source": {"path": "asset.gone.py", "packaging": "file"}, "destinations": {"here": destination}}
    manifest = {"version": "38.0.0", "files": {"gone": asset}, "dockerImages": {}}
    command = "cdk-assets --path Stack.assets.json --verbose publish gone:here"
    projects.make(buildspec("npm install -g cdk-assets@4.7.3", command), {"Stack.assets.json": json.dumps(manifest)})
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    fault.is_named_in(told_by(projects, build))


def build_role(account: Account, *statements: dict[str, Any]) -> str:
    trusting = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}
    return account.make_role("narrow", *statements, trust={"Version": "2012-10-17", "Statement": [trusting]})
