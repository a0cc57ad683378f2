"""A cloud assembly written by hand: a pipeline with a job in each stage, so that no app needs to be synthesized."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ACCOUNT = "300000000001"
SCRIPT_BUCKET = "awsglue-datasets"  # any object that exists may be a script
GOOD = "print('done')"


def write_assembly(folder: Path, scripts: dict[str, str]) -> Path:
    """Write the assembly.

    Parameters
    ----------
    folder
        Where to write it.
    scripts
        The key of each stage's script in the data, by the stage's word.
    """
    declared = [
        {"Name": "Source", "Actions": [_action("Read", "Source", "CodeCommit", RepositoryName="r", BranchName="b")]}
    ]
    artifacts = {"PipelineStack": _stack("PipelineStack", "PipelineStack")}
    for word, key in scripts.items():
        stage = f"Deploy{word.capitalize()}"
        actions = [_action("Jobs.Deploy", "Deploy", "CloudFormation", ActionMode="CREATE_UPDATE", StackName="s")]
        if word == "prod":
            actions.insert(0, _action("Approve-prod", "Approval", "Manual"))
        declared.append({"Name": stage, "Actions": actions})
        nested = f"assembly-PipelineStack-{stage}"
        artifacts[nested] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": nested}}
        name = f"PipelineStack{stage}Jobs"
        inner = {name: _stack(name, f"PipelineStack/{stage}/Jobs", f"{stage}-Jobs")}
        _write(folder / nested, inner, {name: _jobs(word, stage, key)})
    properties = {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "ArtifactStore": {"Type": "S3", "Location": "artifacts"},
        "Stages": declared,
    }
    resources = {
        "Role": _role("codepipeline.amazonaws.com"),
        "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties},
    }
    _write(folder, artifacts, {"PipelineStack": {"Resources": resources}})
    return folder


def _jobs(word: str, stage: str, key: str) -> dict[str, Any]:
    properties = {
        "Name": f"{word}-Job",
        "Role": {"Ref": "Role"},
        "Command": {"Name": "pythonshell", "ScriptLocation": f"s3://{SCRIPT_BUCKET}/{key}"},
        "DefaultArguments": {"--stage": word},
        "Tags": {"stage": stage},
    }
    return {
        "Resources": {"Role": _role("glue.amazonaws.com"), "Job": {"Type": "AWS::Glue::Job", "Properties": properties}}
    }


def _role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{SCRIPT_BUCKET}/*"}
    log = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    policy = {"PolicyName": "run", "PolicyDocument": {"Version": "2012-10-17", "Statement": [read, log]}}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, "Policies": [policy]}}


def _action(name: str, category: str, provider: str, **configuration: str) -> dict[str, Any]:
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": name, "RunOrder": 1, "ActionTypeId": kind, "Configuration": configuration}


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
