"""The customer dimension: each customer as the latest record describes it, as ``dim_customers``."""

from job_runtime import glue_job, iso_date, iso_timestamp, refuse
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

COLUMNS = ("customer_id", "name", "email", "country", "signup_date", "updated_at")
CUSTOMERS = StructType([StructField(name, StringType()) for name in COLUMNS])


def dim_customers(customers: DataFrame) -> DataFrame:
    """Return each customer's latest record, of those whose country is known.

    Parameters
    ----------
    customers
        Records with the schema ``CUSTOMERS``, all text, several of one customer. Blank text counts as null.

    Returns
    -------
    DataFrame
        One row per customer, ``signup_date`` a date and ``updated_at`` a timestamp in UTC. Of records updated at the
        same moment the one wins that comes last by its other columns, left to right (null first); so the result does
        not depend on the order of the input. A customer whose latest record has no country is left out, even if an
        older one has: what is latest is what is true.

    Raises
    ------
    InputError
        If a record has no ``customer_id``, no ``updated_at``, or a date that is none. The seed is the team's own, so
        a mistake is mended there; a guess here could make an old record the latest.
    """
    records = customers.select([F.nullif(F.trim(name), F.lit("")).alias(name) for name in COLUMNS])
    refuse(records.where("customer_id is null"), "customers without a customer_id")
    typed = records.withColumns({"signed": iso_date("signup_date"), "updated": iso_timestamp("updated_at")})
    undated = "updated is null or (signed is null and signup_date is not null)"
    refuse(typed.where(undated), "customers whose updated_at or signup_date is not ISO 8601, 2026-02-28T09:30:00Z")

    typed = typed.withColumns({"signup_date": F.col("signed"), "updated_at": F.col("updated")}).select(*COLUMNS)
    others = [F.col(name).desc_nulls_last() for name in COLUMNS if name not in ("customer_id", "updated_at")]
    latest = Window.partitionBy("customer_id").orderBy(F.col("updated_at").desc(), *others)
    return (
        typed.withColumn("_rank", F.row_number().over(latest)).where("_rank = 1 and country is not null").drop("_rank")
    )


def main() -> None:
    """Run the job."""
    with glue_job("input_location") as job:
        # escape: as spreadsheets quote ("" inside quotes); enforceSchema off: columns go by their header, not position
        customers = job.read(
            job.args["input_location"], format="csv", schema=CUSTOMERS, header=True, enforceSchema=False, escape='"'
        )
        job.write(dim_customers(customers), table="dim_customers")


if __name__ == "__main__":
    main()
