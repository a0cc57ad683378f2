"""Transformed tables, loaded into a MySQL server and verified there: the last third of a migration."""

from job_runtime import glue_job
from migration.load import Load, load_tables
from migration.report import lines_of, write_report
from migration.storage import storage_at
from migration.workers import workers_of


def main() -> None:
    """Run the job."""
    with glue_job("tables", exclude="", migration="main", mode="replace", spread="driver") as job:
        storage = storage_at(job.args["lake_location"])
        load = Load(
            connection=job.connection("TargetDatabase"),
            storage=storage,
            source_database=f"{job.stage}_silver",
            database=job.args["database"],
            migration=job.args["migration"],
            tables=job.args["tables"],
            exclude=job.args["exclude"],
            mode=job.args["mode"],
        )
        results = load_tables(load, workers_of(job.args["spread"], lambda: job.spark))
        report = write_report(storage, load.database, load.migration, job.run_id, results)
        print("\n".join([*lines_of(results), f"Report: {job.args['lake_location']}/{report}"]))  # noqa: T201 - the log


if __name__ == "__main__":
    main()
