"""The tables that runs wrote, with the rows that their files really have."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow.parquet

from rehearsal.assembly import Environment
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import RunReport, TableReport


def tables_written(
    cloud: LocalCloud, environments: Iterable[Environment], runs: Iterable[RunReport]
) -> list[TableReport]:
    """Find the tables that runs wrote, and count their rows.

    Parameters
    ----------
    cloud
        Where to look.
    environments
        The stages' accounts and Regions.
    runs
        The runs; a table names the one that wrote it.

    Returns
    -------
    list of TableReport
        In the order of stage, database and table.
    """
    stages = {run.run_id: run.stage for run in runs}
    found = []
    for environment in dict.fromkeys(environments):
        glue = cloud.client("glue", environment.account, environment.region)
        s3 = cloud.client("s3", environment.account, environment.region)
        for database in _all(glue, "get_databases", "DatabaseList"):
            for table in _all(glue, "get_tables", "TableList", DatabaseName=database["Name"]):
                stage = stages.get(table.get("Parameters", {}).get("job_run_id", ""))
                if stage is not None:
                    found.append(TableReport(stage, database["Name"], table["Name"], rows_of(s3, table)))
    return sorted(found, key=lambda table: (table.stage, table.database, table.table))


def rows_of(s3: Any, table: dict[str, Any]) -> int | None:
    """Count the rows of a table by the footers of its parquet files.

    Parameters
    ----------
    s3
        Client of the table's account.
    table
        The table as Glue describes it.

    Returns
    -------
    int or None
        None for a table that is not of parquet files.
    """
    if table.get("Parameters", {}).get("classification") != "parquet":
        return None
    bucket, _, prefix = table["StorageDescriptor"]["Location"].partition("://")[2].partition("/")
    rows = 0
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/")
    for entry in (entry for page in pages for entry in page.get("Contents", [])):
        # Spark reads no file whose name begins so
        if not entry["Key"].rsplit("/", 1)[-1].startswith(("_", ".")):
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            rows += pyarrow.parquet.read_metadata(io.BytesIO(body)).num_rows
    return rows


def _all(glue: Any, operation: str, key: str, **parameters: str) -> list[dict[str, Any]]:
    pages = glue.get_paginator(operation).paginate(**parameters)
    return [item for page in pages for item in page[key]]
