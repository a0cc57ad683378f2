"""Persons of the United States' legislature, from JSON lines to the typed bronze table ``persons``."""

from job_runtime import glue_job, refuse
from popolo import PERSONS, one_per_id, with_dates
from pyspark.sql import DataFrame


def process_persons(persons: DataFrame) -> DataFrame:
    """Return one typed record per person.

    Parameters
    ----------
    persons
        Records with the schema ``popolo.PERSONS``, possibly several of one person.

    Returns
    -------
    DataFrame
        The same columns, with ``birth_date`` and ``death_date`` as dates; of several records of one id the fullest.

    Raises
    ------
    InputError
        If a person has no id, or a date that is none.
    """
    refuse(persons.where("id is null or trim(id) = ''"), "persons without an id")
    return one_per_id(with_dates(persons, "birth_date", "death_date"))


def main() -> None:
    """Run the job."""
    with glue_job("input_location") as job:
        persons = job.read(job.args["input_location"], format="json", schema=PERSONS)
        job.write(process_persons(persons), table="persons")


if __name__ == "__main__":
    main()
