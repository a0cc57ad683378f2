"""The CodeBuild operations that moto answers without doing them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.utilities.utils import get_partition

from rehearsal.cloud.codebuild.record import Build

if TYPE_CHECKING:
    from rehearsal.cloud.codebuild.service import BuildService

HANDOVER_HEADER = "x-rehearsal-handover"
"""Header by which a pipeline says what it gives to the build that it starts."""

_KEPT = ("secondarySources", "secondaryArtifacts", "secondarySourceVersions", "encryptionKey", "buildBatchConfig")
_NOT_ACTED_ON = ("autoRetryLimit", "fileSystemLocations")
_OVERRIDES = {
    "buildspecOverride": ("source", "buildspec"),
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "serviceRoleOverride": ("serviceRole",),
    "imageOverride": ("environment", "image"),
    "artifactsOverride": ("artifacts",),
    "secondarySourcesOverride": ("secondarySources",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "logsConfigOverride": ("logsConfig",),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "computeTypeOverride": ("environment", "computeType"),
}
_UNDERSTOOD = {"projectName", "environmentVariablesOverride", "sourceVersion", "idempotencyToken", *_OVERRIDES}


def install(service: BuildService) -> None:
    """Put our operations in the place of moto's.

    Parameters
    ----------
    service
        What keeps and runs the builds.
    """
    create = CodeBuildResponse.create_project

    def create_project(self: CodeBuildResponse) -> ActionResult:
        for name in _NOT_ACTED_ON:
            if self._get_param(name):
                raise InvalidInputException(f"The rehearsal's builds have no {name}")
        made = create(self)
        project = self.codebuild_backend.codebuild_projects[self._get_param("name")].project_metadata
        project.update({name: self._get_param(name) for name in _KEPT if self._get_param(name)})
        return made

    def start_build(self: CodeBuildResponse) -> ActionResult:
        build = service.start(
            self.current_account,
            self.region,
            _project(self),
            variables=self._get_param("environmentVariablesOverride") or [],
            source_version=self._get_param("sourceVersion") or "",
            handed_over=self.headers.get(HANDOVER_HEADER, ""),
            initiator="codepipeline" if HANDOVER_HEADER in self.headers else "rehearsal",
        )
        return ActionResult({"build": build.told()})

    def batch_get_builds(self: CodeBuildResponse) -> ActionResult:
        asked = {id_: service.find(self.current_account, self.region, id_) for id_ in self._get_param("ids")}
        return ActionResult(
            {
                "builds": [build.told() for build in asked.values() if build],
                "buildsNotFound": [id_ for id_, build in asked.items() if build is None],
            }
        )

    def stop_build(self: CodeBuildResponse) -> ActionResult:
        id_ = self._get_param("id")
        build = service.find(self.current_account, self.region, id_)
        if build is None:
            raise ResourceNotFoundException(f"Build {id_} does not exist")
        build.stop_requested.set()
        return ActionResult({"build": build.told()})

    def retry_build(self: CodeBuildResponse) -> ActionResult:
        id_ = self._get_param("id")
        build = service.find(self.current_account, self.region, id_)
        if build is None:
            raise ResourceNotFoundException(f"Build {id_} does not exist")
        if build.handover:
            raise InvalidInputException("A build of a pipeline is retried by retrying the pipeline's stage")
        return ActionResult({"build": service.retry(build).told()})

    def start_build_batch(self: CodeBuildResponse) -> ActionResult:
        raise InvalidInputException("The rehearsal runs no batch builds")

    def list_builds_for_project(self: CodeBuildResponse) -> ActionResult:
        name = self._get_param("projectName")
        if name not in self.codebuild_backend.codebuild_projects:
            raise ResourceNotFoundException(f"The provided project {name} does not exist")
        return _listed(self, service.of(self.current_account, self.region, name))

    def list_builds(self: CodeBuildResponse) -> ActionResult:
        return _listed(self, service.of(self.current_account, self.region))

    for operation in (
        create_project,
        start_build,
        batch_get_builds,
        stop_build,
        retry_build,
        start_build_batch,
        list_builds_for_project,
        list_builds,
    ):
        setattr(CodeBuildResponse, operation.__name__, operation)


def _project(self: CodeBuildResponse) -> dict[str, Any]:
    """Return the project of StartBuild with the call's overrides; one that is not understood is refused."""
    name = self._get_param("projectName")
    found = self.codebuild_backend.codebuild_projects.get(name.rsplit("/", 1)[-1])
    if found is None:
        arn = f"arn:{get_partition(self.region)}:codebuild:{self.region}:{self.current_account}:project/{name}"
        raise ResourceNotFoundException(f"Project cannot be found: {arn}")
    given: dict[str, Any] = json.loads(self.body)
    unknown = sorted(set(given) - _UNDERSTOOD)
    if unknown:
        raise InvalidInputException(f"The rehearsal starts no build with {', '.join(unknown)}")
    project = copy.deepcopy(found.project_metadata)
    for parameter, path in _OVERRIDES.items():
        if parameter in given:
            place = project
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = given[parameter]
    return project


def _listed(self: CodeBuildResponse, builds: list[Build]) -> ActionResult:
    ids = [build.id for build in builds]
    return ActionResult({"ids": ids[::-1] if self._get_param("sortOrder") == "ASCENDING" else ids})
