"""The resources that an operation of Glue acts on, as the Service Authorization Reference lists them.

See https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from moto.glue.models import glue_backends

Ask = Callable[[str], Any]
"""Gives the value of a request's parameter by its name."""

_OF_A_JOB = {
    *("CreateJob", "GetJob", "UpdateJob", "DeleteJob", "StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"),
    *("GetJobBookmark", "ResetJobBookmark"),
}
_OF_NONE = {"ListJobs", "GetJobs", "ListWorkflows", "ListTriggers", "ListCrawlers", "CreateSecurityConfiguration"}
_OF_A_CONNECTION = {"GetConnection", "CreateConnection", "UpdateConnection", "DeleteConnection", "GetConnections"}


def glue_resources(operation: str, ask: Ask, prefix: str) -> Sequence[str | None]:
    """Return the ARNs of an operation's resources; the caller needs the action on each of them.

    Parameters
    ----------
    operation
        For example ``GetTable``.
    ask
        The request's parameters.
    prefix
        ``arn:aws:glue:<region>:<account>:``.

    Returns
    -------
    sequence of str or None
        None for a resource that the rehearsal does not know.
    """
    if operation in _OF_A_JOB:
        return [f"{prefix}job/{ask('JobName') or ask('Name')}"]
    if operation in _OF_NONE:
        return ["*"]
    if operation in _OF_A_CONNECTION:
        name = ask("Name") or ask("ConnectionName") or (ask("ConnectionInput") or {}).get("Name", "*")
        return [f"{prefix}catalog", f"{prefix}connection/{name}"]
    if ask("ResourceArn"):
        return [str(ask("ResourceArn"))]
    kinds = ("Table", "Partition", "ColumnStatistics")
    database, table = ask("DatabaseName"), _table(operation, ask)
    if database and any(kind in operation for kind in kinds):
        return [f"{prefix}catalog", f"{prefix}database/{database}", f"{prefix}table/{database}/{table}"]
    if operation.endswith(("Database", "Databases")):
        name = ask("Name") or (ask("DatabaseInput") or {}).get("Name", "*")
        return [f"{prefix}catalog", f"{prefix}database/{name}"]
    return [None]


def job_tags(arn: str) -> dict[str, str]:
    """Return the tags of a job, none if it does not exist.

    Parameters
    ----------
    arn
        The job's ARN.
    """
    _, _, _, region, account, _ = arn.split(":", 5)
    return dict(glue_backends[account][region].get_tags(arn))


def _table(operation: str, ask: Ask) -> str:
    given = (ask("TableInput") or {}).get("Name") or ask("TableName")
    return str(given or (ask("Name") if "Table" in operation else None) or "*")
