"""A build as its record says: what was asked for, its phases, how it ended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.utilities.utils import get_partition

IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True)
class Place:
    """An object in S3.

    Parameters
    ----------
    bucket, key
        Its names.
    """

    bucket: str
    key: str


@dataclass(frozen=True)
class Handover:
    """What a pipeline gives to a build and takes from it.

    Parameters
    ----------
    primary
        Name of the input that is the primary source.
    inputs
        Zips by artifact name.
    outputs
        Where output artifacts go, by artifact name, in the order of the action.
    """

    primary: str
    inputs: dict[str, Place]
    outputs: dict[str, Place]


@dataclass
class PhaseRecord:
    """A phase of a build.

    Parameters
    ----------
    kind
        For example ``PRE_BUILD``.
    started
        Seconds since 1970.
    """

    kind: str
    started: float
    ended: float | None = None
    status: str = ""
    code: str = ""
    message: str = ""

    def told(self) -> dict[str, Any]:
        """Return the phase as the API gives it."""
        found: dict[str, Any] = {"phaseType": self.kind, "startTime": self.started}
        if self.ended is not None:
            found |= {"endTime": self.ended, "durationInSeconds": int(self.ended - self.started)}
            found["phaseStatus"] = self.status
            found["contexts"] = [{"statusCode": self.code, "message": self.message}]
        return found


@dataclass
class Build:
    """A build.

    Parameters
    ----------
    account, region
        Where it runs.
    project
        The project's description as the API gives it, with the overrides of this build.
    number
        The how many-th build of the project it is.
    uuid
        The second half of its ID.
    folder
        Where it runs and what it leaves there.
    handover
        What the pipeline gives that started it, if one did.
    initiator
        Who started it.
    """

    account: str
    region: str
    project: dict[str, Any]
    number: int
    uuid: str
    folder: Path
    handover: Handover | None
    initiator: str
    variables: list[dict[str, str]]
    source_version: str = ""
    status: str = IN_PROGRESS
    phases: list[PhaseRecord] = field(default_factory=list)
    exported: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    ended: float | None = None
    reports: list[str] = field(default_factory=list)
    provisioned: threading.Event = field(default_factory=threading.Event)
    """Set when the build's role is found able to work, and to write the log."""
    stop_requested: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.project["name"])

    @property
    def id(self) -> str:
        """The build's ID."""
        return f"{self.name}:{self.uuid}"

    @property
    def arn(self) -> str:
        """The build's ARN."""
        return f"arn:{get_partition(self.region)}:codebuild:{self.region}:{self.account}:build/{self.id}"

    @property
    def log(self) -> Path:
        """File with the build's output."""
        return self.folder / "build.log"

    @property
    def logs_are_kept(self) -> bool:
        """Whether the build's output goes to CloudWatch Logs, which a project may have disabled."""
        return bool(self.project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("status") != "DISABLED")

    @property
    def log_group(self) -> str:
        """Group of the build's log stream, which is named by ``uuid``."""
        return str(self.project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName") or self.default_group)

    @property
    def default_group(self) -> str:
        """The group of a project that names none."""
        return f"/aws/codebuild/{self.name}"

    @property
    def minutes(self) -> int:
        """How long it may take."""
        return int(self.project.get("timeoutInMinutes") or 60)

    @property
    def failure(self) -> PhaseRecord | None:
        """The first phase that did not succeed, if one did not."""
        return next((phase for phase in self.phases if phase.status not in ("", "SUCCEEDED")), None)

    def told(self) -> dict[str, Any]:
        """Return the build as the API gives it."""
        phases = list(self.phases)
        group = f"arn:{get_partition(self.region)}:logs:{self.region}:{self.account}:log-group:{self.log_group}"
        found = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "currentPhase": phases[-1].kind if phases else "SUBMITTED",
            "buildStatus": self.status,
            "projectName": self.name,
            "phases": [phase.told() for phase in phases],
            "source": {key: value for key, value in self.project["source"].items() if key != "auth"},
            "artifacts": {"location": self.project["artifacts"].get("location", "")},
            "environment": self.project["environment"],
            "serviceRole": self.project["serviceRole"],
            "logs": {
                "groupName": self.log_group,
                "streamName": self.uuid,
                "cloudWatchLogsArn": f"{group}:log-stream:{self.uuid}",
            },
            "timeoutInMinutes": self.minutes,
            "buildComplete": self.status != IN_PROGRESS,
            "initiator": self.initiator,
            "queuedTimeoutInMinutes": int(self.project.get("queuedTimeoutInMinutes") or 480),
            "reportArns": list(self.reports),
            "exportedEnvironmentVariables": [{"name": k, "value": v} for k, v in self.exported.items()],
        }
        if self.source_version:
            found |= {"sourceVersion": self.source_version, "resolvedSourceVersion": self.source_version}
        for name in ("secondarySources", "secondaryArtifacts", "encryptionKey", "vpcConfig", "cache"):
            if self.project.get(name):
                found[name] = self.project[name]
        return found | ({"endTime": self.ended} if self.ended is not None else {})
