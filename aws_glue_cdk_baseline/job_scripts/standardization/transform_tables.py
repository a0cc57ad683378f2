"""Extracted tables, transformed and checked against their contracts: the second third of a migration."""

import migrated_tables
from job_runtime import glue_job
from migration.contract import contracts_at
from migration.storage import storage_at
from migration.transform import Transform, functions_of, transform_tables
from migration.workers import workers_of


def main() -> None:
    """Run the job."""
    with glue_job("tables", exclude="", migration="main", contracts="", on_quarantine="fail", spread="driver") as job:
        transform = Transform(
            storage=storage_at(job.args["lake_location"]),
            source_database=f"{job.stage}_bronze",
            database=job.args["database"],
            migration=job.args["migration"],
            tables=job.args["tables"],
            exclude=job.args["exclude"],
            functions=functions_of(migrated_tables),
            contracts=contracts_at(job.args["contracts"]),
            on_quarantine=job.args["on_quarantine"],
        )
        for batch in transform_tables(transform, workers_of(job.args["spread"], lambda: job.spark)):
            told = f"{batch.written} to load, {batch.quarantined} rows in quarantine"
            print(f"{batch.schema.name}: {told}")  # noqa: T201 - the run's log


if __name__ == "__main__":
    main()
