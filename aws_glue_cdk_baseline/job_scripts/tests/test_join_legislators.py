"""The legislators' history: one row per membership of a known person in a known organization."""

import json
from datetime import date
from typing import Any

import pytest
from popolo import MEMBERSHIPS, ORGANIZATIONS, PERSONS
from pyspark.sql import functions as F

from aws_glue_cdk_baseline.job_scripts.transformation.join_legislators import join_legislators, main

_ADA = {"id": "ada", "name": "Ada Quince", "links": [{"note": "website", "url": "https://ada.example.org"}]}
_BO = {"id": "bo", "name": "Bo Thorne", "birth_date": "1944-05-17"}
_HOUSE = {
    "id": "house",
    "name": "House",
    "seats": 20,
    "links": [{"note": "website", "url": "https://house.example.org"}],
}
_TERM = {"person_id": "ada", "organization_id": "house", "role": "member", "start_date": "2009-01-06"}


@pytest.fixture
def join(spark):
    """Join lists of dicts."""

    def frame(records, schema):
        texts = spark.createDataFrame([json.dumps(record) for record in records], "string")
        return texts.select(F.inline(F.array(F.from_json("value", schema))))

    def joined(organizations, persons, memberships):
        return join_legislators(
            frame(organizations, ORGANIZATIONS), frame(persons, PERSONS), frame(memberships, MEMBERSHIPS)
        )

    return joined


def test_the_columns_are_the_persons_the_memberships_and_the_organizations_without_doubles(join):
    columns = join([_HOUSE], [_ADA], [_TERM]).columns
    assert columns == [
        *[
            "id",
            "name",
            "given_name",
            "family_name",
            "sort_name",
            "gender",
            "birth_date",
            "death_date",
            "image",
            "images",
        ],
        *["identifiers", "other_names", "links", "contact_details"],
        *["organization_id", "on_behalf_of_id", "legislative_period_id", "area_id", "role", "start_date", "end_date"],
        *["org_name", "classification", "type", "org_image", "seats", "org_links"],
    ]


def test_a_row_tells_who_sat_where_and_when(join):
    row = join([_HOUSE], [_ADA], [_TERM]).first()
    assert (row.id, row.name, row.organization_id, row.org_name, row.seats) == (
        "ada",
        "Ada Quince",
        "house",
        "House",
        20,
    )
    assert row.start_date == date(2009, 1, 6)
    assert (row.links[0].url, row.org_links[0].url) == ("https://ada.example.org", "https://house.example.org")
    assert row.other_names is None


def test_the_persons_identifiers_stay_and_the_organizations_go(join):
    identified = {"identifiers": [{"scheme": "s", "identifier": "of a person"}]}
    other = {"identifiers": [{"scheme": "s", "identifier": "of a house"}], "other_names": [{"name": "Chamber"}]}
    row = join([{**_HOUSE, **other}], [{**_ADA, **identified}], [_TERM]).first()
    assert row.identifiers[0].identifier == "of a person"
    assert "Chamber" not in str(row)


def test_a_person_has_a_row_per_membership_and_none_without(join):
    terms = [_TERM, {**_TERM, "start_date": "2011-01-05"}, _TERM]
    rows = join([_HOUSE], [_ADA, _BO], terms).collect()
    assert sorted((row.id, str(row.start_date)) for row in rows) == [
        ("ada", "2009-01-06"),
        ("ada", "2009-01-06"),
        ("ada", "2011-01-05"),
    ]


@pytest.mark.parametrize(
    "term",
    [
        {**_TERM, "person_id": "unknown"},
        {**_TERM, "organization_id": "unknown"},
        {"organization_id": "house"},
        {"person_id": "ada"},
    ],
)
def test_a_membership_of_an_unknown_person_or_organization_is_no_history(join, term):
    assert join([_HOUSE, {"name": "nameless"}], [_ADA, {"name": "nobody"}], [term, _TERM]).count() == 1


def test_repeated_persons_and_organizations_multiply_nothing(join):
    rows = join([_HOUSE, {"id": "house"}, _HOUSE], [{"id": "ada"}, _ADA, _ADA], [_TERM]).collect()
    assert [(row.name, row.org_name) for row in rows] == [("Ada Quince", "House")]


@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_an_empty_input_is_an_empty_history_with_every_column(join, lacking):
    inputs = [[_HOUSE], [_ADA], [_TERM]]
    inputs[lacking] = []
    history = join(*inputs)
    assert history.count() == 0
    assert len(history.columns) == 27


def test_the_job_publishes_the_history_of_its_three_inputs(catalog, command_line, spark, tmp_path):
    stranger = {**_TERM, "person_id": "nobody"}
    inputs: dict[str, list[Any]] = {"orgs": [_HOUSE], "persons": [_ADA], "memberships": [_TERM, stranger]}
    for kind, records in inputs.items():
        (tmp_path / f"{kind}.json").write_text("".join(json.dumps(record) + "\n" for record in records))
    urls = {kind: (tmp_path / f"{kind}.json").as_uri() for kind in inputs}
    command_line(*(piece for kind, url in urls.items() for piece in (f"--input_location_{kind}", url)))
    main()
    rows = spark.read.parquet(catalog.location("legislator_history")).collect()
    assert [(row.name, row.org_name) for row in rows] == [("Ada Quince", "House")]
