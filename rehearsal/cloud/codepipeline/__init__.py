"""CodePipeline of the local cloud: an execution really fetches, builds, deploys and waits for approvals."""

from __future__ import annotations

from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codepipeline import api
from rehearsal.cloud.codepipeline.service import PipelineService

_services: list[PipelineService] = []


def install(builds: BuildService) -> PipelineService:
    """Let moto's CodePipeline run pipelines.

    Parameters
    ----------
    builds
        CodeBuild.

    Returns
    -------
    PipelineService
        What must be shut down before the server ends.
    """
    service = PipelineService(builds)
    api.install(service)
    _services[:] = [service]
    return service


def restart(account: str, region: str, name: str) -> None:
    """Start a pipeline because CloudFormation has updated it: its property RestartExecutionOnUpdate."""
    for service in _services:
        service.restart(account, region, name)
