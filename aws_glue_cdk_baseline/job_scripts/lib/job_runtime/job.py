"""What a job script holds while it runs: arguments, the Spark session, its inputs and the lake's tables."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from job_runtime.arguments import STANDARD, Arguments, resolve
from job_runtime.bookmarks import Bookmarks, bookmarks_of
from job_runtime.connections import DatabaseConnection, connection_of
from job_runtime.errors import ArgumentError, InputError, TableError
from job_runtime.records import load
from job_runtime.tables import Lake


@contextmanager
def glue_job(*required: str, **optional: str) -> Iterator[Job]:
    """Run the body as a Glue job, on whichever runtime this is; bookmarks are committed only if it succeeds.

    Parameters
    ----------
    *required
        Names of the arguments that the job cannot do without: ``inputLocation`` of the config is ``input_location``.
    **optional
        Names of those that it can, each with its default.

    Yields
    ------
    Job
        With ``args``, ``spark``, ``read``, ``table``, ``write``, ``merge`` and ``connection``.

    Raises
    ------
    ArgumentError
        Before Spark starts, if an argument is missing.
    """
    resolved = resolve(sys.argv, [*STANDARD, *required], optional)
    arguments = Arguments({name: value for name, value in resolved.items() if value is not None})
    job = Job(arguments, resolved)
    yield job
    if job.bookmarks:
        job.bookmarks.commit()  # not reached when the body raises: the next run is given the same files again


class Job:
    """A running job.

    Attributes
    ----------
    args
        The arguments by name, all text: ``job.args["input_location"]``.
    bookmarks
        What the runtime remembers between runs; None as long as the job has not asked for Spark.
    stage, run_id
        The stage that the job runs in; the id of this run (Glue's, or one made up elsewhere).
    """

    def __init__(self, arguments: Arguments, resolved: dict[str, str | None]) -> None:
        self.args = arguments
        self._resolved = resolved
        self.stage = arguments["stage"]
        self.run_id = arguments.get("JOB_RUN_ID") or f"local-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        if not re.fullmatch(r"[\w-]+", self.run_id):
            raise ArgumentError(f"--JOB_RUN_ID {self.run_id!r} names a folder: letters, digits, dashes, underscores")
        self.bookmarks: Bookmarks | None = None
        self._bookmarked = arguments["job_bookmark_option"] != "job-bookmark-disable"
        self._increments: list[str] = []

    @cached_property
    def spark(self) -> SparkSession:
        """The Spark session, its time zone UTC. It starts when it is first asked for: not every job needs one."""
        session = SparkSession.builder.appName(self.args["JOB_NAME"]).getOrCreate()
        # Glue's clock is UTC; a laptop's is not, and would shift timestamps
        session.conf.set("spark.sql.session.timeZone", "UTC")
        self.bookmarks = bookmarks_of(session, sys.argv, self._resolved)
        return session

    @cached_property
    def _lake(self) -> Lake:
        return Lake(
            spark=self.spark,
            location=self.args["lake_location"].rstrip("/"),
            stage=self.stage,
            database=self.args["database"],
            job_name=self.args["JOB_NAME"],
            run_id=self.run_id,
        )

    def read(
        self,
        location: str,
        *,
        format: str,
        schema: StructType | None = None,
        name: str | None = None,
        **options: Any,
    ) -> DataFrame:
        """Read files of JSON, CSV, parquet or any other format of Spark.

        Parameters
        ----------
        location
            A file, a folder or a glob, on any storage that Spark knows.
        format
            Spark's name of the format.
        schema
            What the records look like; without one Spark infers it. JSON and CSV records that do not fit are refused.
        name
            What bookmarks know this source by (Glue's ``transformation_ctx``). With bookmarks on, a named source gives
            only the files that no successful run has had; one without a name is always read whole.
        **options
            Spark's options of that format.

        Raises
        ------
        InputError
            If there is nothing at the location, or a record cannot be parsed.
        """
        spark = self.spark
        if name is None or self.bookmarks is None or not self._bookmarked:
            return load(spark, [location], format, schema, options)
        if schema is None or format not in ("json", "csv"):
            raise InputError(f"source {name!r}: a read with bookmarks is of json or csv, and needs schema=")
        self._increments.append(name)
        files = self.bookmarks.new_files(name, location, format)
        return load(spark, files, format, schema, options) if files else spark.createDataFrame([], schema)

    def table(self, name: str) -> DataFrame:
        """Read a table of the lake as it is now.

        Parameters
        ----------
        name
            A table of the job's own database, or with the layer's name before it one of the same stage:
            ``bronze.persons`` is ``dev_bronze.persons`` in dev.

        Raises
        ------
        TableError
            If there is no such table.
        """
        return self._lake.read(name)

    def write(self, rows: DataFrame, *, table: str) -> None:
        """Replace a table of the job's database; readers see the old rows or the new ones, never a mixture.

        Raises
        ------
        TableError
            If a name or a type is not one that Glue and Athena take, if another run published the same table
            meanwhile, or if the job reads with bookmarks: the rows of all earlier runs would be gone.
        """
        if self._increments:
            raise TableError(
                f"write would leave only the new files of {', '.join(self._increments)} in {table}: "
                f"use merge(rows, table=..., key=[...]), or read without name= to have all files every time"
            )
        self._lake.replace(rows, table)

    def merge(self, rows: DataFrame, *, table: str, key: Sequence[str]) -> None:
        """Update a table of the job's database by key: rows with a known key replace the old, the others are added.

        The same rows merged twice give the same table, so it goes with bookmarks. It publishes as ``write`` does; with
        no rows at all the table stays as it is. Columns that only one side has are null on the other.

        Raises
        ------
        TableError
            As ``write``, and if a column has another type than in the table.
        InputError
            If a key is null, or rows share one.
        """
        self._lake.merge(rows, table, key)

    def connection(self, name: str) -> DatabaseConnection:
        """Look up a database that the job's row in jobs.csv names as its connection.

        Parameters
        ----------
        name
            What the config calls it: ``SourceDatabase`` is ``<stage>.connections.SourceDatabase``.

        Raises
        ------
        DatabaseConnectionError
            If there is no such connection, if the job may not read it, or if its secret is empty or incomplete.
        """
        return connection_of(self.stage, name)
