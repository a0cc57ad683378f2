"""One Glue job: the L2 construct that its settings ask for, with its script, library, arguments and tags."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from aws_glue_cdk_baseline.catalog import EXTRA_FILES
from aws_glue_cdk_baseline.connection_settings import glue_name
from aws_glue_cdk_baseline.data_lake import SPARK_UI_PREFIX, DataLake
from aws_glue_cdk_baseline.job_requirements import JobRequirements
from aws_glue_cdk_baseline.library import Library
from aws_glue_cdk_baseline.stage_jobs import StageJob

_NEWEST_TRIED = "5.1"  # the newest Glue whose Spark and Docker image the tests run on
_FEWEST_WORKERS = 2
_FLAGS = {"--enable-metrics": "enable_metrics", "--enable-observability-metrics": "enable_observability_metrics"}


class GlueJob(Construct):
    """A job of a stage.

    Parameters
    ----------
    job
        The job with its settings and parameters.
    stage_name, pipeline_stage
        The stage's word (`dev`) and its name in the pipeline (`DeployDev`).
    role
        The role that it runs as; its permissions are not touched.
    lake
        The data lake of the stage.
    library
        The shared library of the job scripts.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        job: StageJob,
        stage_name: str,
        pipeline_stage: str,
        role: iam.IRole,
        lake: DataLake,
        library: Library,
    ) -> None:
        super().__init__(scope, id_)
        self._job = job
        self._stage_name = stage_name
        self._lake = lake
        self._library = library
        self.job_name = f"{stage_name}-{job.name}"
        settings = job.settings
        arguments = {
            **settings.arguments,
            "--stage": stage_name,
            "--lake_location": lake.location,
            "--database": lake.database_name(job.definition.layer),
            **{f"--{name}": self._argument(name, text) for name, text in job.parameters.items()},
        }
        self._requirements = self._add_requirements()
        if self._requirements:
            arguments |= self._requirements.arguments
        properties: dict[str, Any] = {
            "job_name": self.job_name,
            "description": settings.description,
            "role": role.without_policy_updates() if isinstance(role, iam.Role) else role,
            "script": glue.Code.from_asset(str(job.script)),
            "timeout": Duration.minutes(settings.minutes) if settings.minutes else None,
            "max_retries": settings.max_retries,
            "max_concurrent_runs": settings.execution_property.max_concurrent_runs,
            "security_configuration": self._security_configuration(),
            "connections": self._connections(),
            "tags": self._tags(pipeline_stage),
            "continuous_logging": self._continuous_logging(arguments),
            **self._files(arguments),
        }
        construct = self._python_shell if not settings.spark else self._spark
        self.resource = construct(properties, arguments).node.default_child
        assert isinstance(self.resource, CfnResource)  # noqa: S101 - tells the type checker what an L2 job is made of
        if settings.non_overridable_arguments:
            self.resource.add_property_override("NonOverridableArguments", settings.non_overridable_arguments)
        if settings.maintenance_window:
            self.resource.add_property_override("MaintenanceWindow", settings.maintenance_window)

    def _spark(self, properties: dict[str, Any], arguments: dict[str, str]) -> glue.Job:
        settings = self._job.settings
        properties["glue_version"] = glue.GlueVersion["V" + _member(settings.glue_version or _NEWEST_TRIED)]
        properties["worker_configuration"] = glue.WorkerConfiguration(
            worker_type=glue.WorkerType[_member(settings.worker_type or "G.1X")],
            number_of_workers=settings.number_of_workers or _FEWEST_WORKERS,
        )
        for argument, name in _FLAGS.items():
            properties[name] = _pop_flag(arguments, argument)
        if _pop_flag(arguments, "--enable-spark-ui"):
            prefix = f"/{SPARK_UI_PREFIX}/{self.job_name}"
            properties["spark_ui"] = glue.SparkUIProps(bucket=self._lake.log_bucket, prefix=prefix)
        if settings.command.name == "gluestreaming":
            queuing = settings.job_run_queuing_enabled
            return glue.PySparkStreamingJob(
                self, "Job", default_arguments=arguments, job_run_queuing_enabled=queuing, **properties
            )
        if settings.notification_property:
            properties["notify_delay_after"] = Duration.minutes(settings.notification_property.notify_delay_after)
        if settings.execution_class == "FLEX":
            return glue.PySparkFlexEtlJob(self, "Job", default_arguments=arguments, **properties)
        properties["job_run_queuing_enabled"] = settings.job_run_queuing_enabled
        return glue.PySparkEtlJob(self, "Job", default_arguments=arguments, **properties)

    def _python_shell(self, properties: dict[str, Any], arguments: dict[str, str]) -> glue.Job:
        settings = self._job.settings
        whole = settings.max_capacity == 1
        return glue.PythonShellJob(
            self,
            "Job",
            default_arguments=arguments,
            job_run_queuing_enabled=settings.job_run_queuing_enabled,
            max_capacity=glue.MaxCapacity.DPU_1 if whole else glue.MaxCapacity.DPU_1_16TH,
            **properties,
        )

    def _argument(self, name: str, text: str) -> str:
        """Return a parameter as the job gets it: a file of the repository becomes an asset's URL."""
        if not text.startswith("./"):
            return text
        return s3_assets.Asset(
            self, f"Parameter-{name}", path=str(self._job.definition.repository / text)
        ).s3_object_url

    def _files(self, arguments: dict[str, str]) -> dict[str, Any]:
        """Take the file arguments out of `arguments` and return the L2's properties for them."""
        codes: dict[str, list[glue.Code]] = {name: [] for name in EXTRA_FILES}
        codes["--extra-py-files"].append(self._library.code(spark=self._job.settings.spark))
        for name, file in self._job.definition.extra_files(self._job.settings):
            codes[name].append(glue.Code.from_asset(str(file)) if isinstance(file, Path) else self._object(file))
        for name in EXTRA_FILES:
            arguments.pop(name, None)
        files: dict[str, Any] = {"extra_python_files": codes["--extra-py-files"]}
        if self._job.settings.spark:
            files["extra_jars"] = codes["--extra-jars"] or None
            files["extra_files"] = codes["--extra-files"] or None
            files["extra_jars_first"] = _pop_flag(arguments, "--user-jars-first") or None
        return files

    def _add_requirements(self) -> JobRequirements | None:
        file, settings = self._job.requirements, self._job.settings
        if not file or not settings.requirements:
            return None
        version, bundled = settings.glue_version or _NEWEST_TRIED, settings.requirements.mode == "bundle"
        return JobRequirements(self, "Requirements", file=file, glue_version=version, bundled=bundled)

    def _object(self, url: str) -> glue.Code:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return glue.Code.from_bucket(s3.Bucket.from_bucket_name(self, url.replace("/", "-"), bucket), key)

    def _continuous_logging(self, arguments: dict[str, str]) -> glue.ContinuousLoggingProps:
        """Take the logging arguments, which the L2 wants as properties, out of `arguments`."""
        group = arguments.pop("--continuous-log-logGroup", None)
        return glue.ContinuousLoggingProps(
            enabled=_pop_flag(arguments, "--enable-continuous-cloudwatch-log"),
            quiet=_pop_flag(arguments, "--enable-continuous-log-filter") or None,
            log_group=logs.LogGroup.from_log_group_name(self, "LogGroup", group) if group else None,
            log_stream_prefix=arguments.pop("--continuous-log-logStreamPrefix", None),
            conversion_pattern=arguments.pop("--continuous-log-conversionPattern", None),
        )

    def _security_configuration(self) -> glue.ISecurityConfiguration:
        name = self._job.settings.security_configuration
        if not name:
            return self._lake.security_configuration
        return glue.SecurityConfiguration.from_security_configuration_name(self, "Encryption", name)

    def _connections(self) -> list[glue.IConnection] | None:
        names = [(name, glue_name(self._stage_name, name)) for name in self._job.connections]
        return [glue.Connection.from_connection_name(self, name, title) for name, title in names] or None

    def _tags(self, pipeline_stage: str) -> Mapping[str, str]:
        stack = Stack.of(self)
        libraries = [self._library.content_hash, self._requirements.content_hash if self._requirements else ""]
        content = hashlib.sha256(self._job.script.read_bytes() + "".join(libraries).encode())
        return {
            **self._job.settings.tags,
            "environment": stack.environment,
            "artifact_id": stack.artifact_id,
            "stack_id": stack.stack_id,
            "stack_name": stack.stack_name,
            "stage": pipeline_stage,
            "layer": self._job.definition.layer.name,
            "version": content.hexdigest()[:16],
        }


def _pop_flag(arguments: dict[str, str], name: str) -> bool:
    """Take a switch out of the arguments; Glue takes any value but false for true."""
    return arguments.pop(name, "false").lower() != "false"


def _member(value: str) -> str:
    """Return the name that the CDK's enumerations give a value: `G.1X` is `G_1X`."""
    return value.replace(".", "_")
