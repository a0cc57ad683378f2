"""What migrations of databases report: the files ``.../migration/<name>/reports/latest.json`` of the lakes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from rehearsal.assembly import Environment
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import MigrationReport

_REPORT = re.compile(r"(?P<database>[^/]+)/migration/(?P<name>[^/]+)/reports/latest\.json")


def tables_migrated(cloud: LocalCloud, environments: Iterable[Environment]) -> list[MigrationReport]:
    """Read the latest report of each migration.

    Parameters
    ----------
    cloud
        Where to look.
    environments
        The stages' accounts and Regions.

    Returns
    -------
    list of MigrationReport
        A line for each table, in the order of database and table.
    """
    found: list[MigrationReport] = []
    for environment in dict.fromkeys(environments):
        s3 = cloud.client("s3", environment.account, environment.region)
        for bucket, key, database in _reports(s3):
            report = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            found.extend(_line(database, table) for table in report["tables"])
    return sorted(found, key=lambda line: (line.database, line.table))


def _reports(s3: Any) -> Iterator[tuple[str, str, str]]:
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for key in (each["Key"] for page in pages for each in page.get("Contents", [])):
            name = _REPORT.fullmatch(key)
            if name:
                yield bucket, key, name["database"]


def _line(database: str, table: dict[str, Any]) -> MigrationReport:
    return MigrationReport(
        database=database,
        table=table["table"],
        read=table["read"]["rows"],
        written=table["written"]["rows"],
        quarantined=table["quarantined"],
        how=table["how"],
        seconds=round(sum(table["seconds"].values()), 1),
    )
