"""Reads a cloud assembly: the pipeline, its stages in order, and where each of them goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.errors import AssemblyError


@dataclass(frozen=True, order=True)
class Environment:
    """An account and Region.

    Parameters
    ----------
    account
        Twelve digits.
    region
        For example ``us-east-1``.
    """

    account: str
    region: str

    def __str__(self) -> str:
        """Return the environment as the CDK writes it."""
        return f"aws://{self.account}/{self.region}"


@dataclass(frozen=True)
class StackArtifact:
    """A stack of a stage.

    Parameters
    ----------
    path
        Its path in the CDK app: ``PipelineStack/DeployDev/DataLake``.
    name
        Its name in CloudFormation: ``DeployDev-DataLake``.
    environment
        Where it goes.
    template
        The file of its template.
    """

    path: str
    name: str
    environment: Environment
    template: Path

    def read_template(self) -> dict[str, Any]:
        """Return its template."""
        return _read(self.template)


@dataclass(frozen=True)
class PipelineStage:
    """A stage that the pipeline deploys.

    Parameters
    ----------
    name
        The pipeline's name of it: ``DeployDev``.
    stacks
        Its stacks.
    tested
        Whether it ends with an integration test.
    """

    name: str
    stacks: tuple[StackArtifact, ...]
    tested: bool

    @property
    def environment(self) -> Environment:
        """Where the stage goes; it goes to one account and Region."""
        return self.stacks[0].environment


@dataclass(frozen=True)
class Source:
    """A repository that must exist before the pipeline does.

    Parameters
    ----------
    repository
        Its name in CodeCommit, or ``owner/name`` on another git host.
    branch
        The branch that the pipeline builds.
    hosted
        Whether it is on another git host than CodeCommit.
    """

    repository: str
    branch: str
    hosted: bool


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly with a pipeline in it.

    Parameters
    ----------
    folder
        Where it is.
    pipeline
        The stack that holds the pipeline.
    stages
        The stages that it deploys, in its order.
    sources
        Repositories that it reads and does not make.
    """

    folder: Path
    pipeline: StackArtifact
    stages: tuple[PipelineStage, ...]
    sources: tuple[Source, ...] = ()

    @property
    def environments(self) -> list[Environment]:
        """Every environment that something is deployed to, the pipeline's first."""
        stacks = [self.pipeline, *(stack for stage in self.stages for stack in stage.stacks)]
        return list(dict.fromkeys(stack.environment for stack in stacks))


def read_assembly(folder: Path) -> Assembly:
    """Read a cloud assembly.

    Parameters
    ----------
    folder
        The CDK's output.

    Returns
    -------
    Assembly
        The pipeline and its stages.

    Raises
    ------
    AssemblyError
        If there is no stack with a pipeline, or no stage in it.
    """
    manifest = _read(folder / "manifest.json")
    for stack, template in _stacks(folder, manifest):
        declared = _pipeline_of(template)
        if declared is None:
            continue
        nested = _nested(folder, manifest)
        stages = tuple(
            _stage(pipeline_stage, nested[pipeline_stage["Name"]])
            for pipeline_stage in declared["Stages"]
            if pipeline_stage["Name"] in nested
        )
        if not stages:
            raise AssemblyError(f"{stack.path} in {folder} deploys no stage")
        return Assembly(folder, stack, stages, tuple(_sources(declared)))
    raise AssemblyError(f"no stack in {folder} holds a pipeline (AWS::CodePipeline::Pipeline)")


def _stage(declared: dict[str, Any], stacks: tuple[StackArtifact, ...]) -> PipelineStage:
    tested = any(action["ActionTypeId"]["Category"] == "Build" for action in declared["Actions"])
    return PipelineStage(declared["Name"], stacks, tested)


def _sources(declared: dict[str, Any]) -> Iterator[Source]:
    for action in declared["Stages"][0]["Actions"]:
        given = action.get("Configuration", {})
        hosted = "FullRepositoryId" in given
        name = given.get("FullRepositoryId") or given.get("RepositoryName")
        if isinstance(name, str):  # else it refers to a repository that the stack makes
            yield Source(name, str(given.get("BranchName", "main")), hosted)


def _nested(folder: Path, manifest: dict[str, Any]) -> dict[str, tuple[StackArtifact, ...]]:
    found = {}
    for artifact in manifest["artifacts"].values():
        if artifact["type"] != "cdk:cloud-assembly":
            continue
        inner = folder / artifact["properties"]["directoryName"]
        stacks = tuple(stack for stack, _ in _stacks(inner, _read(inner / "manifest.json")))
        if stacks:
            found[stacks[0].path.split("/")[-2]] = stacks
    return found


def _stacks(folder: Path, manifest: dict[str, Any]) -> list[tuple[StackArtifact, dict[str, Any]]]:
    found = []
    for name, artifact in manifest["artifacts"].items():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        account, region = artifact["environment"].removeprefix("aws://").split("/")
        if account.startswith("unknown-") or region.startswith("unknown-"):
            raise AssemblyError(f"stack {name} names no account and Region; a rehearsal needs both")
        properties = artifact["properties"]
        stack = StackArtifact(
            artifact.get("displayName", name),
            properties.get("stackName", name),
            Environment(account, region),
            folder / properties["templateFile"],
        )
        found.append((stack, stack.read_template()))
    return found


def _pipeline_of(template: dict[str, Any]) -> dict[str, Any] | None:
    for resource in template.get("Resources", {}).values():
        if resource["Type"] == "AWS::CodePipeline::Pipeline":
            properties: dict[str, Any] = resource["Properties"]
            return properties
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise AssemblyError(f"{path} is missing: is this the output of cdk synth?") from error
    return content
