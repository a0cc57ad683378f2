"""A job of one input."""

from job_runtime import glue_job


def main() -> None:
    """Run the job."""
    with glue_job("input_location") as job:
        job.spark.stop()


if __name__ == "__main__":
    main()
