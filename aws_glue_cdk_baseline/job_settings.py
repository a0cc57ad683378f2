"""The settings of a job: the properties of AWS::Glue::Job, their defaults, and the combinations that AWS refuses."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_pascal

from aws_glue_cdk_baseline.documents import Key

GlueVersion = Literal["3.0", "4.0", "5.0", "5.1", "6.0"]
SparkWorker = Literal[
    "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"
]  # fmt: skip

# Where AWS's or the CDK's own defaults cost money or hide what a run did: 10 workers, no time limit, no metrics.
_SPARK_ARGUMENTS = {
    "--enable-auto-scaling": "true",
    "--enable-metrics": "true",
    "--enable-observability-metrics": "true",
    "--enable-job-insights": "true",
    "--enable-continuous-cloudwatch-log": "true",
}
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
_RESERVED_ARGUMENTS = {"--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--debug", "--mode", "--endpoint", "--job-language"}
STACK_ARGUMENTS = {"--stage", "--lake_location", "--database"}
STACK_TAGS = {"environment", "artifact_id", "stack_id", "stack_name", "stage", "layer", "version"}
_MAX_TAGS = 50  # https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html
_WEEK = 7 * 24 * 60  # minutes, https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html
_SPARK_ONLY = ("WorkerType", "NumberOfWorkers", "ExecutionClass", "NotificationProperty")
_SPARK_ONLY_ARGUMENTS = (
    "--enable-auto-scaling", "--enable-metrics", "--enable-observability-metrics", "--enable-job-insights",
    "--enable-spark-ui", "--job-bookmark-option", "--extra-jars", "--user-jars-first", "--extra-files", "--conf",
)  # fmt: skip
_FROM_THE_STACK = {
    "Name": "the job's name comes from jobs.csv and the stage",
    "Role": "the role follows from the layer and what its jobs read and write",
    "AllocatedCapacity": "AWS has retired it: use WorkerType and NumberOfWorkers",
    "ScriptLocation": "the script is deployed from this repository: name another file by Script",
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal, populate_by_name=False)


class Command(_Model):
    """What kind of job it is."""

    name: Literal["glueetl", "gluestreaming", "pythonshell"] = "glueetl"
    python_version: Literal["3", "3.9"] | None = None

    @field_validator("python_version", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value


class ExecutionProperty(_Model):
    """How many runs of the job there may be at once."""

    max_concurrent_runs: int = Field(default=1, ge=1, le=1000)


class NotificationProperty(_Model):
    """After how many minutes of a run Glue emits a delay notification."""

    notify_delay_after: int = Field(ge=1)


class Connections(_Model):
    """Names of Glue connections besides the ConnectionName of jobs.csv."""

    connections: tuple[str, ...] = ()


class IntegrationTest(_Model):
    """How long (seconds) the job may run in the integration test."""

    max_seconds: int = Field(default=600, ge=1)


class JobSettings(_Model):
    """A job as AWS::Glue::Job knows it; Timeout in minutes, MaxCapacity in DPU.

    `Script` and `IntegrationTest` are this template's own: another file name for the script, and the limit of the
    integration test (or false to leave the job out of it).
    """

    command: Command = Command()
    script: str | None = Field(default=None, pattern=r"^[\w./-]+\.py$")
    description: str | None = Field(default=None, max_length=2048)
    glue_version: GlueVersion | None = None
    worker_type: SparkWorker | None = None
    number_of_workers: int | None = None
    max_capacity: float | None = None
    execution_class: Literal["STANDARD", "FLEX"] | None = None
    timeout: int = Field(default=60, ge=1, le=_WEEK)
    max_retries: int = Field(default=0, ge=0, le=10)
    execution_property: ExecutionProperty = ExecutionProperty()
    job_run_queuing_enabled: bool = False
    notification_property: NotificationProperty | None = None
    maintenance_window: str | None = Field(default=None, pattern=r"^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]?\d|2[0-3])$")
    security_configuration: str | None = None
    connections: Connections = Connections()
    default_arguments: dict[str, str] = Field(default_factory=dict)
    non_overridable_arguments: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    integration_test: IntegrationTest | Literal[False] = IntegrationTest()

    @field_validator("glue_version", mode="before")
    @classmethod
    def _version_as_text(cls, value: Any) -> Any:
        return f"{value}.0" if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("default_arguments", "non_overridable_arguments", "tags", mode="before")
    @classmethod
    def _values_as_text(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: _as_text(one) for key, one in value.items()}

    @property
    def spark(self) -> bool:
        """Whether the job runs on Spark (glueetl, gluestreaming) rather than as plain Python."""
        return self.command.name != "pythonshell"

    @property
    def arguments(self) -> dict[str, str]:
        """Its default arguments, with this template's defaults beneath the job's own."""
        own = _SPARK_ARGUMENTS if self.spark else {"--enable-continuous-cloudwatch-log": "true"}
        return {**own, **self.default_arguments}


def without_inapplicable(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a layer's defaults less what a python shell job cannot have; the argument is not changed."""
    kept = {key: value for key, value in settings.items() if key not in (*_SPARK_ONLY, "GlueVersion")}
    if isinstance(kept.get("Command"), Mapping):
        kept["Command"] = {key: value for key, value in kept["Command"].items() if key != "PythonVersion"}
    if isinstance(kept.get("DefaultArguments"), Mapping):
        arguments = kept["DefaultArguments"]
        kept["DefaultArguments"] = {key: arguments[key] for key in arguments if key not in _SPARK_ONLY_ARGUMENTS}
    return kept


def not_for_settings(key: str) -> str | None:
    """Say why a property of AWS::Glue::Job is no setting here, or None if nothing special is known of it."""
    return _FROM_THE_STACK.get(key)


def contradictions(job: JobSettings) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Yield what AWS would refuse, or what is surely a mistake, as a path into the settings and a sentence."""
    yield from _spark_rules(job) if job.spark else _python_shell_rules(job)
    if job.job_run_queuing_enabled and job.max_retries:
        yield ("MaxRetries",), "MaxRetries should be 0 with JobRunQueuingEnabled: Glue does not retry queued runs"
    if job.notification_property and job.notification_property.notify_delay_after >= job.timeout:
        yield ("NotificationProperty",), f"NotifyDelayAfter should be below the Timeout of {job.timeout} minutes"
    for block, arguments in (
        ("DefaultArguments", job.default_arguments),
        ("NonOverridableArguments", job.non_overridable_arguments),
    ):
        yield from _argument_rules(block, arguments)
    yield from _tag_rules(job.tags)


def _spark_rules(job: JobSettings) -> Iterator[tuple[tuple[Key, ...], str]]:
    flex, streaming = job.execution_class == "FLEX", job.command.name == "gluestreaming"
    if job.max_capacity is not None:
        yield ("MaxCapacity",), "MaxCapacity is for python shell jobs: use WorkerType and NumberOfWorkers"
    if job.number_of_workers is not None and job.number_of_workers < 2:
        yield ("NumberOfWorkers",), f"NumberOfWorkers should be 2 or more, found {job.number_of_workers}"
    if job.command.python_version == "3.9":
        yield ("Command", "PythonVersion"), 'Command.PythonVersion should be "3" for a Spark job'
    if job.worker_type == "G.025X" and not streaming:
        yield ("WorkerType",), "WorkerType G.025X is for gluestreaming jobs"
    if streaming and flex:
        yield ("ExecutionClass",), "ExecutionClass FLEX is for glueetl jobs, not for gluestreaming"
    if job.maintenance_window and not streaming:
        yield ("MaintenanceWindow",), "MaintenanceWindow is for gluestreaming jobs"
    if streaming and job.integration_test and "integration_test" in job.model_fields_set:
        yield ("IntegrationTest",), "a gluestreaming job does not end: it cannot be integration-tested"
    if flex and job.worker_type not in (None, "G.1X", "G.2X"):
        yield ("WorkerType",), f"WorkerType should be G.1X or G.2X with ExecutionClass FLEX, found {job.worker_type}"
    if flex and job.job_run_queuing_enabled:
        yield ("JobRunQueuingEnabled",), "JobRunQueuingEnabled cannot be true with ExecutionClass FLEX"
    if flex and job.max_retries:
        yield ("MaxRetries",), "MaxRetries should be 0 with ExecutionClass FLEX: let the workflow retry"


def _python_shell_rules(job: JobSettings) -> Iterator[tuple[tuple[Key, ...], str]]:
    present = {"".join(word.capitalize() for word in name.split("_")) for name in job.model_fields_set}
    for key in _SPARK_ONLY:
        if key in present:
            yield (key,), f"{key} is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"
    for key in _SPARK_ONLY_ARGUMENTS:
        if key in job.default_arguments:
            yield ("DefaultArguments", key), f"{key} is for Spark jobs, not for pythonshell"
    if job.max_capacity not in (None, 0.0625, 1):
        yield ("MaxCapacity",), f"MaxCapacity should be 0.0625 or 1, found {job.max_capacity}"
    if job.command.python_version == "3":
        yield ("Command", "PythonVersion"), 'Command.PythonVersion should be "3.9" for a pythonshell job'
    if job.glue_version not in (None, "3.0"):
        yield ("GlueVersion",), f"GlueVersion should be 3.0 for a pythonshell job, found {job.glue_version}"
    if job.maintenance_window:
        yield ("MaintenanceWindow",), "MaintenanceWindow is for gluestreaming jobs"


def _argument_rules(block: str, arguments: Mapping[str, str]) -> Iterator[tuple[tuple[Key, ...], str]]:
    for name in arguments:
        if name in _RESERVED_ARGUMENTS:
            yield (block, name), f"{name} is Glue's own argument: remove it"
        elif name == "--spark-event-logs-path":
            yield (block, name), f"{name} is the stage's log bucket: only set --enable-spark-ui"
        elif name in STACK_ARGUMENTS:
            yield (block, name), f"{name} is given by the stack: remove it"
        elif not name.startswith("--") or len(name) == 2:
            yield (block, name), f"an argument's name begins with two dashes: --{name.lstrip('-')}, found {name}"
        elif " " in name or "=" in name:
            yield (block, name), f"an argument's name has neither spaces nor '=', found {name!r}"


def _tag_rules(tags: Mapping[str, str]) -> Iterator[tuple[tuple[Key, ...], str]]:
    room = _MAX_TAGS - len(STACK_TAGS)
    if len(tags) > room:
        yield (
            ("Tags",),
            f"at most {room} tags ({_MAX_TAGS} less {len(STACK_TAGS)} of the stack's own), found {len(tags)}",
        )
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            yield ("Tags", key), f"the tag {key} should not begin with aws:, which is AWS's own"
        elif key in STACK_TAGS:
            yield ("Tags", key), f"the tag {key} is given by the stack: remove it"
        elif not 1 <= len(key) <= 128 or len(value) > 256:
            yield ("Tags", key), "a tag has a key of 1 to 128 and a value of at most 256 characters"


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
