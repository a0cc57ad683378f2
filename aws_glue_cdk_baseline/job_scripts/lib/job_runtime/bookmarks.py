"""Job bookmarks: which files of a named source a job has not had yet, remembered only when its run succeeds."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from pyspark.sql import SparkSession

from job_runtime.errors import ArgumentError, InputError

_FILE = "job_runtime_file"


class Bookmarks(Protocol):
    """What a runtime remembers between the runs of a job."""

    def new_files(self, name: str, location: str, format: str) -> list[str]:
        """Return the files at a location that no successful run of this job had under this name."""

    def commit(self) -> None:
        """Remember the files that this run was given."""


def bookmarks_of(runtime: SparkSession, argv: list[str], arguments: dict[str, str | None]) -> Bookmarks:
    """Return AWS's bookmarks where AWS's jars are there, and files' states everywhere else."""
    return GlueBookmarks(runtime, argv) if on_glue(runtime) else FileBookmarks(runtime, arguments)


def on_glue(spark: SparkSession) -> bool:
    """Say whether this JVM has AWS's ETL library: on Glue and in the Glue image, py4j then finds a class there."""
    from py4j.java_gateway import JavaClass  # noqa: PLC0415 - only beside a JVM

    jvm: Any = spark.sparkContext._jvm
    return isinstance(jvm.com.amazonaws.services.glue.GlueContext, JavaClass)


class GlueBookmarks:
    """AWS's own, keyed by ``transformation_ctx``; ``Job.init`` and ``Job.commit`` frame the run.

    A DynamicFrame only says which files are new. They are then read as on every other runtime, so that schemas,
    options and malformed records mean the same everywhere.
    """

    def __init__(self, spark: SparkSession, argv: list[str]) -> None:
        from awsglue.context import GlueContext  # noqa: PLC0415 - only Glue and its image have it
        from awsglue.job import Job  # noqa: PLC0415 - as above
        from awsglue.utils import getResolvedOptions  # noqa: PLC0415 - as above

        self._context: Any = GlueContext(spark.sparkContext)
        self._job: Any = Job(self._context)
        # what AWS's scripts pass, as AWS resolves it: the service reads the bookmark option and the run's id here
        options = getResolvedOptions(argv, ["JOB_NAME"])
        self._job.init(options["JOB_NAME"], options)

    def new_files(self, name: str, location: str, format: str) -> list[str]:
        """See Bookmarks."""
        frame = self._context.create_dynamic_frame.from_options(
            "s3",
            {"paths": [location], "recurse": True},
            format=format,
            format_options={"attachFilename": _FILE},
            transformation_ctx=name,
        )
        if frame.errorsCount():
            # a file of nothing but malformed records would be marked as read without having been seen
            raise InputError(f"{frame.errorsCount()} records of {location} cannot be parsed as {format}")
        rows = frame.toDF()
        return sorted(row[0] for row in rows.select(_FILE).distinct().collect()) if _FILE in rows.columns else []

    def commit(self) -> None:
        """See Bookmarks."""
        self._job.commit()


class FileBookmarks:
    """Plain PySpark's: a JSON file per job in ``JOB_BOOKMARKS_DIR``, with each file's length and time of change.

    As on Glue, a file that was rewritten counts as new. Deleting the JSON file resets the job's bookmarks.
    """

    def __init__(self, spark: SparkSession, arguments: dict[str, str | None]) -> None:
        if arguments["job_bookmark_from"] is not None:
            raise ArgumentError("--job-bookmark-from and --job-bookmark-to work on AWS Glue only: leave them out here")
        self._spark = spark
        self._remembers = arguments["job_bookmark_option"] == "job-bookmark-enable"
        folder = Path(os.environ.get("JOB_BOOKMARKS_DIR", ".bookmarks"))
        self._store = folder / f"{quote(arguments['JOB_NAME'] or '', safe='')}.json"
        self._seen: dict[str, dict[str, list[int]]] = (
            json.loads(self._store.read_text()) if self._store.exists() else {}
        )
        self._given: dict[str, dict[str, list[int]]] = {}

    def new_files(self, name: str, location: str, format: str) -> list[str]:
        """See Bookmarks."""
        seen = self._seen.get(name, {})
        new = {file: state for file, state in self._files(location).items() if seen.get(file) != state}
        self._given[name] = {**self._given.get(name, {}), **new}
        return sorted(new)

    def commit(self) -> None:
        """See Bookmarks."""
        if not (self._remembers and self._given):
            return
        state = {**self._seen, **{name: {**self._seen.get(name, {}), **new} for name, new in self._given.items()}}
        self._store.parent.mkdir(parents=True, exist_ok=True)
        beside = self._store.with_suffix(".part")
        beside.write_text(json.dumps(state, indent=1, sort_keys=True))
        beside.replace(self._store)

    def _files(self, location: str) -> dict[str, list[int]]:
        """Return length and time of change of every file below a location (a file, a folder, or a glob)."""
        jvm: Any = self._spark.sparkContext._jvm
        path = jvm.org.apache.hadoop.fs.Path(location)
        storage = path.getFileSystem(self._spark.sparkContext._jsc.hadoopConfiguration())
        found = storage.globStatus(path)
        if not found:
            raise InputError(f"nothing at {location}: does the job's parameter name the right place?")
        files = {}
        for status in found:
            listing = storage.listFiles(status.getPath(), True)
            while listing.hasNext():
                file = listing.next()
                files[file.getPath().toString()] = [file.getLen(), file.getModificationTime()]
        return files
