"""What a shell in the local cloud is greeted with: commands that work there, with the names of what is deployed."""

from __future__ import annotations

import textwrap
from typing import Any

from rehearsal.assembly import Assembly, StackArtifact
from rehearsal.git import hosted_folder
from rehearsal.local_cloud import LocalCloud

_APPROVE = """aws codepipeline put-approval-result --pipeline-name {pipeline} \\
    --stage-name {stage} --action-name {action} --result status=Approved,summary=fine \\
    --token $(aws codepipeline get-pipeline-state --name {pipeline} \\
    --query 'stageStates[].actionStates[].latestExecution.token | [0]' --output text)"""


def pipeline_name(cloud: LocalCloud, stack: StackArtifact) -> str:
    """Return the name of the pipeline that a stack holds.

    Parameters
    ----------
    cloud
        Where the stack is deployed.
    stack
        The stack.
    """
    where = stack.environment
    cloudformation = cloud.client("cloudformation", where.account, where.region)
    resources = cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    return str(next(r["PhysicalResourceId"] for r in resources if r["ResourceType"] == "AWS::CodePipeline::Pipeline"))


def greeting(cloud: LocalCloud, assembly: Assembly, page: str) -> str:
    """Return the greeting of a shell.

    Parameters
    ----------
    cloud
        The local cloud.
    assembly
        What is deployed there.
    page
        Address of the page that shows the pipeline.

    Returns
    -------
    str
        Several lines; every command in them works as it stands.
    """
    where, name = assembly.pipeline.environment, pipeline_name(cloud, assembly.pipeline)
    said = [f"This shell works in the local cloud, in account {where.account}: aws, boto3, cdk and git go there."]
    said += [f"Pipeline {name} is deployed and has started. Try:", ""]
    for what, command in commands_to_try(cloud, assembly):
        said += [f"  # {what}", textwrap.indent(command, "  ")]
    last = [f"Watch the pipeline, approve and retry at {page}", "The local cloud ends with this shell."]
    return "\n".join(["", *said, "", *last])


def commands_to_try(cloud: LocalCloud, assembly: Assembly) -> list[tuple[str, str]]:
    """Return what the greeting says to try.

    Parameters
    ----------
    cloud
        The local cloud.
    assembly
        What is deployed there.

    Returns
    -------
    list of tuple
        What a command does, and the command.
    """
    where, name = assembly.pipeline.environment, pipeline_name(cloud, assembly.pipeline)
    api = cloud.client("codepipeline", where.account, where.region)
    stages = api.get_pipeline(name=name)["pipeline"]["stages"]
    query = "stageStates[].[stageName,latestExecution.status]"
    tried = [
        ("how far it is", f"aws codepipeline get-pipeline-state --name {name} --query '{query}' --output table"),
        ("change a file, commit, push: it runs by itself", f"git clone {_address(cloud, assembly, stages)} clone"),
    ]
    for stage in stages:
        for action in _approvals(stage):
            approve = _APPROVE.format(pipeline=name, stage=stage["name"], action=action)
            tried.append((f"approve {stage['name']}, when it waits", approve))
    first = assembly.stages[0].name
    jobs = "--query 'Jobs[].Name' --output text"
    tried.append((f"what {first} has deployed to its own account", f"aws --profile {first} glue get-jobs {jobs}"))
    return tried


def _address(cloud: LocalCloud, assembly: Assembly, stages: list[dict[str, Any]]) -> str:
    """Return what git clones the pipeline's source from."""
    given = stages[0]["actions"][0]["configuration"]
    if "FullRepositoryId" in given:
        return str(hosted_folder(cloud.repositories, given["FullRepositoryId"]))
    return codecommit_address(assembly.pipeline.environment.region) + str(given["RepositoryName"])


def codecommit_address(region: str) -> str:
    """Return the address below which a Region's CodeCommit has its repositories."""
    return f"https://git-codecommit.{region}.amazonaws.com/v1/repos/"


def _approvals(stage: dict[str, Any]) -> list[str]:
    return [each["name"] for each in stage["actions"] if each["actionTypeId"]["category"] == "Approval"]
