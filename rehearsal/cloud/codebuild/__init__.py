"""CodeBuild of the local cloud: a build runs its buildspec's commands in a clean folder, as its project's role."""

from __future__ import annotations

from rehearsal.cloud.codebuild import api, report_api
from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.settings import Settings


def install(settings: Settings) -> BuildService:
    """Let moto's CodeBuild run builds.

    Parameters
    ----------
    settings
        Where builds run, and how.

    Returns
    -------
    BuildService
        What must be shut down before the server ends.
    """
    service = BuildService(settings)
    api.install(service)
    report_api.install(service.reports)
    return service
