"""Who sat where and when: legislators joined to their memberships and organizations, as ``legislator_history``."""

from job_runtime import glue_job
from popolo import MEMBERSHIPS, ORGANIZATIONS, PERSONS, one_per_id, with_dates
from pyspark.sql import DataFrame


def join_legislators(organizations: DataFrame, persons: DataFrame, memberships: DataFrame) -> DataFrame:
    """Return one row per membership whose person and organization are known.

    Parameters
    ----------
    organizations, persons, memberships
        Records with the schemas of ``popolo``. Of several organizations or persons of one id the fullest counts, so
        that a repeated record multiplies no history; a repeated membership stays.

    Returns
    -------
    DataFrame
        Every column of the person and the membership, and the organization's without ``other_names`` and
        ``identifiers``. The organization's ``id`` and ``name`` are ``org_id`` and ``org_name``, and so is any other
        column of it that a person has too: ``org_links``, ``org_image``. ``person_id`` and ``org_id`` are dropped: they
        are ``id`` and ``organization_id`` again.

    Raises
    ------
    InputError
        If a date is none.
    """
    people = with_dates(one_per_id(persons), "birth_date", "death_date")
    terms = with_dates(memberships, "start_date", "end_date")
    bodies = one_per_id(organizations).drop("other_names", "identifiers")
    bodies = bodies.withColumnsRenamed({name: f"org_{name}" for name in bodies.columns if name in people.columns})
    return (
        people.join(terms, people.id == terms.person_id)
        .join(bodies, bodies.org_id == terms.organization_id)
        .drop("person_id", "org_id")
    )


def main() -> None:
    """Run the job."""
    with glue_job("input_location_orgs", "input_location_persons", "input_location_memberships") as job:
        organizations = job.read(job.args["input_location_orgs"], format="json", schema=ORGANIZATIONS)
        persons = job.read(job.args["input_location_persons"], format="json", schema=PERSONS)
        memberships = job.read(job.args["input_location_memberships"], format="json", schema=MEMBERSHIPS)
        job.write(join_legislators(organizations, persons, memberships), table="legislator_history")


if __name__ == "__main__":
    main()
