"""What a load does to the target: all of it at once, or nothing."""

import pytest
from migration import chunk_loading
from migration import load as loads
from migration.failures import MigrationError


@pytest.fixture
def customers(sites):
    sites.at_source(
        "CREATE TABLE customers (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) NOT NULL UNIQUE, v INT)",
        "INSERT INTO customers VALUES (1, 'a@x', 1), (2, 'b@x', NULL), (3, 'c@x', 3)",
    )
    return sites


def _rows(sites, table="customers"):
    return sites.at_target(f"SELECT * FROM {table} ORDER BY 1")


def test_a_replaced_table_keeps_its_grants_its_definition_and_the_higher_counter(customers):
    customers.at_target(
        "CREATE TABLE customers (v INT, id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(60) NOT NULL,"
        " added INT NOT NULL DEFAULT 5, KEY mine (v)) AUTO_INCREMENT=900",
        "INSERT INTO customers VALUES (9, 99, 'old@x', 1)",
        f"GRANT SELECT ON customers TO {customers.source.username}@'127.0.0.1'",
    )
    customers.extract()
    result = customers.load()[0]
    assert result.how == "renamed"
    assert _rows(customers) == [(None, 2, "b@x", 5), (1, 1, "a@x", 5), (3, 3, "c@x", 5)]
    definition = customers.at_target("SHOW CREATE TABLE customers")[0][1]
    assert "KEY `mine`" in definition
    assert "AUTO_INCREMENT=900" in definition
    grants = str(customers.server_rows(f"SHOW GRANTS FOR {customers.source.username}@'127.0.0.1'"))
    assert f"`{customers.target.database}`.`customers`" in grants
    assert customers.tables_of_target() == ["customers"]


def test_what_is_loaded_is_not_loaded_again(customers):
    customers.extract()
    assert len(customers.load()) == 1
    customers.at_target("UPDATE customers SET v = 42")
    assert customers.load() == []
    assert {row[2] for row in _rows(customers)} == {42}


def test_a_table_that_others_refer_to_is_rewritten_in_one_transaction(customers):
    customers.at_target(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, v INT)",
        "INSERT INTO customers VALUES (1, 'old', 0), (77, 'gone', 0)",
        "CREATE TABLE orders (id INT PRIMARY KEY, customer INT, CONSTRAINT of FOREIGN KEY (customer)"
        " REFERENCES customers (id) ON DELETE CASCADE)",
        "INSERT INTO orders VALUES (5, 1), (6, NULL)",
    )
    customers.extract()
    assert customers.load()[0].how == "rewritten"
    assert [row[0] for row in _rows(customers)] == [1, 2, 3]
    assert customers.at_target("SELECT * FROM orders ORDER BY id") == [(5, 1), (6, None)]
    with pytest.raises(Exception, match="foreign key constraint fails"):
        customers.at_target("INSERT INTO orders VALUES (7, 4711)")


def test_foreign_keys_that_do_not_hold_afterwards_are_told(customers):
    customers.at_target(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, v INT)",
        "INSERT INTO customers VALUES (77, 'gone', 0)",
        "CREATE TABLE orders (id INT PRIMARY KEY, customer INT,"
        " CONSTRAINT of FOREIGN KEY (customer) REFERENCES customers (id))",
        "INSERT INTO orders VALUES (5, 77)",
    )
    customers.extract()
    with pytest.raises(MigrationError, match=r"of of orders: 1 rows refer to a row that customers does not have"):
        customers.load()


def test_a_table_with_triggers_is_not_replaced(customers):
    customers.at_target(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL, v INT)",
        "CREATE TRIGGER shout BEFORE INSERT ON customers FOR EACH ROW SET NEW.email = UPPER(NEW.email)",
    )
    customers.extract()
    with pytest.raises(MigrationError, match=r"customers has triggers in the target \(shout\).*drop them"):
        customers.load()
    assert _rows(customers) == []
    with pytest.raises(MigrationError, match=r"customers was not merged: .*a trigger"):
        customers.load(mode="merge")
    assert _rows(customers) == []


def test_a_merge_updates_by_primary_key_inserts_what_is_new_and_leaves_the_rest(customers):
    customers.at_target(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL UNIQUE, v INT)",
        "INSERT INTO customers VALUES (1, 'old@x', 7), (2, 'b@x', 7), (50, 'mine@x', 7)",
    )
    customers.extract()
    result = customers.load(mode="merge")[0]
    assert (result.how, result.target.rows) == ("merged", 3)
    assert _rows(customers) == [(1, "a@x", 1), (2, "b@x", None), (3, "c@x", 3), (50, "mine@x", 7)]
    customers.extract()
    customers.load(mode="merge")
    assert len(_rows(customers)) == 4


def test_a_merge_that_meets_another_unique_key_changes_nothing(customers):
    customers.at_target(
        "CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(50) NOT NULL UNIQUE, v INT)",
        "INSERT INTO customers VALUES (1, 'old@x', 7), (50, 'c@x', 7)",
    )
    customers.extract()
    with pytest.raises(MigrationError, match=r"customers could not be loaded: .*unique key.*Duplicate entry 'c@x'"):
        customers.load(mode="merge")
    assert _rows(customers) == [(1, "old@x", 7), (50, "c@x", 7)]


def test_a_merge_needs_a_primary_key(sites):
    sites.at_source("CREATE TABLE t (v INT)")
    sites.at_target("CREATE TABLE t (v INT)")
    sites.extract()
    with pytest.raises(MigrationError, match="t has no primary key in the target"):
        sites.load(mode="merge")


def test_rows_that_the_target_would_drop_or_cut_fail_the_load(customers):
    customers.at_target("CREATE TABLE customers (id INT, email VARCHAR(50) NOT NULL, v INT UNIQUE, UNIQUE (email, v))")
    customers.at_source("UPDATE customers SET v = 3")
    customers.extract()
    with pytest.raises(MigrationError, match=r"customers could not be loaded: .*leave out rows: Duplicate entry '3'"):
        customers.load()
    assert _rows(customers) == []
    # the table is mended, and the same command goes through
    customers.at_target("ALTER TABLE customers DROP KEY v")
    customers.load()
    assert [row[0] for row in _rows(customers)] == [1, 2, 3]
    assert customers.tables_of_target() == ["customers"]


def test_a_target_that_changes_what_is_written_is_found_by_the_checksum(customers, monkeypatch):
    customers.extract()
    switched = []
    monkeypatch.setattr(loads, "_switch", lambda *arguments: switched.append(arguments))
    chunk = chunk_loading.load_chunks

    def load_and_spoil(task):
        done = chunk(task)
        customers.at_target("UPDATE customers__migration_new SET v = 8 WHERE id = 3")
        return done

    monkeypatch.setattr(loads, "load_chunks", load_and_spoil)
    with pytest.raises(MigrationError, match=r"customers was not loaded: the target would have .* the source had"):
        customers.load()
    assert not switched
    assert customers.tables_of_target() == []


@pytest.mark.parametrize("spread", [1, 3])
def test_a_load_in_chunks_side_by_side_is_as_one(sites, monkeypatch, spread):
    from migration import plan

    monkeypatch.setattr(plan, "MOST_PAGE_ROWS", 50)
    monkeypatch.setattr(loads, "PARTS_PER_CHUNK", 3)
    monkeypatch.setattr(loads, "_spread", lambda *_: spread)
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT)",
        "INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_1000",
        "ANALYZE TABLE t",
    )
    sites.extract()
    sites.load()
    sites.require_identical("t")


def test_increments_bring_what_is_new_or_changed_since_the_mark(sites):
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT, updated_at TIMESTAMP(6) NOT NULL)",
        "INSERT INTO t SELECT seq, seq, '2024-03-10 06:00:00' + INTERVAL seq MINUTE FROM seq_1_to_100",
        "CREATE TABLE e (id INT PRIMARY KEY, v INT)",
        "INSERT INTO e SELECT seq, seq FROM seq_1_to_100",
    )
    marks = {"t": "updated_at", "e": "id"}
    first = {batch.schema.name: batch for batch in sites.extract(incremental=marks, overlap=0)}
    assert (first["t"].mark, first["e"].mark) == ("2024-03-10 07:40:00.000000", "100")
    sites.load()
    sites.at_source(
        "UPDATE t SET v = -1, updated_at = '2024-03-11 00:00:00' WHERE id IN (3, 4)",
        "INSERT INTO t VALUES (101, 101, '2024-03-11 00:00:00')",
        "INSERT INTO e VALUES (101, 101), (105, 105)",
    )
    second = {batch.schema.name: batch for batch in sites.extract(incremental=marks, overlap=0)}
    # with the row that has the mark's own time, since another of that time may have come after it was read
    assert (second["t"].read.rows, second["e"].read.rows) == (4, 2)
    assert [(result.table, result.how) for result in sites.load()] == [("e", "merged"), ("t", "merged")]
    sites.require_identical("t", "e")
    sites.extract(incremental=marks)
    sites.load()
    sites.require_identical("t", "e")


def test_increments_that_were_not_loaded_in_time_are_loaded_in_their_order(sites):
    sites.at_source("CREATE TABLE t (id INT PRIMARY KEY, v INT, n INT NOT NULL)", "INSERT INTO t VALUES (1, 1, 1)")
    for number in (2, 3, 4):
        sites.extract(incremental={"t": "n"}, overlap=0)
        sites.at_source(
            f"UPDATE t SET v = {number}, n = {number} WHERE id = 1", f"INSERT INTO t VALUES ({number}, 0, {number})"
        )
    sites.extract(incremental={"t": "n"}, overlap=0)
    assert len(sites.load()) == 4
    sites.require_identical("t")


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ("id INT PRIMARY KEY, n INT", r"t.n may be NULL, and such rows would be missed"),
        ("id INT PRIMARY KEY, n VARCHAR(5) NOT NULL", r"t.n is varchar\(5\): a mark .* is a whole number or a date"),
        ("id INT, n INT NOT NULL", "t has no primary key"),
        ("id INT PRIMARY KEY", "t has no column n"),
    ],
)
def test_a_mark_by_which_rows_would_be_missed_is_refused(sites, definition, told):
    sites.at_source(f"CREATE TABLE t ({definition})")
    with pytest.raises(MigrationError, match=told):
        sites.extract(incremental={"t": "n"})
