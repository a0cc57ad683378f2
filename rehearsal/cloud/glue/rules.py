"""What AWS Glue refuses in a job's definition beyond the types of its parameters.

The rules are those of the CreateJob and StartJobRun reference and of the pages on worker types, Flex and job queuing.
"""

from __future__ import annotations

from typing import Any

from botocore.validate import ParamValidator
from moto.core.utils import get_service_model
from moto.glue.exceptions import InvalidInputException

COMMANDS = ("glueetl", "gluestreaming", "glueray", "pythonshell")
WORKER_TYPES = (
    *("Standard", "G.025X", "G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X"),
    *("R.1X", "R.2X", "R.4X", "R.8X", "Z.2X"),
)
VERSIONS = ("0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1", "6.0")
FLEX_WORKER_TYPES = ("G.1X", "G.2X")
LONGEST_TIMEOUT = 7 * 24 * 60
"""Minutes."""
MOST_TAGS = 50


def check_parameters(operation: str, parameters: dict[str, Any]) -> None:
    """Refuse a call whose parameters are not those of the API.

    Parameters
    ----------
    operation
        For example ``CreateJob``.
    parameters
        The parameters as they came.

    Raises
    ------
    InvalidInputException
        Naming every unknown, missing or wrongly typed parameter.
    """
    shape = get_service_model("glue").operation_model(operation).input_shape
    report = ParamValidator().validate(parameters, shape)
    if report.has_errors():
        raise InvalidInputException(operation, " ".join(report.generate_report().split()))


def check_job(job: dict[str, Any]) -> None:
    """Refuse a job that AWS would refuse.

    Parameters
    ----------
    job
        The parameters of CreateJob, or of UpdateJob with the job's name.

    Raises
    ------
    InvalidInputException
        With the first rule that the job breaks.
    """
    for broken, reason in _rules(job):
        if broken:
            raise InvalidInputException("CreateJob", reason)


def _rules(job: dict[str, Any]) -> list[tuple[bool, str]]:
    command = job.get("Command", {}).get("Name", "glueetl")
    worker, workers, capacity = job.get("WorkerType"), job.get("NumberOfWorkers"), job.get("MaxCapacity")
    version = str(job.get("GlueVersion", "5.1"))
    flex = job.get("ExecutionClass") == "FLEX"
    timeout, retries = job.get("Timeout"), job.get("MaxRetries", 0)
    arguments = {**job.get("DefaultArguments", {}), **job.get("NonOverridableArguments", {})}
    unmarked = sorted(name for name in arguments if not name.startswith("--"))
    shell = command == "pythonshell"
    return [
        (command not in COMMANDS, f"Command name {command} should be one of {', '.join(COMMANDS)}"),
        (not job.get("Command", {}).get("ScriptLocation"), "Script location should not be null or empty."),
        (version not in VERSIONS, f"Glue version {version} is not supported"),
        (worker is not None and worker not in WORKER_TYPES, f"WorkerType {worker} is not supported"),
        (
            capacity is not None and (worker is not None or workers is not None),
            "Please do not set Max Capacity if using Worker Type and Number of Workers.",
        ),
        (
            (worker is None) != (workers is None),
            "Please set both Worker Type and Number of Workers.",
        ),
        (shell and worker is not None, "Worker Type is not supported for Job Command pythonshell"),
        (
            shell and capacity is not None and capacity not in (0.0625, 1, 1.0),
            "MaxCapacity of a pythonshell job should be 0.0625 or 1.0",
        ),
        (
            command == "glueetl" and workers is not None and workers < 2,
            "Number of workers should be at least 2.",
        ),
        (worker == "G.025X" and command != "gluestreaming", "Worker Type G.025X is only supported for gluestreaming"),
        (flex and command != "glueetl", "Execution class FLEX is only supported for Job Command glueetl"),
        (flex and float(version) < 3, f"Execution class FLEX is not supported for Glue version {version}"),
        (
            flex and worker is not None and worker not in FLEX_WORKER_TYPES,
            f"Execution class FLEX is only supported for Worker Types {' and '.join(FLEX_WORKER_TYPES)}",
        ),
        (
            timeout is not None and not 1 <= timeout <= LONGEST_TIMEOUT,
            f"Timeout should be between 1 and {LONGEST_TIMEOUT} minutes.",
        ),
        (not 0 <= retries <= 10, "MaxRetries should be between 0 and 10."),
        (
            bool(job.get("JobRunQueuingEnabled")) and retries > 0,
            "Job run queuing cannot be enabled when max retries is greater than 0.",
        ),
        (len(job.get("Tags", {})) > MOST_TAGS, f"A job cannot have more than {MOST_TAGS} tags."),
        (bool(unmarked), f"Argument names should start with --: {', '.join(unmarked)}"),
    ]
