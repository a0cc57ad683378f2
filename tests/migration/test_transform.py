"""What a transform does to rows, what a contract asks of them, and where those go that do not fit."""

import io
import json

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
from migration.columns import Column
from migration.contract import parse_contracts, why_no_room
from migration.failures import MigrationError
from migration.transform import Transform, functions_of, transform_tables


@pytest.fixture
def people(sites):
    sites.at_source(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50), age INT, paid DECIMAL(10,2), born DATE,"
        " score DOUBLE)",
        "INSERT INTO people VALUES (1, 'Ada', 36, 1.50, '1815-12-10', 0.1), "
        " (2, 'Augusta Ada King', 200, -7, '0000-00-00', NULL), (3, NULL, NULL, NULL, NULL, 1e23),"
        " (4, 'Bo', 5, 99999999.99, '2020-02-30', 2)",
    )
    sites.extract()
    return sites


def _transform(sites, **options):
    return transform_tables(Transform(sites.storage, "dev_bronze", "dev_silver", **options), sites.workers)


def _contract(**columns):
    return parse_contracts({"people": columns}, "contracts.yaml")


SAME = {
    "id": "int not null",
    "name": "varchar(50)",
    "age": "int",
    "paid": "decimal(10,2)",
    "born": "date",
    "score": "double",
}


def _quarantined(sites):
    files = [name for name in sites.storage.names("dev_silver/migration_quarantine/") if name.endswith(".parquet")]
    rows = [pyarrow.parquet.read_table(io.BytesIO(sites.storage.get(name))).to_pylist() for name in files]
    return {row["id"]: row for page in rows for row in page}


def test_a_table_without_function_and_contract_is_passed_on_without_a_copy(people):
    batch = _transform(people)[0]
    assert [part.file.split("/")[0] for part in batch.parts] == ["dev_bronze"]
    people.load(source_database="dev_silver")
    people.require_identical("people")


def test_a_function_changes_rows_and_types_and_the_target_is_verified_against_what_it_made(people):
    def change(rows):
        adult = pc.greater_equal(rows["age"], 18)
        paid = pc.multiply(rows["paid"].cast(pa.decimal128(12, 2)), pa.scalar(2))
        return (
            rows.drop_columns(["age", "paid"])
            .set_column(1, "name", pc.utf8_upper(rows["name"]))
            .append_column("adult", adult)
            .append_column("twice", paid)
            .append_column("seen", pa.array([pa.scalar(1_700_000_000_123_456, pa.timestamp("us"))] * len(rows)))
        )

    contract = _contract(id="int not null", name="varchar(50)", born="date", score="double", adult="tinyint(1)",
                         twice="decimal(14,4)", seen="datetime(3) not null")  # fmt: skip
    _transform(people, functions={"people": change}, contracts=contract)
    people.at_target(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(50), born DATE, score DOUBLE, adult TINYINT(1),"
        " twice DECIMAL(14,4), seen DATETIME(3) NOT NULL)"
    )
    people.load(source_database="dev_silver")
    shown = "SELECT id, name, CAST(born AS CHAR), CAST(score AS CHAR), adult, CAST(twice AS CHAR), CAST(seen AS CHAR)"
    assert people.at_target(f"{shown} FROM people")[:3] == [
        (1, "ADA", "1815-12-10", "0.1", 1, "3.0000", "2023-11-14 22:13:20.123"),
        (2, "AUGUSTA ADA KING", "0000-00-00", None, 1, "-14.0000", "2023-11-14 22:13:20.123"),
        (3, None, None, "1e23", None, None, "2023-11-14 22:13:20.123"),
    ]


def test_rows_that_do_not_fit_are_quarantined_as_they_were_read_with_every_reason(people):
    contract = _contract(**{**SAME, "name": "varchar(5) not null", "age": {"type": "tinyint unsigned", "maximum": 120}})
    batch = _transform(people, contracts=contract, on_quarantine="continue")[0]
    assert (batch.read.rows, batch.written.rows, batch.quarantined) == (4, 2, 2)
    found = _quarantined(people)
    assert found[2]["_reason"] == "name: does not fit varchar(5); age: beyond the maximum of 120"
    assert found[3]["_reason"] == "name: NULL, which the contract does not take"
    assert (found[2]["name"], found[2]["born"], found[2]["paid"]) == ("Augusta Ada King", "0000-00-00", "-7.00")
    people.at_target(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(5) NOT NULL, age TINYINT UNSIGNED, paid DECIMAL(10,2),"
        " born DATE, score DOUBLE)"
    )
    result = people.load(source_database="dev_silver")[0]
    assert (result.read.rows, result.target.rows, result.quarantined) == (4, 2, 2)
    assert people.at_target("SELECT id FROM people ORDER BY id") == [(1,), (4,)]


def test_a_run_that_is_to_fail_on_quarantine_leaves_nothing_to_load(people):
    contract = _contract(**{**SAME, "age": "tinyint"})
    told = r"people: 1 rows do not fit the contract and are in dev_silver/migration_quarantine/main/people/.*age: does"
    for _ in range(2):  # and again, when it is run again
        with pytest.raises(MigrationError, match=told):
            _transform(people, contracts=contract)
    assert set(_quarantined(people)) == {2}
    with pytest.raises(MigrationError, match="has no table"):
        people.load(source_database="dev_silver", tables="people")


def test_a_function_rejects_rows_by_a_reason(people):
    def reject(rows):
        return rows.append_column("_reject", pc.if_else(pc.equal(rows["id"], 4), pa.scalar("not four"), None))

    batch = _transform(people, functions={"people": reject}, on_quarantine="continue")[0]
    assert (batch.written.rows, batch.quarantined) == (3, 1)
    assert _quarantined(people)[4]["_reason"] == "not four"


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda rows: rows.slice(1), r"people: its transform returned 3 of 4 rows"),
        (lambda rows: rows.drop_columns(["age"]), r"people: its transform returned the columns id, name, paid"),
        (lambda rows: 1 / 0, r"people: its transform failed: ZeroDivisionError"),
        (
            lambda rows: rows.set_column(0, "id", pa.array(["x"] * len(rows))),
            r"people.id: its transform returned string that is no int",
        ),
    ],
)
def test_a_function_that_loses_rows_or_columns_is_an_error(people, function, told):
    with pytest.raises(MigrationError, match=told):
        _transform(people, functions={"people": function})


def test_a_source_and_a_contract_that_have_drifted_apart_are_told_by_column(people):
    contract = _contract(id="int not null", name="varchar(50)", e_mail="varchar(90)")
    told = r"people: the source has age, born, paid, score, which the contract has not; the contract has e_mail"
    with pytest.raises(MigrationError, match=told):
        _transform(people, contracts=contract)


def test_a_target_that_has_drifted_is_told_by_column_and_left_alone(people):
    people.at_target(
        "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20), age INT, paid DECIMAL(10,2), born DATE NOT NULL,"
        " since DATE NOT NULL)"
    )
    _transform(people)
    told = (
        r"people was not loaded.*name is varchar\(50\) null in the rows and varchar\(20\) null in the target; "
        r"born is date null .*; score is missing in the target; since \(date\) has neither a value"
    )
    with pytest.raises(MigrationError, match=told):
        people.load(source_database="dev_silver")
    assert people.at_target("SELECT COUNT(*) FROM people") == [(0,)]


def test_functions_and_contracts_for_tables_that_are_not_there_are_told(people):
    with pytest.raises(MigrationError, match=r"a transform or a contract for peple, which the lake"):
        _transform(people, functions={"peple": lambda rows: rows})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "expected a map of tables to columns, found list"),
        ({"t": []}, "t: expected a map of columns to types"),
        ({"t": {"c": {"typ": "int"}}}, r"t.c: expected a type such as"),
        ({"t": {"c": "varchr(4)"}}, r"t.c: 'varchr\(4\)' is no type of MySQL"),
    ],
)
def test_a_contract_that_is_none_is_told_by_table_and_column(content, told):
    with pytest.raises(MigrationError, match=f"contracts.yaml: {told}"):
        parse_contracts(content, "contracts.yaml")


@pytest.mark.parametrize(
    ("rows", "target", "room"),
    [
        ("int", "bigint", True), ("bigint", "int", False), ("int unsigned", "int", False),
        ("smallint unsigned", "int", True),
        ("decimal(10,2)", "decimal(12,2)", True), ("decimal(10,2)", "decimal(12,4)", False),
        ("varchar(10)", "text", True), ("text", "varchar(10)", False), ("char(5)", "char(4)", False),
        ("varbinary(4)", "binary(4)", False), ("blob", "longblob", True), ("enum('a')", "enum('b','a')", True),
        ("enum('a','b')", "enum('a')", False), ("datetime", "datetime(6)", False), ("datetime", "timestamp", False),
        ("bit(3)", "bit(8)", True), ("double", "float", False), ("set('a','b')", "set('a')", False),
        ("json", "json", True),
    ],
)  # fmt: skip
def test_a_column_has_room_for_every_value_of_another_or_has_not(rows, target, room):
    columns = [
        Column("c", type_, True, "utf8mb4" if "char" in type_ or type_ == "text" else None) for type_ in (rows, target)
    ]
    assert (why_no_room(*columns) is None) == room


def test_the_functions_of_a_module_are_those_that_it_defines(tmp_path, monkeypatch):
    (tmp_path / "of_a_team.py").write_text(
        "from json import dumps\ndef orders(rows): return rows\ndef _own(): ...\nX = 1\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import of_a_team  # type: ignore[import-not-found]

    assert list(functions_of(of_a_team)) == ["orders"]


def test_a_manifest_is_json_that_people_can_read(people):
    batch = _transform(people)[0]
    kept = json.loads(people.storage.get(f"dev_silver/migration/main/people/{batch.id}/manifest.json"))
    assert kept["read"]["rows"] == 4
    assert kept["contract"][0] == {"name": "id", "type": "int(11)", "nullable": False, "charset": None,
                                   "generated": False, "auto_increment": False, "has_default": False}  # fmt: skip
