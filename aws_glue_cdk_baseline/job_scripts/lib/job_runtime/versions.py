"""The versions of a table: one prefix of files per run below the table's own, all but two removed in time."""

from __future__ import annotations

import logging
from typing import Any

from pyspark.sql import SparkSession

_LOG = logging.getLogger(__name__)


def next_version(root: str, run_id: str, published: str | None) -> str:
    """Return the location for a run's files: never the one that readers are looking at.

    Parameters
    ----------
    root
        The table's own prefix, without a slash at the end.
    run_id
        The run that writes; a later attempt may have the same.
    published
        The location that the table points at now, if there is one.
    """
    version = (published or "").rstrip("/").removeprefix(f"{root}/")
    if version == run_id:
        return f"{root}/{run_id}-2"
    if version.startswith(f"{run_id}-") and version.removeprefix(f"{run_id}-").isdigit():
        return f"{root}/{run_id}-{int(version.removeprefix(f'{run_id}-')) + 1}"
    return f"{root}/{run_id}"


def remove_older_versions(spark: SparkSession, root: str, previous: str) -> None:
    """Remove the versions older than the previous one, which queries that began before this run may still read.

    Whatever was written after the previous version stays: it may be another run's, still at work. What failed runs
    left behind goes the same way, a publication or two later. A failing clean-up only warns: the table is published.
    """
    try:
        jvm: Any = spark.sparkContext._jvm
        path = jvm.org.apache.hadoop.fs.Path(root)
        storage = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
        written = {status.getPath().getName(): _last_written(storage, status) for status in storage.listStatus(path)}
        limit = written.get(previous.rstrip("/").removeprefix(f"{root}/"), 0)
        for version, time in written.items():
            if time < limit:
                storage.delete(jvm.org.apache.hadoop.fs.Path(f"{root}/{version}"), True)
    except Exception as error:
        _LOG.warning("old versions below %s were not removed (the table is published): %s", root, error)


def _last_written(storage: Any, version: Any) -> int:
    """Return when a version's newest file was written, in milliseconds: S3 keeps no time for a prefix itself."""
    listing, newest = storage.listFiles(version.getPath(), True), 0
    while listing.hasNext():
        newest = max(newest, listing.next().getModificationTime())
    return newest
