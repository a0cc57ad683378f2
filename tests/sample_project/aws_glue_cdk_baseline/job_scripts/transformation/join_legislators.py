"""A job of several inputs."""

from job_runtime import glue_job


def main() -> None:
    """Run the job."""
    with glue_job("input_location_orgs", "input_location_persons", "input_location_memberships") as job:
        job.spark.stop()


if __name__ == "__main__":
    main()
