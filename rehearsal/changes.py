"""What an approval would let the pipeline change: the stage's templates against the stacks that are deployed.

It compares templates instead of making change sets: a change set of a stack that does not exist yet would leave an
empty stack behind, and the pipeline would find it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.assembly import Environment
from rehearsal.template_changes import StackChanges, compare

Clients = Callable[[str, str, str], Any]
"""Gives a client for a service, an account and a Region."""


def changes_of_stage(
    clients: Clients, where: Environment, pipeline: str, execution: str, stage: str
) -> list[StackChanges]:
    """Find what the deployments of a stage would change.

    Parameters
    ----------
    clients
        Gives the clients of each account's administrator.
    where
        Where the pipeline is.
    pipeline, execution, stage
        Names: the pipeline, its execution, the stage.

    Returns
    -------
    list of StackChanges
        In the order of the stage's actions.

    Raises
    ------
    botocore.exceptions.ClientError
        If a template cannot be read.
    """
    codepipeline = clients("codepipeline", where.account, where.region)
    declared = codepipeline.get_pipeline(name=pipeline)["pipeline"]
    actions = next(each["actions"] for each in declared["stages"] if each["name"] == stage)
    read = _Artifacts(clients, where, pipeline, execution)
    found: dict[str, StackChanges] = {}
    for action in sorted(actions, key=lambda each: each.get("runOrder", 1)):
        given = action.get("configuration", {})
        if action["actionTypeId"]["provider"] != "CloudFormation" or not given.get("TemplatePath"):
            continue
        account = (action.get("roleArn") or given.get("RoleArn") or f"::::{where.account}").split(":")[4]
        target = Environment(account, action.get("region") or where.region)
        wanted = json.loads(read.file(given["TemplatePath"]))
        stack = given["StackName"]
        found[stack] = compare(stack, str(target).removeprefix("aws://"), _deployed(clients, target, stack), wanted)
    return list(found.values())


class _Artifacts:
    """Files of the artifacts of an execution, each artifact read once."""

    def __init__(self, clients: Clients, where: Environment, pipeline: str, execution: str) -> None:
        self._s3 = clients("s3", where.account, where.region)
        pages = clients("codepipeline", where.account, where.region).get_paginator("list_action_executions")
        self._places: dict[str, dict[str, str]] = {}
        for page in pages.paginate(pipelineName=pipeline, filter={"pipelineExecutionId": execution}):
            for detail in page["actionExecutionDetails"]:
                for artifact in detail["output"].get("outputArtifacts", []):
                    self._places.setdefault(artifact["name"], artifact["s3location"])
        self._read: dict[str, zipfile.ZipFile] = {}

    def file(self, path: str) -> bytes:
        """Return a file, named ``Artifact::path``."""
        artifact, _, name = path.partition("::")
        if artifact not in self._read:
            place = self._places[artifact]
            body = self._s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
            self._read[artifact] = zipfile.ZipFile(io.BytesIO(body))
        return self._read[artifact].read(name)


def _deployed(clients: Clients, target: Environment, stack: str) -> dict[str, Any] | None:
    """Return the template that a stack was deployed with, or None if it was not."""
    cloudformation = clients("cloudformation", target.account, target.region)
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if status in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
            return None
        template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    return dict(template) if isinstance(template, dict) else dict(json.loads(template))
