"""The customer dimension: the latest record of each customer whose country is known."""

import itertools
from datetime import date, datetime
from pathlib import Path

import pytest
from job_runtime import InputError

from aws_glue_cdk_baseline.job_scripts.transformation.dim_customers import COLUMNS, CUSTOMERS, dim_customers, main

_SEED = Path(__file__).resolve().parents[1] / "seeds" / "customers.csv"
_HEADER = ",".join(COLUMNS)


@pytest.fixture
def dimension(spark):
    """Make the dimension of records that differ from one customer's."""
    usual = {"customer_id": "C1", "name": "Ada", "email": "a@example.com", "country": "SE", "signup_date": "2023-04-11"}

    def dimension_of(*records):
        rows = [tuple({**usual, "updated_at": "2025-01-01", **record}[name] for name in COLUMNS) for record in records]
        return dim_customers(spark.createDataFrame(rows, CUSTOMERS))

    return dimension_of


def _column(rows, name):
    return sorted(row[name] for row in rows.collect())


def test_dates_are_dates_and_moments_are_moments(dimension):
    rows = dimension({"updated_at": "2025-01-01T01:30:00+02:00"})
    assert [type_ for _, type_ in rows.dtypes] == ["string", "string", "string", "string", "date", "timestamp"]
    row = rows.selectExpr("signup_date", "cast(updated_at as timestamp_ntz) as updated_at").first()
    assert (row.signup_date, row.updated_at) == (date(2023, 4, 11), datetime(2024, 12, 31, 23, 30))


def test_the_latest_record_of_each_customer_is_kept(dimension):
    records = [
        {"name": "old", "updated_at": "2024-12-31T23:59:59Z"},
        {"name": "new", "updated_at": "2025-01-01"},
        {"name": "earlier, for all its later text", "updated_at": "2025-01-01T00:30:00+01:00"},
        {"name": "another", "customer_id": "C2"},
    ]
    assert _column(dimension(*records), "name") == ["another", "new"]


def test_ties_are_resolved_the_same_way_in_whatever_order_the_records_come(dimension):
    tied: list[dict[str, str | None]] = [
        {"name": "Ada", "email": "z@example.com", "country": "SE"},
        {"name": "Ada", "email": "z@example.com", "country": "US"},
        {"name": "Ada", "email": None, "country": "US"},
        {"name": "Abe", "email": "zz@example.com", "country": "US"},
    ]
    orders = enumerate(itertools.permutations(tied))
    rows = dimension(*({**record, "customer_id": f"order {number}"} for number, order in orders for record in order))
    kept = [(row.name, row.email, row.country) for row in rows.collect()]
    assert kept == [("Ada", "z@example.com", "US")] * 24


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_customer_whose_latest_record_has_no_country_is_left_out(dimension, nothing):
    records = [
        {"customer_id": "C1", "country": "SE", "updated_at": "2024-01-01"},
        {"customer_id": "C1", "country": nothing, "updated_at": "2025-01-01"},
        {"customer_id": "C2", "country": nothing, "updated_at": "2024-01-01"},
        {"customer_id": "C2", "country": "SE", "updated_at": "2025-01-01"},
    ]
    assert _column(dimension(*records), "customer_id") == ["C2"]


def test_a_missing_signup_date_is_null_and_blanks_around_text_do_not_count(dimension):
    row = dimension({"signup_date": " ", "customer_id": " C1 "}, {"updated_at": "2024-01-01"}).collect()
    assert [(one.customer_id, one.signup_date) for one in row] == [("C1", None)]


@pytest.mark.parametrize(
    "bad",
    [
        {"updated_at": None},
        {"updated_at": "yesterday"},
        {"updated_at": "2025-02-30"},
        {"updated_at": "2025-02"},
        {"signup_date": "11.04.2023"},
        {"signup_date": "2023-04"},
    ],
)
def test_a_date_that_is_none_fails_the_job(dimension, bad):
    with pytest.raises(InputError, match=r'^1 customers whose updated_at or signup_date .* example: .*"name":"Bo"'):
        dimension({}, {"name": "Bo", **bad})


@pytest.mark.parametrize("missing", [None, " "])
def test_a_record_without_a_customer_fails_the_job(dimension, missing):
    with pytest.raises(InputError, match=r"^1 customers without a customer_id"):
        dimension({}, {"customer_id": missing})


def test_no_records_are_an_empty_dimension(dimension):
    assert dimension().count() == 0
    assert dimension().columns == list(COLUMNS)


def test_the_job_publishes_the_seed(catalog, command_line, spark):
    command_line("--input_location", _SEED.as_uri())
    main()
    customers = {row.customer_id: row for row in spark.read.parquet(catalog.location("dim_customers")).collect()}
    assert sorted(customers) == ["C001", "C002", "C003", "C005", "C007", "C008", "C009", "C010"]
    assert (customers["C001"].country, customers["C010"].country) == ("GH", "UY")
    assert (customers["C003"].name, customers["C007"].name) == ("Castellan, Mireille", 'Gro "Gigi" Haugen')


@pytest.mark.parametrize("lines", [[], [_HEADER]])
def test_the_job_makes_an_empty_table_of_an_empty_file(catalog, command_line, write_lines, spark, lines):
    command_line("--input_location", write_lines("customers.csv", *lines))
    main()
    assert spark.read.parquet(catalog.location("dim_customers")).count() == 0


def test_a_record_with_a_field_too_many_fails_the_job(catalog, command_line, write_lines):
    command_line(
        "--input_location", write_lines("customers.csv", _HEADER, "C1,Quince, Ada,a@example.com,SE,,2025-01-01")
    )
    with pytest.raises(InputError, match=r"1 records of .*customers.csv cannot be parsed"):
        main()


def test_columns_in_another_order_are_refused_not_mixed_up(catalog, command_line, write_lines):
    header = ",".join(reversed(COLUMNS))
    command_line(
        "--input_location", write_lines("customers.csv", header, "2025-01-01,2023-04-11,SE,a@example.com,Ada,C1")
    )
    with pytest.raises(Exception, match="header"):
        main()
    assert catalog.calls == []
