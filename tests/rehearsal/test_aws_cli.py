"""The AWS command line, as it is installed from PyPI, drives a pipeline in the environment of the rehearsal's shell."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal.assembly import Assembly, Environment, PipelineStage, StackArtifact
from rehearsal.greeting import commands_to_try, greeting
from rehearsal.shell import environment_in
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.piping import Piping, action, with_capitals

Aws = Callable[..., Any]


@pytest.fixture
def environment(account: Account) -> dict[str, str]:
    where = Environment(account.id, REGION)
    return environment_in(ROOT, account.cloud, where, {"DeployDev": where})


@pytest.fixture
def aws(environment: dict[str, str], tmp_path: Path) -> Aws:
    """Run an AWS command; returns what it prints, parsed where it is JSON."""

    def run(command: str, *arguments: str) -> Any:
        ended = subprocess.run(
            ["aws", *command.split(), *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, f"aws {command}: {ended.stderr}"
        try:
            return json.loads(ended.stdout)
        except json.JSONDecodeError:
            return ended.stdout

    return run


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account)


def state_of(aws: Aws, stage: str) -> dict[str, Any]:
    states = aws("codepipeline get-pipeline-state --name p")["stageStates"]
    return next(each for each in states if each["stageName"] == stage)


def test_an_execution_is_driven_from_its_start_to_its_end(account: Account, piping: Piping, aws: Aws, tmp_path: Path):
    marker = tmp_path / "mended"
    piping.project("make", f"echo look here && test -e {marker}")
    make = action("CodeBuild", "Make", inputs=["Src"], ProjectName="make")
    deploy = action(
        "CloudFormation",
        "Deploy",
        2,
        inputs=["Src"],
        ActionMode="CREATE_UPDATE",
        StackName="deployed",
        TemplatePath="Src::template.json",
        RoleArn=piping.deployer,
    )
    assert piping.wait(piping.create(Build=[make], Deploy=[action("Manual", "Ask"), deploy])) == "Failed"

    assert aws("sts get-caller-identity")["Account"] == account.id
    head = aws("codecommit get-branch --repository-name code --branch-name main")["branch"]["commitId"]
    execution = aws("codepipeline start-pipeline-execution --name p")["pipelineExecutionId"]
    assert piping.wait(execution) == "Failed"
    assert state_of(aws, "Build")["latestExecution"] == {"pipelineExecutionId": execution, "status": "Failed"}
    listed = aws("codepipeline list-pipeline-executions --pipeline-name p")["pipelineExecutionSummaries"]
    assert [each["trigger"]["triggerType"] for each in listed] == ["StartPipelineExecution", "CreatePipeline"]
    assert listed[0]["sourceRevisions"][0]["revisionId"] == head
    narrowed = f"--pipeline-name p --filter pipelineExecutionId={execution}"
    failed = aws(f"codepipeline list-action-executions {narrowed}")["actionExecutionDetails"][0]
    assert failed["actionName"] == "Make"
    assert failed["status"] == "Failed"
    build = aws("codebuild batch-get-builds --ids", failed["output"]["executionResult"]["externalExecutionId"])[
        "builds"
    ][0]
    assert build["buildStatus"] == "FAILED"
    logs = f"--log-group-name {build['logs']['groupName']} --log-stream-name {build['logs']['streamName']}"
    assert "look here" in [each["message"] for each in aws(f"logs get-log-events {logs}")["events"]]
    said = aws("logs filter-log-events --log-group-name /aws/codebuild/make --query events[].message --output text")
    assert "exit status 1" in said

    marker.touch()
    way = "--pipeline-name p --stage-name Deploy --transition-type Inbound"
    aws(f"codepipeline disable-stage-transition {way} --reason lunch")
    which = f"--pipeline-name p --stage-name Build --pipeline-execution-id {execution}"
    aws(f"codepipeline retry-stage-execution {which} --retry-mode FAILED_ACTIONS")
    piping.until(lambda: piping.stage("Deploy").get("inboundExecution"), "the execution to wait")
    assert state_of(aws, "Deploy")["inboundTransitionState"]["disabledReason"] == "lunch"
    aws(f"codepipeline enable-stage-transition {way}")
    piping.token("Deploy", "Ask")
    token = state_of(aws, "Deploy")["actionStates"][0]["latestExecution"]["token"]
    asked = f"--pipeline-name p --stage-name Deploy --action-name Ask --token {token}"
    aws(f"codepipeline put-approval-result {asked} --result status=Approved,summary=fine")
    assert piping.wait(execution) == "Succeeded"
    one = f"--pipeline-name p --pipeline-execution-id {execution}"
    assert aws(f"codepipeline get-pipeline-execution {one}")["pipelineExecution"]["trigger"]["triggerDetail"]
    events = aws("cloudformation describe-stack-events --stack-name deployed")["StackEvents"]
    assert (events[0]["LogicalResourceId"], events[0]["ResourceStatus"]) == ("deployed", "CREATE_COMPLETE")
    assert aws("cloudformation describe-stacks --stack-name deployed")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_an_execution_is_stopped(piping: Piping, aws: Aws):
    execution = piping.create(Ask=[action("Manual", "Ask")])
    piping.token("Ask", "Ask")
    one = f"--pipeline-name p --pipeline-execution-id {execution}"
    assert aws(f"codepipeline stop-pipeline-execution {one} --abandon --reason lunch") == {
        "pipelineExecutionId": execution
    }
    assert piping.wait(execution) == "Stopped"


def test_job_runs_and_objects_are_looked_at(account: Account, aws: Aws, tmp_path: Path):
    account.make_job("job", "print('from the job')")
    run = account.run("job")
    told = aws("glue get-job-runs --job-name job")["JobRuns"][0]
    assert (told["Id"], told["JobRunState"]) == (run["Id"], "SUCCEEDED")
    stream = f"--log-group-name /aws-glue/jobs/output --log-stream-name {run['Id']}"
    assert [each["message"] for each in aws(f"logs get-log-events {stream}")["events"]] == ["from the job"]
    (tmp_path / "a.txt").write_text("one")
    aws(f"s3 cp a.txt s3://{account.bucket}/deep/b.txt")
    assert "b.txt" in aws(f"s3 ls s3://{account.bucket}/deep/")
    aws(f"s3 cp s3://{account.bucket}/deep/b.txt c.txt")
    assert (tmp_path / "c.txt").read_text() == "one"
    assert aws("--profile DeployDev glue get-jobs --query Jobs[].Name") == ["job"]


def test_every_command_of_the_greeting_works(account: Account, environment: dict[str, str], tmp_path: Path):
    account.make_job("dev-Job", "print()")
    piping = Piping(account)
    properties = with_capitals(piping.declaration(DeployProd=[action("Manual", "Approve-prod")]))
    account.deploy("PipelineStack", {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}})
    piping.token("DeployProd", "Approve-prod")
    stack = StackArtifact("PipelineStack", "PipelineStack", Environment(account.id, REGION), tmp_path)
    assembly = Assembly(tmp_path, stack, (PipelineStage("DeployDev", (stack,), tested=True),))
    tried = commands_to_try(account.cloud, assembly)
    said = {}
    for what, command in tried:
        ended = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, f"{command}: {ended.stderr}"
        assert all(line in greeting(account.cloud, assembly, "") for line in command.splitlines())
        said[what] = ended.stdout
    assert "DeployProd" in said["how far it is"]
    assert (tmp_path / "clone/a.txt").exists()
    assert piping.wait(piping.executions()[0]["pipelineExecutionId"]) == "Succeeded", "the greeting's approval counted"
    assert said["what DeployDev has deployed to its own account"].strip() == "dev-Job"
