"""A job whose input is a file of the repository."""

from job_runtime import glue_job


def main() -> None:
    """Run the job."""
    with glue_job("input_location") as job:
        job.spark.stop()


if __name__ == "__main__":
    main()
