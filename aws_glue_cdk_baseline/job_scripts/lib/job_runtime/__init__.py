"""The thin boundary between a job and its runtime: AWS Glue, the Glue Docker image, or plain PySpark.

Examples
--------
>>> from job_runtime import glue_job
>>> with glue_job("input_location", since="2026-01-01") as job:
...     orders = job.read(job.args["input_location"], format="json", schema=ORDERS)
...     job.write(orders.where(orders.day >= job.args["since"]), table="orders")
"""

from job_runtime.connections import DatabaseConnection
from job_runtime.errors import ArgumentError, DatabaseConnectionError, InputError, JobError, TableError
from job_runtime.job import Job, glue_job
from job_runtime.records import iso_date, iso_timestamp, refuse

__all__ = [
    "ArgumentError",
    "DatabaseConnection",
    "DatabaseConnectionError",
    "InputError",
    "Job",
    "JobError",
    "TableError",
    "glue_job",
    "iso_date",
    "iso_timestamp",
    "refuse",
]
