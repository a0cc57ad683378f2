"""Persons: typed, one per id, nothing lost in silence."""

import json
from datetime import date

import pytest
from job_runtime import InputError
from popolo import PERSONS

from aws_glue_cdk_baseline.job_scripts.ingestion.process_legislators import main, process_persons

_ADA = {"id": "1", "name": "Ada Quince", "birth_date": "1944-05-17", "images": [{"url": "https://example.org/ada.jpg"}]}


@pytest.fixture
def persons(spark):
    """Make persons of dicts."""
    return lambda *records: spark.createDataFrame([json.dumps(record) for record in records], "string").select(
        _parsed()
    )


def _parsed():
    from pyspark.sql import functions as F

    return F.inline(F.array(F.from_json("value", PERSONS)))


def test_the_table_has_every_field_with_its_type(persons):
    processed = process_persons(persons(_ADA))
    assert processed.dtypes == [
        ("id", "string"),
        ("name", "string"),
        ("given_name", "string"),
        ("family_name", "string"),
        ("sort_name", "string"),
        ("gender", "string"),
        ("birth_date", "date"),
        ("death_date", "date"),
        ("image", "string"),
        ("images", "array<struct<url:string>>"),
        ("identifiers", "array<struct<scheme:string,identifier:string>>"),
        ("other_names", "array<struct<lang:string,name:string,note:string>>"),
        ("links", "array<struct<note:string,url:string>>"),
        ("contact_details", "array<struct<type:string,value:string>>"),
    ]


def test_what_a_person_lacks_is_null_and_what_it_has_is_kept(persons):
    (row,) = process_persons(persons(_ADA)).collect()
    assert (row.id, row.name, row.birth_date) == ("1", "Ada Quince", date(1944, 5, 17))
    assert [image.url for image in row.images] == ["https://example.org/ada.jpg"]
    assert (row.death_date, row.gender, row.links) == (None, None, None)


@pytest.mark.parametrize("incomplete", ["1944", "1944-05"])
def test_a_date_of_which_no_more_is_known_becomes_null_not_the_first_of_january(persons, incomplete):
    (row,) = process_persons(persons({**_ADA, "birth_date": incomplete})).collect()
    assert row.birth_date is None


@pytest.mark.parametrize("wrong", ["1944-02-30", "17.05.1944", "1944-13", "unknown", ""])
def test_a_date_that_is_none_fails_the_job(persons, wrong):
    with pytest.raises(InputError, match=r"^1 records with a birth_date or death_date that is no date; .*Ada Quince"):
        process_persons(persons({**_ADA, "death_date": wrong}, {**_ADA, "id": "2"}))


@pytest.mark.parametrize("missing", [None, "", " "])
def test_a_person_without_an_id_fails_the_job(persons, missing):
    with pytest.raises(InputError, match=r"^1 persons without an id; for example: .*Ada Quince"):
        process_persons(persons({**_ADA, "id": missing}, _ADA))


def test_of_several_records_of_a_person_the_fullest_is_kept_in_whatever_order_they_come(persons):
    short, full = {"id": "1", "name": "Ada Quince"}, {**_ADA, "gender": "female"}
    equal = [{"id": "2", "name": "Bo"}, {"id": "2", "name": "Al"}]
    for records in ([short, full, *equal], [equal[1], full, equal[0], short], [full, full, *equal, short]):
        assert sorted((row.id, row.name, row.gender) for row in process_persons(persons(*records)).collect()) == [
            ("1", "Ada Quince", "female"),
            ("2", "Al", None),
        ]


def test_the_job_publishes_the_table(catalog, command_line, write_lines, spark):
    url = write_lines("persons.json", json.dumps(_ADA), json.dumps({**_ADA, "id": "2"}))
    command_line("--input_location", url)
    main()
    assert spark.read.parquet(catalog.location("persons")).count() == 2


def test_the_job_makes_an_empty_table_of_an_empty_file(catalog, command_line, write_lines):
    command_line("--input_location", write_lines("persons.json"))
    main()
    assert {"Name": "birth_date", "Type": "date"} in catalog.entry("persons")["StorageDescriptor"]["Columns"]


def test_a_malformed_line_fails_the_job_and_publishes_nothing(catalog, command_line, write_lines):
    command_line("--input_location", write_lines("persons.json", json.dumps(_ADA), '{"id": "2", "name"'))
    with pytest.raises(InputError, match=r"1 records of .*persons.json cannot be parsed"):
        main()
    assert catalog.calls == []
