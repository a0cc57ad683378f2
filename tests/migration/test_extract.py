"""What an extract reads: every row once, by whatever key a table has, in pages, resumed where it ended."""

import io
import itertools
import json
import shutil

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from migration import plan as plans
from migration.columns import Column
from migration.failures import MigrationError
from migration.ranges import even_ranges, literal

KEYS = {
    "a counted number": ("k BIGINT UNSIGNED NOT NULL AUTO_INCREMENT", "k", "seq + 1"),
    "numbers beyond 2^63": ("k BIGINT UNSIGNED NOT NULL", "k", "18446744073709551615 - seq * 1000"),
    "negative numbers with gaps": (
        "k BIGINT NOT NULL", "k", "IF(seq < 400, -9223372036854775807 + CAST(seq AS SIGNED), seq * seq)",
    ),
    "text, capitals alike": ("k VARCHAR(40) NOT NULL", "k", "CONCAT(MD5(seq), '\\\\''\"%', CHAR(9), seq)"),
    "text of another character set": (
        "k VARCHAR(20) CHARACTER SET latin1 NOT NULL", "k", "CONCAT('\u00e9\u00ff ', seq)",
    ),
    "bytes": ("k BINARY(16) NOT NULL", "k", "UNHEX(MD5(seq))"),
    "a date and time": ("k DATETIME(6) NOT NULL", "k", "'2024-03-10 01:59:00' + INTERVAL seq * 1000001 MICROSECOND"),
    "a timestamp": ("k TIMESTAMP(3) NOT NULL", "k", "'2024-11-03 05:00:00' + INTERVAL seq SECOND"),
    "a decimal": ("k DECIMAL(30,10) NOT NULL", "k", "seq / 7 - 50"),
    "two columns": ("k INT NOT NULL, j VARCHAR(9) NOT NULL", "k, j", "seq DIV 7, CONCAT('j', seq MOD 7)"),
    "three columns of text first": (
        "k CHAR(3) NOT NULL, j DATE NOT NULL, i INT NOT NULL", "k, j, i",
        "CONCAT('k', seq MOD 3), '2024-01-01' + INTERVAL seq DIV 90 DAY, seq",
    ),
}  # fmt: skip


@pytest.fixture
def small_pages(monkeypatch):
    """Pages of a hundred rows at most, so that small tables have many."""
    monkeypatch.setattr(plans, "MOST_PAGE_ROWS", 100)


@pytest.mark.parametrize("key", KEYS)
def test_a_table_is_read_whole_by_its_key(sites, small_pages, key):
    columns, names, values = KEYS[key]
    sites.at_source(
        f"CREATE TABLE t ({columns}, v INT, PRIMARY KEY ({names}))",
        f"INSERT INTO t SELECT {values}, seq FROM seq_0_to_999",
        "ANALYZE TABLE t",
    )
    batch = sites.extract()[0]
    assert batch.read.rows == 1000
    assert batch.consistency == "ranges"
    assert len(batch.parts) >= 10
    sites.load()
    sites.require_identical("t")


@pytest.mark.parametrize(
    ("key", "consistency"),
    [("", "statement"), (", UNIQUE (k)", "statement"), (", UNIQUE (v)", "ranges"), (", KEY (v)", "statement")],
)
def test_without_a_primary_key_a_unique_key_without_nulls_serves_and_else_one_statement(
    sites, small_pages, key, consistency
):
    sites.at_source(
        f"CREATE TABLE t (k INT NULL, v INT NOT NULL{key})",
        "INSERT INTO t SELECT IF(seq > 900, NULL, seq), seq FROM seq_1_to_1000",
        "ANALYZE TABLE t",
    )
    batch = sites.extract()[0]
    assert (batch.consistency, batch.read.rows) == (consistency, 1000)
    sites.load()
    sites.require_identical("t")


def test_rows_that_are_alike_in_a_table_without_a_key_all_arrive(sites, small_pages):
    sites.at_source("CREATE TABLE t (v INT)", "INSERT INTO t SELECT 7 FROM seq_1_to_250")
    sites.extract()
    sites.load()
    assert sites.at_target("SELECT v, COUNT(*) FROM t GROUP BY v") == [(7, 250)]


def test_an_empty_table_arrives_empty(sites):
    sites.at_source("CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE u (v INT)")
    sites.extract()
    sites.load()
    assert sites.at_target("SELECT COUNT(*) FROM t") == [(0,)]
    assert sites.at_target("SELECT COUNT(*) FROM u") == [(0,)]


@pytest.mark.parametrize("table", ["order", "a`b", "Überstunden 2024", "a.b-c", "x" * 64])
def test_names_that_need_quotes_are_quoted(sites, table):
    name = "`" + table.replace("`", "``") + "`"
    sites.at_source(
        f"CREATE TABLE {name} (`select` INT PRIMARY KEY, `a``b ü` TEXT)", f"INSERT INTO {name} VALUES (1, 'x')"
    )
    sites.extract()
    sites.load()
    assert sites.at_target(f"SELECT * FROM {name}") == [(1, "x")]


def test_tables_are_chosen_by_names_and_stars(sites):
    sites.at_source(
        *(f"CREATE TABLE {name} (id INT PRIMARY KEY)" for name in ("customers", "orders", "order_lines", "log"))
    )
    chosen = sites.extract(tables="customers, order*", exclude="order_l*")
    assert [batch.schema.name for batch in chosen] == ["customers", "orders"]
    assert len(sites.extract(tables="*", exclude="log")) == 3
    with pytest.raises(MigrationError, match=r"has no table costumers, .*mend --tables.*There are: customers, log"):
        sites.extract(tables="costumers")


def test_views_are_no_tables(sites):
    sites.at_source("CREATE TABLE t (id INT PRIMARY KEY)", "CREATE VIEW v AS SELECT * FROM t")
    assert [batch.schema.name for batch in sites.extract()] == ["t"]


def _fill(sites):
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT)",
        "INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_1000",
        "ANALYZE TABLE t",
    )


def test_a_part_that_was_written_is_not_read_again(sites, small_pages):
    _fill(sites)
    batch = sites.extract()[0]
    folder = sites.lake / "dev_bronze" / "migration" / "main" / "t" / batch.id
    (folder / "manifest.json").unlink()
    lost = sorted(folder.glob("part-*.json"))[3]
    lost.unlink()
    lost.with_suffix(".parquet").unlink()
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("part-*.parquet")}
    again = sites.extract()[0]
    assert again.id == batch.id
    assert again.read == batch.read
    assert {name: (folder / name).stat().st_mtime_ns for name in kept} == kept
    sites.load()
    sites.require_identical("t")


@pytest.mark.parametrize("change", ["age", "schema"])
def test_a_plan_that_no_longer_holds_is_thrown_away(sites, small_pages, change):
    _fill(sites)
    batch = sites.extract()[0]
    folder = sites.lake / "dev_bronze" / "migration" / "main" / "t" / batch.id
    (folder / "manifest.json").unlink()
    if change == "age":
        plan = json.loads((folder / "plan.json").read_text())
        (folder / "plan.json").write_text(json.dumps({**plan, "begun": plan["begun"] - 2 * plans.RESUMED_SECONDS}))
    else:
        sites.at_source("ALTER TABLE t ADD w INT NOT NULL DEFAULT 5")
    again = sites.extract()[0]
    assert again.id > batch.id
    assert not list(folder.glob("*"))
    sites.load()
    sites.require_identical("t")


def test_within_one_run_of_a_workflow_a_whole_batch_is_not_read_again(sites):
    _fill(sites)
    first = sites.extract(workflow_run="w1")[0]
    assert sites.extract(workflow_run="w1")[0] == first
    assert sites.extract(workflow_run="w2")[0].id > first.id


def test_the_two_latest_full_batches_stay_and_older_ones_go(sites):
    _fill(sites)
    ids = [sites.extract()[0].id for _ in range(4)]
    assert (
        sorted(
            path.name
            for path in (sites.lake / "dev_bronze" / "migration" / "main" / "t").iterdir()
            if list(path.iterdir())
        )
        == ids[2:]
    )


def test_a_snapshot_has_all_tables_as_they_were_at_one_moment(sites, small_pages, monkeypatch):
    sites.at_source(
        "CREATE TABLE a (id INT PRIMARY KEY, v INT)",
        "CREATE TABLE b (v INT)",
        "INSERT INTO a SELECT seq, seq FROM seq_1_to_500",
        "INSERT INTO b SELECT seq FROM seq_1_to_500",
    )
    from migration import extract, reading

    begin = reading.snapshot_session

    def begin_and_write(connection):
        session = begin(connection)
        sites.at_source(
            "DELETE FROM a WHERE id > 10", "INSERT INTO b VALUES (1)", "INSERT INTO a VALUES (-1, 0), (999, 0)"
        )
        return session

    monkeypatch.setattr(extract, "snapshot_session", begin_and_write)
    batches = sites.extract(snapshot=True)
    assert [(batch.read.rows, batch.consistency) for batch in batches] == [(500, "snapshot"), (500, "snapshot")]
    sites.load()
    assert sites.at_target("SELECT COUNT(*), MIN(id), MAX(id) FROM a") == [(500, 1, 500)]


def test_a_snapshot_that_was_interrupted_is_begun_anew_by_whatever_run_comes_next(sites, small_pages, monkeypatch):
    _fill(sites)
    from migration import range_reading

    write = range_reading._write

    def write_two(task, name, rows, *, ends):
        if name.endswith("2"):
            raise MigrationError("killed")
        return write(task, name, rows, ends=ends)

    monkeypatch.setattr(range_reading, "_write", write_two)
    with pytest.raises(MigrationError, match="killed"):
        sites.extract(snapshot=True)
    monkeypatch.setattr(range_reading, "_write", write)
    assert sites.extract()[0].read.rows == 1000
    sites.load()
    sites.require_identical("t")


def test_a_snapshot_of_a_table_that_no_transaction_keeps_is_refused(sites):
    sites.at_source("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=MyISAM")
    with pytest.raises(MigrationError, match="t: --consistency snapshot is for InnoDB, which alone"):
        sites.extract(snapshot=True)


def test_rows_that_come_meanwhile_are_left_to_a_later_run_and_none_is_doubled(sites, small_pages, monkeypatch):
    _fill(sites)
    from migration import range_reading

    write = range_reading._write

    def write_and_add(*arguments, **options):
        sites.at_source("INSERT INTO t SELECT MAX(id) + 1, 'late' FROM t", "UPDATE t SET v = 'changed' WHERE id = 1000")
        return write(*arguments, **options)

    monkeypatch.setattr(range_reading, "_write", write_and_add)
    assert sites.extract()[0].read.rows == 1000
    sites.load()
    assert sites.at_target("SELECT COUNT(*), MAX(id) FROM t") == [(1000, 1000)]


def test_the_lake_holds_parquet_with_the_source_s_values_as_text_and_a_checksum_per_row(sites):
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, d DATE, b BLOB)", "INSERT INTO t VALUES (1, '0000-00-00', x'00FF')"
    )
    part = sites.extract()[0].parts[0]
    rows = pyarrow.parquet.read_table(io.BytesIO(sites.storage.get(part.file)))
    assert rows.drop_columns(["_row_checksum"]).to_pylist() == [{"id": 1, "d": "0000-00-00", "b": b"\x00\xff"}]
    shutil.rmtree(sites.lake)


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 2**65), st.integers(1, 500))
def test_even_ranges_hold_every_number_once(first, width, count):
    last = first + width
    ranges = even_ranges(first, last, count)
    assert ranges[0].after == (first - 1,)
    assert ranges[-1].upto == (last,)
    assert all(one.upto == other.after for one, other in itertools.pairwise(ranges))
    assert all((one.after or (0,))[0] < (one.upto or (0,))[0] for one in ranges)


@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from(["\\", "'", "\\'", "''", "\x00", '"', "%", "\u2028"])),
        min_size=1,
        max_size=3,
    )
)
def test_no_text_ends_a_literal_early(parts):
    text = "".join(parts)
    shown = literal(Column("c", "varchar(99)", False, "utf8mb4"), text)
    assert shown[1:-1].replace("''", "").replace("\\\\", "").count("'") == 0
    assert (len(shown[1:-1]) - len(shown[1:-1].rstrip("\\"))) % 2 == 0
