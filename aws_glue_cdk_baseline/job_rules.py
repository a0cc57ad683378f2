"""What AWS refuses in a job's settings, or what is surely a mistake, although each setting is right by itself."""

import re
from collections.abc import Iterator, Mapping

from aws_glue_cdk_baseline.documents import Key
from aws_glue_cdk_baseline.job_settings import SPARK_ONLY, SPARK_ONLY_ARGUMENTS, JobSettings

# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
RESERVED_ARGUMENTS = {"--JOB_NAME", "--JOB_ID", "--JOB_RUN_ID", "--debug", "--mode", "--endpoint", "--job-language"}
STACK_ARGUMENTS = {"--stage", "--lake_location", "--database"}
WORKFLOW_ARGUMENTS = {"--workflow", "--workflow_run_id"}
STACK_TAGS = {"environment", "artifact_id", "stack_id", "stack_name", "stage", "layer", "version"}
MODULE_ARGUMENTS = ("--additional-python-modules", "--python-modules-installer-option")
EXTRA_FILES = ("--extra-py-files", "--extra-jars", "--extra-files")
_S3_OBJECT = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.*[^/]")
_BOOKMARKS = ("job-bookmark-enable", "job-bookmark-disable", "job-bookmark-pause")
_SINCE_GLUE_4 = ("G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X")
_MAX_TAGS = 50  # https://docs.aws.amazon.com/glue/latest/dg/monitor-tags.html

Mistake = tuple[tuple[Key, ...], str]


def contradictions(job: JobSettings) -> Iterator[Mistake]:
    """Yield what AWS would refuse, or what is surely a mistake, as a path into the settings and a sentence."""
    yield from _spark_rules(job) if job.spark else _python_shell_rules(job)
    if job.job_run_queuing_enabled and job.max_retries:
        yield ("MaxRetries",), "MaxRetries should be 0 with JobRunQueuingEnabled: Glue does not retry queued runs"
    if job.notification_property and job.minutes and job.notification_property.notify_delay_after >= job.minutes:
        yield ("NotificationProperty",), f"NotifyDelayAfter should be below the Timeout of {job.minutes} minutes"
    for block, arguments in (
        ("DefaultArguments", job.default_arguments),
        ("NonOverridableArguments", job.non_overridable_arguments),
    ):
        yield from _argument_rules(block, arguments)
    yield from _tag_rules(job.tags)
    if job.requirements:
        yield from _requirements_rules(job)


def _spark_rules(job: JobSettings) -> Iterator[Mistake]:
    flex, streaming = job.execution_class == "FLEX", job.command.name == "gluestreaming"
    if job.max_capacity is not None:
        yield ("MaxCapacity",), "MaxCapacity is for python shell jobs: use WorkerType and NumberOfWorkers"
    if job.number_of_workers is not None and job.number_of_workers < 2:
        yield ("NumberOfWorkers",), f"NumberOfWorkers should be 2 or more, found {job.number_of_workers}"
    if job.command.python_version == "3.9":
        yield ("Command", "PythonVersion"), 'Command.PythonVersion should be "3" for a Spark job'
    if job.worker_type == "G.025X" and not streaming:
        yield ("WorkerType",), "WorkerType G.025X is for gluestreaming jobs"
    if job.worker_type in _SINCE_GLUE_4 and job.glue_version == "3.0":
        yield ("WorkerType",), f"WorkerType {job.worker_type} needs GlueVersion 4.0 or later, found 3.0"
    if streaming and flex:
        yield ("ExecutionClass",), "ExecutionClass FLEX is for glueetl jobs, not for gluestreaming"
    if job.maintenance_window and not streaming:
        yield ("MaintenanceWindow",), "MaintenanceWindow is for gluestreaming jobs"
    if streaming and job.integration_test and "integration_test" in job.model_fields_set:
        yield ("IntegrationTest",), "a gluestreaming job does not end: it cannot be integration-tested"
    if streaming and job.notification_property:
        yield ("NotificationProperty",), "a gluestreaming job does not end: it has no NotificationProperty"
    if flex and job.worker_type not in (None, "G.1X", "G.2X"):
        yield ("WorkerType",), f"WorkerType should be G.1X or G.2X with ExecutionClass FLEX, found {job.worker_type}"
    if flex and job.job_run_queuing_enabled:
        yield ("JobRunQueuingEnabled",), "JobRunQueuingEnabled cannot be true with ExecutionClass FLEX"
    if flex and job.max_retries:
        yield ("MaxRetries",), "MaxRetries should be 0 with ExecutionClass FLEX: let the workflow retry"


def _requirements_rules(job: JobSettings) -> Iterator[Mistake]:
    """Find jobs for which Glue reads no requirements file: it does for Spark jobs of Glue 5.0 and later.

    See https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
    """
    if not job.spark:
        text = "Requirements is for Spark jobs: list pinned modules in --additional-python-modules"
        yield ("Requirements",), f"{text} of a pythonshell job"
    if job.glue_version in ("3.0", "4.0"):
        yield ("Requirements",), f"Requirements needs GlueVersion 5.0 or later, found {job.glue_version}"
    for block, arguments in (
        ("DefaultArguments", job.default_arguments),
        ("NonOverridableArguments", job.non_overridable_arguments),
    ):
        for name in MODULE_ARGUMENTS:
            if name in arguments:
                yield (block, name), f"{name} is what Requirements sets: list the packages in its file"


def _python_shell_rules(job: JobSettings) -> Iterator[Mistake]:
    present = job.model_dump(by_alias=True, exclude_unset=True)
    for key in SPARK_ONLY:
        if key in present:
            yield (key,), f"{key} is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"
    for block in ("DefaultArguments", "NonOverridableArguments"):
        for key in SPARK_ONLY_ARGUMENTS:
            if key in present.get(block, {}):
                yield (block, key), f"{key} is for Spark jobs, not for pythonshell"
    if job.max_capacity not in (None, 0.0625, 1):
        yield ("MaxCapacity",), f"MaxCapacity should be 0.0625 or 1, found {job.max_capacity}"
    if job.command.python_version == "3":
        yield ("Command", "PythonVersion"), 'Command.PythonVersion should be "3.9" for a pythonshell job'
    if job.glue_version not in (None, "3.0"):
        yield ("GlueVersion",), f"GlueVersion should be 3.0 for a pythonshell job, found {job.glue_version}"
    if job.maintenance_window:
        yield ("MaintenanceWindow",), "MaintenanceWindow is for gluestreaming jobs"


def _argument_rules(block: str, arguments: Mapping[str, str]) -> Iterator[Mistake]:
    for name, value in arguments.items():
        sentence = _name_mistake(name) or _value_mistake(name, value)
        if name in EXTRA_FILES and block == "NonOverridableArguments":
            sentence = f"{name} belongs to DefaultArguments: here it would displace the shared library of the jobs"
        if sentence:
            yield (block, name), sentence


def _name_mistake(name: str) -> str | None:
    if name in RESERVED_ARGUMENTS:
        return f"{name} is Glue's own argument: remove it"
    if name == "--spark-event-logs-path":
        return f"{name} is the stage's log bucket: only set --enable-spark-ui"
    if name in STACK_ARGUMENTS:
        return f"{name} is given by the stack: remove it"
    if name in WORKFLOW_ARGUMENTS:
        return f"{name} is given by the workflow: remove it"
    if not name.startswith("--") or len(name) == 2:
        return f"an argument's name begins with two dashes: --{name.lstrip('-') or 'name'}, found {name}"
    if any(not one.isprintable() or one in " =" for one in name):
        return f"an argument's name has neither spaces nor '=', found {name!r}"
    return None


def _value_mistake(name: str, value: str) -> str | None:
    if name.startswith("--enable-") and value not in ("true", "false", ""):
        return f'{name} should be "true" or "false", found {value!r}'
    if name == "--job-bookmark-option" and value not in _BOOKMARKS:
        return f"{name} should be {_BOOKMARKS[0]}, {_BOOKMARKS[1]} or {_BOOKMARKS[2]}, found {value!r}"
    if name in EXTRA_FILES:
        for file in (one.strip() for one in value.split(",")):
            if file.startswith("s3://") and not _S3_OBJECT.fullmatch(file):
                return f"{name}: {file!r} is no file in a bucket, like s3://bucket/folder/file.zip"
    return None


def _tag_rules(tags: Mapping[str, str]) -> Iterator[Mistake]:
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
