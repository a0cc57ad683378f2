"""A build runs its buildspec: phases, variables, role, artifacts, reports, and how it ends."""

from __future__ import annotations

import io
import json
import sys
import time
import zipfile
from typing import Any

import pytest

from rehearsal.cloud.codebuild import tools
from tests.rehearsal.acting import Account
from tests.rehearsal.building import Projects, buildspec, failure, phase
from tests.rehearsal.processes import left_of

SLEEPS = "sleep 600 & echo $! > a.pid; echo $$ > b.pid; sleep 600"


def started(projects: Projects, build: dict[str, Any]) -> list[int]:
    """The processes that SLEEPS started."""
    return [int(path.read_text() or 0) for path in projects.folder(build).glob("src/*.pid")]


@pytest.fixture
def projects(account: Account) -> Projects:
    return Projects(account)


def kept_in(account: Account, key: str) -> dict[str, str]:
    body = account.s3.get_object(Bucket=account.bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_phases_run_in_one_shell_and_the_log_is_in_cloudwatch(account: Account, projects: Projects):
    spec = {
        "version": "0.2",
        "env": {"variables": {"A": "spec"}, "exported-variables": ["TOLD"]},
        "phases": {
            "install": {"commands": ["mkdir deep", "cd deep", "export TOLD=one"]},
            "pre_build": {"commands": ["pwd > here.txt"]},
            "build": {"commands": ["export TOLD=$TOLD-two", 'echo "A=$A B=$B"\necho several lines']},
            "post_build": {"commands": ["echo last"], "finally": ["echo in the end"]},
        },
    }
    projects.make(json.dumps(spec), environment={"environmentVariables": [{"name": "A", "value": "project"}]})
    build = projects.run(environmentVariablesOverride=[{"name": "B", "value": "call"}])
    assert build["buildStatus"] == "SUCCEEDED", projects.log(build)
    assert build["exportedEnvironmentVariables"] == [{"name": "TOLD", "value": "one-two"}]
    assert (projects.folder(build) / "src/deep/here.txt").read_text().strip().endswith("/deep")
    printed = [
        event["message"]
        for event in account.client("logs").get_log_events(
            logGroupName="/aws/codebuild/build", logStreamName=build["logs"]["streamName"]
        )["events"]
    ]
    assert [line for line in printed if not line.startswith("[Container]")] == [
        "echo several lines",  # of the command, which the log shows before it runs
        "A=project B=call",
        "several lines",
        "last",
        "in the end",
    ]
    assert [each["phaseType"] for each in build["phases"]][-3:] == ["UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"]


def test_a_build_acts_as_its_projects_role_with_nothing_of_the_developers(account: Account, projects: Projects):
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    projects.make(buildspec(f'python -c "{code}"', "env | sort"))
    build = projects.run()
    log = projects.log(build)
    assert f"arn:aws:sts::{account.id}:assumed-role/build/AWSCodeBuild-" in log, log
    assert f"HOME={projects.folder(build)}/home" in log


def test_a_source_in_s3_and_an_artifact(account: Account, projects: Projects):
    target = {"type": "S3", "location": account.bucket, "packaging": "ZIP", "path": "out", "name": "made.zip"}
    artifacts = {"base-directory": "dist", "files": ["**/*"], "exclude-paths": ["**/*.tmp"]}
    spec = {
        "version": "0.2",
        "phases": {"build": {"commands": ["mkdir -p dist/sub", "cp a.txt dist/sub/b.txt", "touch dist/x.tmp"]}},
        "artifacts": artifacts,
    }
    projects.make("ci/spec.yaml", {"a.txt": "hello", "ci/spec.yaml": json.dumps(spec)}, artifacts=target)
    build = projects.run()
    assert build["buildStatus"] == "SUCCEEDED", projects.log(build)
    assert kept_in(account, "out/made.zip") == {"sub/b.txt": "hello"}


def test_a_failing_build_goes_on_to_post_build_and_names_the_command(projects: Projects):
    spec = {
        "version": "0.2",
        "phases": {
            "build": {"commands": ["echo before", "exit 3", "echo never"], "finally": ["echo tidied"]},
            "post_build": {"commands": ["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]},
        },
    }
    projects.make(json.dumps(spec))
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    said = "Error while executing command: exit 3. Reason: exit status 3"
    assert failure(build) == ("BUILD", "COMMAND_EXECUTION_ERROR", said)
    printed = [line for line in projects.log(build).splitlines() if not line.startswith("[Container]")]
    assert printed == ["before", "tidied", "succeeding=0"]


def test_a_failing_install_ends_the_build(projects: Projects):
    phases = {"install": {"commands": ["false"]}, "build": {"commands": ["echo built"]}}
    projects.make(json.dumps({"version": "0.2", "phases": phases}))
    build = projects.run()
    assert failure(build)[0] == "INSTALL"
    assert "BUILD" not in [each["phaseType"] for each in build["phases"]]


def test_a_build_that_takes_too_long_is_ended_with_all_that_it_started(projects: Projects):
    projects.make(buildspec(SLEEPS), timeoutInMinutes=5)  # the least that CodeBuild takes
    build = projects.run()
    assert build["buildStatus"] == "TIMED_OUT"
    assert failure(build)[1] == "BUILD_TIMED_OUT"
    assert left_of(started(projects, build)) == []


def test_a_stopped_build_ends_at_once(projects: Projects):
    projects.make(buildspec(SLEEPS), timeoutInMinutes=480)
    id_ = projects.start()
    deadline = time.monotonic() + 10
    while len(started(projects, {"id": id_})) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    projects.codebuild.stop_build(id=id_)
    build = projects.wait(id_)
    assert build["buildStatus"] == "STOPPED"
    assert left_of(started(projects, build)) == []


def test_parameters_and_secrets_are_read_as_the_role(account: Account, projects: Projects):
    account.client("ssm").put_parameter(Name="/p", Value="from ssm", Type="SecureString")
    account.client("secretsmanager").create_secret(Name="s", SecretString='{"k": "from a secret"}')
    variables = [
        {"name": "P", "value": "/p", "type": "PARAMETER_STORE"},
        {"name": "S", "value": "s:k", "type": "SECRETS_MANAGER"},
    ]
    projects.make(buildspec('echo "$P, $S"'), environment={"environmentVariables": variables})
    build = projects.run()
    assert "from ssm, from a secret" in projects.log(build)


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ('{"version": "0.1"}', "YAML_FILE_ERROR", "version 0.2"),
        ('{"version": "0.2", "batch": {}, "phases": {}}', "YAML_FILE_ERROR", "does not know batch"),
        (buildspec("true", env={"git-credential-helper": "yes"}), "YAML_FILE_ERROR", "know git-credential-helper"),
    ],
)
def test_what_cannot_be_done_is_said(account: Account, projects: Projects, spec: str, code: str, words: str):
    target = {"type": "S3", "location": account.bucket, "packaging": "ZIP", "name": "made.zip"}
    projects.make(spec, {"a": "b"}, artifacts=target)
    build = projects.run()
    assert build["buildStatus"] == "FAILED"
    assert failure(build)[1] == code
    assert words in failure(build)[2]


def test_pinned_tools_are_linked_and_others_refused(projects: Projects):
    projects.make(buildspec("npm install -g cdk-assets@4.7.3", "cdk-assets --version"))
    build = projects.run()
    assert build["buildStatus"] == "SUCCEEDED", projects.log(build)
    assert "4.7.3" in projects.log(build)
    build = projects.run(buildspecOverride=buildspec("npm install -g aws-cdk@1.0.0"))
    assert build["buildStatus"] == "FAILED"
    assert "aws-cdk@1.0.0 is asked for and aws-cdk@" in projects.log(build)


def test_runtime_versions_are_compared_not_installed(projects: Projects):
    install = {"runtime-versions": {"python": "3.8"}}
    projects.make(json.dumps({"version": "0.2", "phases": {"install": install, "build": {"commands": ["true"]}}}))
    build = projects.run()
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"python 3.8 is asked for; the rehearsal's is {here}" in projects.log(build)
    ruby = {"install": {"runtime-versions": {"ruby": "3.2"}}}
    build = projects.run(buildspecOverride=json.dumps({"version": "0.2", "phases": ruby}))
    assert failure(build)[0] == "INSTALL"
    assert "ruby 3.2" in failure(build)[2]


def test_a_command_that_is_left_out_is_said_to_be(projects: Projects):
    projects.make(buildspec("make skipped WITH=arguments", "echo go on"))
    build = projects.run()
    assert "rehearsal: skipped in this rehearsal: make skipped WITH=arguments" in projects.log(build)
    assert build["buildStatus"] == "SUCCEEDED"


def test_a_source_with_other_packages_is_refused(projects: Projects):
    projects.make(buildspec("true"), {"requirements.txt": "left-pad==1.0\n"})
    build = projects.run()
    assert failure(build)[0] == "DOWNLOAD_SOURCE"
    assert "requirements.txt of the source differs" in failure(build)[2]


def test_builds_are_listed_the_newest_first(projects: Projects):
    projects.make(buildspec("true"))
    first, second = projects.run()["id"], projects.run()["id"]
    assert projects.codebuild.list_builds_for_project(projectName="build")["ids"] == [second, first]
    told = projects.codebuild.batch_get_builds(ids=[first, "build:none"])
    assert (told["builds"][0]["buildNumber"], told["buildsNotFound"]) == (1, ["build:none"])
    assert phase(told["builds"][0], "BUILD")["phaseStatus"] == "SUCCEEDED"


def test_without_a_docker_daemon_the_images_tests_run_without_the_image(monkeypatch):
    monkeypatch.setattr(tools, "docker_runs", lambda: False)
    taken, why = tools.instead("make test-glue-image REPORTS=out", ())
    assert taken is not None
    assert taken.startswith("env -u AWS_ENDPOINT_URL "), "a container would not have the build's variables"
    assert taken.endswith(" make test-jobs REPORTS=out")
    assert "there is no Docker daemon" in why
    monkeypatch.setattr(tools, "docker_runs", lambda: True)
    assert tools.instead("make test-glue-image REPORTS=out", ()) == ("make test-glue-image REPORTS=out", "")
