"""The lake's tables: read through the Glue catalog, and published by one API call after all files are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pyspark.sql import DataFrame, SparkSession

from job_runtime.columns import check_name, glue_columns
from job_runtime.errors import TableError
from job_runtime.records import refuse
from job_runtime.versions import next_version, remove_older_versions

_PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


@dataclass(frozen=True)
class Lake:
    """One job run's view of the lake.

    Parameters
    ----------
    spark
        The session that reads and writes the files.
    location
        Where the lake's files are, without a slash at the end: ``s3://bucket``.
    stage
        The stage, whose databases start with its name: ``dev``.
    database
        The database that the job writes: ``dev_gold``.
    job_name, run_id
        Who publishes: both become parameters of the table, and the run's files go below ``run_id``.
    """

    spark: SparkSession
    location: str
    stage: str
    database: str
    job_name: str
    run_id: str

    @cached_property
    def _glue(self) -> Any:
        # publishing is the last step of a long run: outlast a throttled minute
        return boto3.client("glue", config=Config(retries={"mode": "standard", "max_attempts": 10}))

    def read(self, name: str) -> DataFrame:
        """Return a table as it is now. A version stays for one further publication: long enough for one run to read."""
        layer, _, table = name.rpartition(".")
        database = f"{self.stage}_{layer}" if layer else self.database
        entry = self._entry(database, table)
        if entry is None:
            raise TableError(f"there is no table {database}.{table}: run the job that writes it first")
        return self._files(entry)

    def replace(self, rows: DataFrame, table: str) -> None:
        """Publish rows as the whole content of a table, new or not."""
        self._publish(rows, table, self._entry(self.database, table))

    def merge(self, rows: DataFrame, table: str, key: Sequence[str]) -> None:
        """Publish a table's rows with those of the same key replaced by, and new keys added from, ``rows``."""
        if not key or set(key) - set(rows.columns):
            raise TableError(f"merge into {table}: key={list(key)} must name columns of {', '.join(rows.columns)}")
        entry = self._entry(self.database, table)
        rows = rows.persist()  # checked, then written: the same rows, read once
        try:
            refuse(rows.where(" or ".join(f"`{name}` is null" for name in key)), f"rows for {table} without a key")
            refuse(rows.groupBy(*key).count().where("count > 1"), f"keys that several rows for {table} share")
            if entry is None:
                self._publish(rows, table, None)
            elif not rows.isEmpty():
                old = self._files(entry)
                _require_same_types(old, rows, table)
                kept = old.join(rows.select(*key), on=list(key), how="left_anti")
                self._publish(kept.unionByName(rows, allowMissingColumns=True), table, entry)
        finally:
            rows.unpersist()

    def _entry(self, database: str, table: str) -> dict[str, Any] | None:
        """Return the catalog's entry of a table, None if it has none."""
        check_name("database", database)
        check_name("table", table)
        try:
            entry: dict[str, Any] = self._glue.get_table(DatabaseName=database, Name=table)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return None
            raise TableError(f"{database}.{table} could not be looked up: {error}") from error
        if entry.get("TableType", "EXTERNAL_TABLE") != "EXTERNAL_TABLE" or "table_type" in entry.get("Parameters", {}):
            raise TableError(f"{database}.{table} is a view or of another table format, which jobs do not touch here")
        return entry

    def _files(self, entry: dict[str, Any]) -> DataFrame:
        storage = entry["StorageDescriptor"]
        schema = ", ".join(f"`{column['Name']}` {column['Type']}" for column in storage["Columns"])
        return self.spark.read.schema(schema).parquet(storage["Location"])

    def _publish(self, rows: DataFrame, table: str, entry: dict[str, Any] | None) -> None:
        """Write rows to a location of their own, then point the table there by one call."""
        columns = glue_columns(rows.schema)
        root = f"{self.location}/{self.database}/{table}"
        published = entry["StorageDescriptor"]["Location"] if entry else None
        location = next_version(root, self.run_id, published)
        rows.write.mode("overwrite").parquet(location)  # what an earlier attempt of this run left there goes
        self._point(self._table_input(table, columns, f"{location}/", entry or {}), entry)
        if published:
            remove_older_versions(self.spark, root, published)

    def _table_input(
        self, table: str, columns: list[dict[str, str]], location: str, entry: dict[str, Any]
    ) -> dict[str, Any]:
        """Return what the catalog should hold: ours, and what people added to the entry (an update replaces it all)."""
        comments = {
            column["Name"]: column.get("Comment") for column in entry.get("StorageDescriptor", {}).get("Columns", [])
        }
        for column in columns:
            if comment := comments.get(column["Name"]):
                column.setdefault("Comment", comment)
        ours = {"EXTERNAL": "TRUE", "classification": "parquet", "job_name": self.job_name, "job_run_id": self.run_id}
        return {key: entry[key] for key in ("Description", "Owner", "Retention") if key in entry} | {
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {**entry.get("Parameters", {}), **ours},
            "StorageDescriptor": {"Columns": columns, "Location": location, **_PARQUET},
        }

    def _point(self, table_input: dict[str, Any], entry: dict[str, Any] | None) -> None:
        name = f"{self.database}.{table_input['Name']}"
        try:
            if entry is None:
                self._glue.create_table(DatabaseName=self.database, TableInput=table_input)
            else:
                # VersionId: refused if another run published since we looked. SkipArchive: an account may keep
                # 1,000,000 table versions, and the files of old ones are gone anyway.
                version = {"VersionId": entry["VersionId"]} if "VersionId" in entry else {}
                self._glue.update_table(DatabaseName=self.database, TableInput=table_input, SkipArchive=True, **version)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("ConcurrentModificationException", "AlreadyExistsException"):
                msg = f"{name} was published by another run meanwhile and keeps what that run wrote: run this job again"
            elif code == "EntityNotFoundException":
                msg = f"{name} was not published: there is no database {self.database}; deploy the stage's data lake"
            else:
                msg = f"{name} was not published: {error}"
            raise TableError(msg) from error


def _require_same_types(old: DataFrame, new: DataFrame, table: str) -> None:
    """Refuse a merge that would have Spark widen a column, such as numbers to text."""
    before = {column["Name"]: column["Type"] for column in glue_columns(old.schema)}
    changed = [
        f"{column['Name']} is {before[column['Name']]} in the table and {column['Type']} in the new rows"
        for column in glue_columns(new.schema)
        if before.get(column["Name"], column["Type"]) != column["Type"]
    ]
    if changed:
        raise TableError(f"merge into {table}: {'; '.join(changed)}; cast the new rows, or replace the table once")
