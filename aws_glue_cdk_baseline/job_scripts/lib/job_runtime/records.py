"""Records that cannot be used: found while reading, and refused with a count and an example instead of vanishing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from job_runtime.errors import InputError

_CORRUPT = "_corrupt_record"
_EXAMPLE_LENGTH = 300


def refuse(bad: DataFrame, what: str) -> None:
    """Fail the job if there are rows that it must not have.

    Parameters
    ----------
    bad
        The rows to refuse; an empty DataFrame passes. They are counted: one Spark job.
    what
        What they are, as the error should call them: ``"persons without an id"``.

    Raises
    ------
    InputError
        With the number of rows and the first of them (by its text, so that it is the same one each time) as JSON.
    """
    text = F.to_json(F.struct(*bad.columns))
    row = bad.agg(F.count(F.lit(1)).alias("count"), F.min(text).alias("example")).first()
    if row is not None and row["count"]:
        example = row["example"]
        cut = f"{example[:_EXAMPLE_LENGTH]}..." if len(example) > _EXAMPLE_LENGTH else example
        raise InputError(f"{row['count']} {what}; for example: {cut}")


def iso_date(column: str) -> Column:
    """Return a text column as dates: ``2026-02-28``. Anything else is null, such as ``2026-02-30`` or ``2026-02``."""
    # A plain cast would read 2026-02 as the first of the month, and would fail the whole job under ANSI SQL (Glue 6).
    return F.when(F.col(column).rlike(r"^\d{4}-\d{2}-\d{2}$"), F.expr(f"try_cast(`{column}` as date)"))


def iso_timestamp(column: str) -> Column:
    """Return a text column as timestamps, in UTC unless the text names its offset; anything but ISO 8601 is null."""
    shape = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$"
    return F.when(F.col(column).rlike(shape), F.expr(f"try_cast(`{column}` as timestamp)"))


def load(
    spark: SparkSession, paths: Sequence[str], format: str, schema: StructType | None, options: dict[str, Any]
) -> DataFrame:
    """Read files as a DataFrame, refusing records that cannot be parsed.

    A malformed JSON or CSV record would otherwise become a row of nulls. The check parses the input once more than
    the job does; ``mode="DROPMALFORMED"`` among the options does without such records, knowingly.

    Raises
    ------
    InputError
        If a path does not exist, or a record cannot be parsed as the schema says.
    """
    reader = spark.read.format(format).option("columnNameOfCorruptRecord", _CORRUPT).options(**options)
    if schema is not None:
        parsed = format in ("json", "csv")
        reader = reader.schema(StructType([*schema.fields, StructField(_CORRUPT, StringType())]) if parsed else schema)
    try:
        records = reader.load(list(paths))
    except AnalysisException as error:
        if "PATH_NOT_FOUND" not in str(error):
            raise
        raise InputError(f"nothing at {', '.join(paths)}: does the job's parameter name the right place?") from error
    if _CORRUPT not in records.columns:
        return records
    refuse(records.where(F.col(_CORRUPT).isNotNull()), f"records of {', '.join(paths)} cannot be parsed")
    return records.drop(_CORRUPT)
