"""Runs the integration test of a stage as its pipeline would: as the role of the test build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rehearsal.assembly import Assembly, PipelineStage
from rehearsal.errors import StepFailedError
from rehearsal.local_cloud import Credentials, LocalCloud
from rehearsal.programs import Programs
from rehearsal.terminal import Step

_POLL_SECONDS = "0.5"
_LINES_OF_AN_ERROR = 40


def run_integration_test(
    step: Step,
    cloud: LocalCloud,
    assembly: Assembly,
    stage: PipelineStage,
    *,
    programs: Programs,
    root: Path,
    log: Path,
) -> str:
    """Run the integration test.

    Parameters
    ----------
    step
        Told the news.
    cloud
        Where the stage is deployed.
    assembly
        Holds the pipeline, whose build project says which role the test starts with.
    stage
        The stage.
    programs
        What starts pytest.
    root
        The repository.
    log
        File that gets pytest's output.

    Returns
    -------
    str
        pytest's own summary.

    Raises
    ------
    StepFailedError
        If a test failed, or there is nothing to test with.
    """
    environment = stage.environment
    arguments = ["--account", environment.account, "--region", environment.region, "--stage-name", stage.name]
    arguments += ["--sts-role-arn", _test_role(cloud, stage)]
    variables = cloud.environment(_build_credentials(cloud, assembly, stage), assembly.pipeline.environment.region)
    variables |= {"INTEG_POLL_SECONDS": _POLL_SECONDS, "PYTEST_ADDOPTS": "-p no:cacheprovider --color=no"}
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        step.note(line)

    command = [sys.executable, "-m", "pytest", "tests/integ", *arguments]
    status = programs.run(command, log=log, environment=variables, folder=root, on_line=hear)
    lines = [line for line in said if line.strip()]
    if status != 0:
        told = "\n".join(_failures(lines))
        raise StepFailedError(f"the integration test failed with exit status {status}:\n{told}\n(all of it: {log})")
    return lines[-1].strip("= ") if lines else ""


def _failures(lines: list[str]) -> list[str]:
    """Return pytest's own account of what failed, or its last lines if it did not come to that."""
    for number, line in enumerate(lines):
        if line.startswith("=") and line.strip("= ") in ("FAILURES", "ERRORS"):
            return [one for one in lines[number + 1 :] if not one.startswith(("===", "FAILED ", "ERROR "))]
    return lines[-_LINES_OF_AN_ERROR:]


def _test_role(cloud: LocalCloud, stage: PipelineStage) -> str:
    stack = stage.stack("IntegrationTest")
    if stack is None:
        raise StepFailedError(f"{stage.name} has an integration test but no stack IntegrationTest with its role")
    cloudformation = cloud.client("cloudformation", stack.environment.account, stack.environment.region)
    outputs = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0].get("Outputs", [])
    for output in outputs:
        if output["OutputKey"] == "TestRoleArn":
            return str(output["OutputValue"])
    raise StepFailedError(f"stack {stack.name} has no output TestRoleArn")


def _build_credentials(cloud: LocalCloud, assembly: Assembly, stage: PipelineStage) -> Credentials:
    """Return what the pipeline's test build would work with: a session of its project's role."""
    where = assembly.pipeline.environment
    cloudformation = cloud.client("cloudformation", where.account, where.region)
    resources = cloudformation.describe_stack_resources(StackName=assembly.pipeline.name)["StackResources"]
    name = next(r["PhysicalResourceId"] for r in resources if r["ResourceType"] == "AWS::CodePipeline::Pipeline")
    pipeline: Any = cloud.client("codepipeline", where.account, where.region).get_pipeline(name=name)["pipeline"]
    actions = next(declared["actions"] for declared in pipeline["stages"] if declared["name"] == stage.name)
    project = next(action["configuration"]["ProjectName"] for action in actions if action["name"] == stage.test)
    codebuild = cloud.client("codebuild", where.account, where.region)
    role = codebuild.batch_get_projects(names=[project])["projects"][0]["serviceRole"]
    return cloud.credentials_of_role(role, where.region, "codebuild.amazonaws.com")
