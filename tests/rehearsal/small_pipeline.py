"""A pipeline written by hand, with a job in each stage, and the checkout that it deploys: nothing is synthesized."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.rehearsal.conftest import ROOT

ACCOUNT = "300000000001"
REPOSITORY = "small"
SCRIPT_BUCKET = "awsglue-datasets"  # any object that exists may be a script
GOOD = "print('done')"

RUN_THE_JOB = """
import sys, time
import boto3
glue = boto3.client("glue")
run = glue.start_job_run(JobName=sys.argv[1])["JobRunId"]
while True:
    found = glue.get_job_run(JobName=sys.argv[1], RunId=run)["JobRun"]
    if found["JobRunState"] in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"):
        break
    time.sleep(0.1)
if found["JobRunState"] != "SUCCEEDED":
    sys.exit(f"{sys.argv[1]} {found['JobRunState']}: {found.get('ErrorMessage')}")
"""


def write_checkout(folder: Path, scripts: dict[str, str]) -> Path:
    """Write a checkout: a template for each stage, what tests the first, and the tools that a rehearsal finds in it.

    Parameters
    ----------
    folder
        Where to write it.
    scripts
        The key of each stage's script in the data, by the stage's word.
    """
    folder.mkdir()
    for word, key in scripts.items():
        (folder / f"{word}.json").write_text(json.dumps(_jobs(word, key)))
    (folder / "run_the_job.py").write_text(RUN_THE_JOB)
    (folder / ".gitignore").write_text("node_modules\n")
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def write_assembly(folder: Path, scripts: dict[str, str]) -> Path:
    """Write the assembly that the checkout's synthesis would give.

    Parameters
    ----------
    folder, scripts
        As for the checkout.
    """
    read = _action("Read", "Source", "CodeCommit", RepositoryName=REPOSITORY, BranchName="main")
    declared = [{"Name": "Source", "Actions": [read | {"OutputArtifacts": [{"Name": "Checkout"}]}]}]
    artifacts = {"PipelineStack": _stack("PipelineStack", "PipelineStack")}
    for word in scripts:
        stage = f"Deploy{word.capitalize()}"
        declared.append({"Name": stage, "Actions": _actions(word, stage)})
        nested = f"assembly-PipelineStack-{stage}"
        artifacts[nested] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": nested}}
        name = f"PipelineStack{stage}Jobs"
        _write(folder / nested, {name: _stack(name, f"PipelineStack/{stage}/Jobs", f"{stage}-Jobs")}, {name: {}})
    _write(folder, artifacts, {"PipelineStack": {"Resources": _pipeline(declared)}})
    return folder


def _pipeline(stages: list[dict[str, Any]]) -> dict[str, Any]:
    test = {
        "Name": "test",
        "ServiceRole": {"Fn::GetAtt": ["BuildRole", "Arn"]},
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/standard:7.0",
        },
        "Source": {
            "Type": "CODEPIPELINE",
            "BuildSpec": json.dumps(
                {"version": "0.2", "phases": {"build": {"commands": ["python run_the_job.py dev-Job"]}}}
            ),
        },
    }
    pipeline = {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Artifacts"}},
        "Stages": stages,
    }
    return {
        "Role": _role("codepipeline.amazonaws.com"),
        "DeployRole": _role("cloudformation.amazonaws.com"),
        "BuildRole": _role("codebuild.amazonaws.com"),
        "Artifacts": {"Type": "AWS::S3::Bucket"},
        "Test": {"Type": "AWS::CodeBuild::Project", "Properties": test},
        "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": pipeline},
    }


def _actions(word: str, stage: str) -> list[dict[str, Any]]:
    deploy = _action(
        "Jobs.Deploy",
        "Deploy",
        "CloudFormation",
        2,
        ActionMode="CREATE_UPDATE",
        StackName=f"{stage}-Jobs",
        TemplatePath=f"Checkout::{word}.json",
        Capabilities="CAPABILITY_NAMED_IAM",
        RoleArn={"Fn::GetAtt": ["DeployRole", "Arn"]},
    )
    checkout = {"InputArtifacts": [{"Name": "Checkout"}]}
    if word == "prod":
        return [_action("Approve-prod", "Approval", "Manual"), deploy | checkout]
    test = _action("IntegrationTest-dev", "Build", "CodeBuild", 3, ProjectName={"Ref": "Test"})
    return [deploy | checkout, test | checkout]


def _jobs(word: str, key: str) -> dict[str, Any]:
    properties = {
        "Name": f"{word}-Job",
        "Role": {"Ref": "Role"},
        "Command": {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPT_BUCKET}/{key}"},
        "DefaultArguments": {"--stage": word},
        "Tags": {"stage": f"Deploy{word.capitalize()}"},
    }
    return {
        "Resources": {"Role": _role("glue.amazonaws.com"), "Job": {"Type": "AWS::Glue::Job", "Properties": properties}}
    }


def _role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"PolicyName": "run", "PolicyDocument": {"Version": "2012-10-17", "Statement": [everything]}}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "Policies": [policy]}}


def _action(name: str, category: str, provider: str, order: int = 1, **configuration: Any) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "RunOrder": order, "ActionTypeId": kind, "Configuration": configuration}


def _stack(artifact: str, path: str, name: str = "") -> dict[str, Any]:
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{ACCOUNT}/us-east-1",
        "displayName": path,
        "properties": {"templateFile": f"{artifact}.template.json", "stackName": name or artifact},
    }


def _write(folder: Path, artifacts: dict[str, Any], templates: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"version": "38.0.0", "artifacts": artifacts}))
    for name, template in templates.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
