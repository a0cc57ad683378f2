"""The settings of a job: the properties of AWS::Glue::Job, their types and their defaults."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_pascal

from aws_glue_cdk_baseline.documents import FileModel, Key, shown_value, text_like

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
SPARK_ONLY = ("WorkerType", "NumberOfWorkers", "ExecutionClass", "NotificationProperty")
SPARK_ONLY_ARGUMENTS = (
    "--enable-auto-scaling", "--enable-metrics", "--enable-observability-metrics", "--enable-job-insights",
    "--enable-spark-ui", "--job-bookmark-option", "--extra-jars", "--user-jars-first", "--extra-files", "--conf",
)  # fmt: skip
_WINDOW = "(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]?[0-9]|2[0-3])"
_HOUR = 60  # minutes
_WEEK = 7 * 24 * 60  # minutes, https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html
_FROM_THE_STACK = {
    "Name": "the job's name comes from jobs.csv and the stage",
    "Role": "the role follows from the layer and what its jobs read and write",
    "AllocatedCapacity": "AWS has retired it: use WorkerType and NumberOfWorkers",
    "Command.ScriptLocation": "the script is deployed from this repository: name another file by Script",
}


def _no_switch(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"should be a number, found {shown_value(value)}")
    return value


WholeNumber = Annotated[int, BeforeValidator(_no_switch)]


class _Model(FileModel):
    model_config = ConfigDict(alias_generator=to_pascal)


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

    max_concurrent_runs: WholeNumber = Field(default=1, ge=1, le=1000)


class NotificationProperty(_Model):
    """After how many minutes of a run Glue emits a delay notification."""

    notify_delay_after: WholeNumber = Field(ge=1)


class Connections(_Model):
    """Names of the stage's connections besides the ConnectionName of jobs.csv."""

    connections: tuple[str, ...] = ()


class Requirements(_Model):
    """Packages of others that a job needs, pinned and with hashes in a requirements file beside the catalog.

    Mode `install` lets Glue install them when a run starts, which takes a way to a package index; `bundle` deploys the
    wheels themselves, for networks without one.
    """

    file: Annotated[str, text_like(r"[\w.-][\w./-]*\.txt", "the name of a requirements file, like requirements.txt")]
    mode: Literal["install", "bundle"] = "install"


class IntegrationTest(_Model):
    """How long (seconds) the job may run in the integration test."""

    max_seconds: WholeNumber = Field(default=600, ge=1)


class JobSettings(_Model):
    """A job as AWS::Glue::Job knows it; Timeout in minutes, MaxCapacity in DPU.

    `Script`, `Requirements` and `IntegrationTest` are this template's own: another file name for the script, packages,
    and the limit of the integration test (or false, here None, to leave the job out of it).
    """

    command: Command = Command()
    script: (
        Annotated[str, text_like(r"[\w.-][\w./-]*\.py", "the name of a Python file, like load_orders.py")] | None
    ) = None
    description: str | None = Field(default=None, max_length=2048)
    glue_version: GlueVersion | None = None
    worker_type: SparkWorker | None = None
    number_of_workers: WholeNumber | None = None
    max_capacity: Annotated[float, BeforeValidator(_no_switch)] | None = None
    execution_class: Literal["STANDARD", "FLEX"] | None = None
    timeout: WholeNumber | None = Field(default=None, ge=1, le=_WEEK)
    max_retries: WholeNumber = Field(default=0, ge=0, le=10)
    execution_property: ExecutionProperty = ExecutionProperty()
    job_run_queuing_enabled: bool = False
    notification_property: NotificationProperty | None = None
    maintenance_window: Annotated[str, text_like(_WINDOW, "a day and an hour of GMT, like Sun:10")] | None = None
    security_configuration: str | None = None
    connections: Connections = Connections()
    requirements: Requirements | None = None
    default_arguments: dict[str, str] = Field(default_factory=dict)
    non_overridable_arguments: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    integration_test: IntegrationTest | None = IntegrationTest()

    @field_validator("glue_version", mode="before")
    @classmethod
    def _version_as_text(cls, value: Any) -> Any:
        return f"{value}.0" if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("integration_test", mode="before")
    @classmethod
    def _whether_tested(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return {} if value else None
        if not isinstance(value, Mapping | IntegrationTest):
            raise ValueError(f"should be false, or a map with MaxSeconds, found {shown_value(value)}")
        return value

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
    def minutes(self) -> int | None:
        """After how many minutes a run is stopped; None for a streaming job, which is not meant to end."""
        return self.timeout or (None if self.command.name == "gluestreaming" else _HOUR)

    @property
    def arguments(self) -> dict[str, str]:
        """Its default arguments, with this template's defaults beneath the job's own."""
        own = _SPARK_ARGUMENTS if self.spark else {"--enable-continuous-cloudwatch-log": "true"}
        return {**own, **self.default_arguments}


def without_inapplicable(settings: Mapping[str, Any], command: str) -> dict[str, Any]:
    """Return a layer's defaults less what a job of another `Command.Name` cannot have; the argument is not changed."""
    if command == "gluestreaming":
        return {key: value for key, value in settings.items() if key != "Timeout"}
    if command != "pythonshell":
        return dict(settings)
    kept = {key: value for key, value in settings.items() if key not in (*SPARK_ONLY, "GlueVersion", "Requirements")}
    if isinstance(kept.get("Command"), Mapping):
        kept["Command"] = {key: value for key, value in kept["Command"].items() if key != "PythonVersion"}
    if isinstance(kept.get("DefaultArguments"), Mapping):
        arguments = kept["DefaultArguments"]
        kept["DefaultArguments"] = {key: arguments[key] for key in arguments if key not in SPARK_ONLY_ARGUMENTS}
    return kept


def not_for_settings(settings: Mapping[str, Any]) -> dict[tuple[Key, ...], str]:
    """Find properties of AWS::Glue::Job that are no settings here, and say why."""
    command = settings.get("Command")
    nested = [f"Command.{key}" for key in command] if isinstance(command, Mapping) else []
    found = [key for key in (*settings, *nested) if key in _FROM_THE_STACK]
    return {tuple(key.split(".")): f"{key} cannot be set: {_FROM_THE_STACK[key]}" for key in found}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


SETTING_NAMES = tuple(str(info.alias) for info in JobSettings.model_fields.values())
