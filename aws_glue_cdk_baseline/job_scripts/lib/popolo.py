"""The records of the Popolo format that more than one job reads: schemas, dates, one record per id.

Field names and shapes are those of https://www.popoloproject.com. Fields that no schema names are not read.
"""

from __future__ import annotations

from job_runtime import iso_date, refuse
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, LongType, StringType, StructType


def _texts(*names: str) -> StructType:
    schema = StructType()
    for name in names:
        schema.add(name, StringType())
    return schema


_IDENTIFIERS = ArrayType(_texts("scheme", "identifier"))
_LINKS = ArrayType(_texts("note", "url"))
_OTHER_NAMES = ArrayType(_texts("lang", "name", "note"))

PERSONS = (
    _texts("id", "name", "given_name", "family_name", "sort_name", "gender", "birth_date", "death_date", "image")
    .add("images", ArrayType(_texts("url")))
    .add("identifiers", _IDENTIFIERS)
    .add("other_names", _OTHER_NAMES)
    .add("links", _LINKS)
    .add("contact_details", ArrayType(_texts("type", "value")))
)

ORGANIZATIONS = (
    _texts("id", "name", "classification", "type", "image")
    .add("seats", LongType())
    .add("identifiers", _IDENTIFIERS)
    .add("other_names", _OTHER_NAMES)
    .add("links", _LINKS)
)

MEMBERSHIPS = _texts(
    "person_id",
    "organization_id",
    "on_behalf_of_id",
    "legislative_period_id",
    "area_id",
    "role",
    "start_date",
    "end_date",
)


def with_dates(records: DataFrame, *columns: str) -> DataFrame:
    """Turn text columns into dates.

    Popolo allows a year (1944) or a month (1944-05) where no more is known. No day is made up for them: they become
    null. Any other text that is no date is a mistake and fails the job.

    Raises
    ------
    InputError
        Counting the records with such text, with an example.
    """
    incomplete = r"^\d{4}(-(0[1-9]|1[0-2]))?$"
    wrong = F.lit(False)
    for column in columns:
        wrong |= F.col(column).isNotNull() & ~F.col(column).rlike(incomplete) & iso_date(column).isNull()
    refuse(records.where(wrong), f"records with a {' or '.join(columns)} that is no date")
    return records.withColumns({column: iso_date(column) for column in columns})


def one_per_id(records: DataFrame) -> DataFrame:
    """Keep one record of each id: the fullest, and of equally full ones always the same."""
    text = F.to_json(F.struct(*sorted(records.columns)))  # leaves nulls out, so the fullest is the longest
    order = Window.partitionBy("id").orderBy(F.length(text).desc(), text)
    return records.withColumn("_rank", F.row_number().over(order)).where("_rank = 1").drop("_rank")
