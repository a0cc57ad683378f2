"""Tables of a MySQL server, as parquet files of the lake: the first third of a migration."""

from job_runtime import glue_job
from migration.extract import Extract, extract_tables, snapshot_asked
from migration.marks import marks_asked
from migration.storage import storage_at
from migration.workers import workers_of


def main() -> None:
    """Run the job."""
    with glue_job(
        "tables",
        exclude="",
        migration="main",
        incremental="",
        overlap="600",
        consistency="ranges",
        spread="driver",
        workflow_run_id="",
    ) as job:
        extract = Extract(
            connection=job.connection("SourceDatabase"),
            storage=storage_at(job.args["lake_location"]),
            database=job.args["database"],
            migration=job.args["migration"],
            tables=job.args["tables"],
            exclude=job.args["exclude"],
            incremental=marks_asked(job.args["incremental"]),
            overlap=int(job.args["overlap"]),
            snapshot=snapshot_asked(job.args["consistency"]),
            workflow_run=job.args["workflow_run_id"],
        )
        for batch in extract_tables(extract, workers_of(job.args["spread"], lambda: job.spark)):
            mark = f", up to {batch.mark_column} {batch.mark}" if batch.mark else ""
            print(f"{batch.schema.name}: {batch.read} read ({batch.consistency}{mark})")  # noqa: T201 - the run's log


if __name__ == "__main__":
    main()
