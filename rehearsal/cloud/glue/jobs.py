"""A job and its runs, as the Glue API shows them."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow
from moto.glue.exceptions import JobRunNotFoundException
from moto.glue.models import GlueBackend
from moto.utilities.utils import get_partition

LIVE = ("STARTING", "RUNNING", "STOPPING")
"""States that count against a job's MaxConcurrentRuns."""

DEFAULT_TIMEOUT = 2880
"""Minutes: Glue's own, where a job names none."""

DEFAULT_GLUE_VERSION = "5.1"


@dataclass(eq=False)
class JobRun:
    """One run of a job: what it was asked to do, and how far it is.

    Parameters
    ----------
    job
        The job that it is a run of.
    overrides
        The parameters of StartJobRun.
    attempt
        0 for the first try; each retry counts one more.
    """

    job: Job
    overrides: dict[str, Any]
    attempt: int = 0
    previous_id: str | None = None
    id: str = field(default_factory=lambda: f"jr_{secrets.token_hex(32)}")
    state: str = "STARTING"
    error: str | None = None
    started_on: datetime = field(default_factory=utcnow)
    changed_on: datetime = field(default_factory=utcnow)
    executing_since: datetime | None = None
    completed_on: datetime | None = None
    stop_requested: threading.Event = field(default_factory=threading.Event)
    definition: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # the definition at the start: an update of the job does not change a run that is under way
        self.definition = dict(self.job.definition)

    @property
    def arguments(self) -> dict[str, str]:
        """Defaults, then the run's own, then what no run may override."""
        return {
            **self.definition.get("DefaultArguments", {}),
            **self.overrides.get("Arguments", {}),
            **self.definition.get("NonOverridableArguments", {}),
        }

    @property
    def timeout_minutes(self) -> int:
        """After how many minutes of execution the run is stopped."""
        return int(self.setting("Timeout") or DEFAULT_TIMEOUT)

    @property
    def uses_spark(self) -> bool:
        """Python shell jobs have no Spark."""
        return bool(self.definition["Command"].get("Name") != "pythonshell")

    @property
    def execution_seconds(self) -> float:
        """Seconds that the script has been running, without the time in the queue."""
        if self.executing_since is None:
            return 0.0
        return ((self.completed_on or utcnow()) - self.executing_since).total_seconds()

    def setting(self, name: str) -> Any:
        """Return a setting of the run: StartJobRun's, or else the job's."""
        return self.overrides.get(name, self.definition.get(name))

    def to(self, state: str, error: str | None = None) -> None:
        """Enter a state."""
        self.changed_on = utcnow()
        self.error = error or self.error
        if state == "RUNNING":
            self.executing_since = self.changed_on
        if state in ("STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT"):
            self.completed_on = self.changed_on
        self.state = state

    def advance(self) -> None:
        """Moto asks its runs to age when they are read; this one ages by itself."""

    def as_dict(self) -> dict[str, Any]:
        """Return the run as GetJobRun shows it."""
        shown = {
            "Id": self.id,
            "Attempt": self.attempt,
            "PreviousRunId": self.previous_id,
            "JobName": self.job.name,
            "StartedOn": self.started_on,
            "LastModifiedOn": self.changed_on,
            "CompletedOn": self.completed_on,
            "JobRunState": self.state,
            "Arguments": self.arguments,
            "ErrorMessage": self.error,
            "PredecessorRuns": [],
            "ExecutionTime": round(self.execution_seconds),
            "Timeout": self.timeout_minutes,
            "LogGroupName": "/aws-glue/jobs",
            "GlueVersion": self.definition.get("GlueVersion", DEFAULT_GLUE_VERSION),
            "ExecutionClass": self.setting("ExecutionClass") or "STANDARD",
        }
        for name in ("WorkerType", "NumberOfWorkers", "MaxCapacity", "SecurityConfiguration", "NotificationProperty"):
            shown[name] = self.setting(name)
        return {name: value for name, value in shown.items() if value is not None}


class Job:
    """A job, kept as the parameters that CreateJob was given.

    Parameters
    ----------
    backend
        The account and Region that it lives in.
    definition
        The parameters of CreateJob.
    """

    def __init__(self, backend: GlueBackend, definition: dict[str, Any]) -> None:
        self.backend = backend
        self.name: str = definition["Name"]
        self.definition = {name: value for name, value in definition.items() if name not in ("Name", "Tags")}
        self.id = f"j_{secrets.token_hex(32)}"
        partition = get_partition(backend.region_name)
        self.arn = f"arn:{partition}:glue:{backend.region_name}:{backend.account_id}:job/{self.name}"
        self.created_on = self.last_modified_on = utcnow()
        self.job_runs: list[JobRun] = []
        self.lock = threading.RLock()
        backend.tag_resource(self.arn, definition.get("Tags"))

    @property
    def most_concurrent_runs(self) -> int:
        """How many runs may be under way at once; Glue's default is 1."""
        return int(self.definition.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1))

    @property
    def live_runs(self) -> int:
        """How many runs are under way."""
        return sum(run.state in LIVE for run in self.job_runs)

    def get_name(self) -> str:
        """Return the name: moto lists jobs by it."""
        return self.name

    def get_job_run(self, run_id: str) -> JobRun:
        """Return a run by its ID."""
        for run in self.job_runs:
            if run.id == run_id:
                return run
        raise JobRunNotFoundException(run_id)

    def get_job_runs(self) -> list[JobRun]:
        """Return the runs, the newest first, as Glue does."""
        return self.job_runs[::-1]

    def update(self, definition: dict[str, Any]) -> None:
        """Replace the definition: UpdateJob resets what it is not given."""
        self.definition = definition
        self.last_modified_on = utcnow()

    def as_dict(self) -> dict[str, Any]:
        """Return the job as GetJob shows it."""
        return {
            "ExecutionProperty": {"MaxConcurrentRuns": 1},
            "MaxRetries": 0,
            "Timeout": DEFAULT_TIMEOUT,
            "GlueVersion": DEFAULT_GLUE_VERSION,
            "ExecutionClass": "STANDARD",
            "DefaultArguments": {},
            **self.definition,
            "Name": self.name,
            "CreatedOn": self.created_on,
            "LastModifiedOn": self.last_modified_on,
        }
