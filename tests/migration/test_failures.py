"""What goes wrong with a database: what passes is outlasted, what does not is told with the table and the remedy."""

import dataclasses
import threading
import time

import pytest
from migration import failures
from migration import sessions as sessions_of
from migration.extract import Extract, extract_tables
from migration.failures import MigrationError
from migration.sessions import open_session, query

from rehearsal.database_server import DatabaseServer, installed
from tests.migration import jobs
from tests.migration.conftest import ROOT, Connection, Sites


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(failures, "FIRST_PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("migration.sessions.FIRST_PATIENCE_SECONDS", 1.0)


@pytest.fixture
def shop(sites):
    sites.at_source(
        "CREATE TABLE orders (id INT PRIMARY KEY, v TEXT)", "INSERT INTO orders SELECT seq, MD5(seq) FROM seq_1_to_500"
    )
    return sites


def _extract_as(shop, **changes):
    connection = dataclasses.replace(shop.source, **changes)
    with pytest.raises(MigrationError) as raised:
        extract_tables(Extract(connection, shop.storage, "dev_bronze", tables="orders"), shop.workers)
    assert shop.source.password not in str(raised.value)
    assert "Secret-1" not in str(raised.value)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password": "Secret-1"}, "user name or password is wrong: put the right ones into the connection's secret"),
        ({"username": "nobody"}, "user name or password is wrong"),
        ({"port": 9}, "the server does not answer: check host and port of the connection"),
        ({"host": "no-such-host.invalid"}, "the server does not answer: check host and port"),
        ({"engine": "postgresql"}, "is a postgresql database: migrations are from MySQL to MySQL"),
    ],
)
def test_a_source_that_is_not_there_or_lets_nobody_in_is_told_with_the_remedy(shop, changes, told):
    found = _extract_as(shop, **changes)
    assert told in found
    assert found.startswith("the source ")


def test_a_database_that_the_user_may_not_use_is_told(shop):
    assert "the user may not use this database" in _extract_as(shop, database="mysql")


def test_a_table_that_may_not_be_read_is_told_by_name(shop):
    user = shop.source.username
    shop.server_rows(f"REVOKE ALL ON {shop.source.database}.* FROM {user}@'127.0.0.1'")
    shop.server_rows(f"GRANT SELECT (id) ON {shop.source.database}.orders TO {user}@'127.0.0.1'")
    found = _extract_as(shop)
    assert "orders" in found
    assert "grant" in found


def test_a_target_where_nothing_may_be_created_is_told_and_left_alone(shop):
    user = shop.target.username
    shop.at_target("CREATE TABLE orders (id INT PRIMARY KEY, v TEXT)", "INSERT INTO orders VALUES (1, 'old')")
    shop.server_rows(f"REVOKE CREATE ON {shop.target.database}.* FROM {user}@'127.0.0.1'")
    shop.extract()
    with pytest.raises(MigrationError, match=r"orders could not be loaded: the user lacks a privilege: grant it"):
        shop.load()
    assert shop.at_target("SELECT * FROM orders") == [(1, "old")]
    assert shop.tables_of_target() == ["orders"]


def test_a_target_that_refuses_local_files_is_told(shop):
    shop.extract()
    shop.server_rows("SET GLOBAL local_infile = 0")
    try:
        with pytest.raises(MigrationError, match=r"orders could not be loaded: .*set its parameter local_infile to 1"):
            shop.load()
    finally:
        shop.server_rows("SET GLOBAL local_infile = 1")


def test_a_table_that_goes_between_two_jobs_is_told(shop):
    shop.at_source("CREATE TABLE other (id INT PRIMARY KEY)")
    shop.at_source("DROP TABLE orders")
    assert "has no table orders" in _extract_as(shop)


def test_a_full_disk_is_told_and_the_old_table_stays(tmp_path):
    if not installed():
        pytest.skip("no MariaDB server here")
    # one file for all tables, which may not grow: to the server that is a full disk
    small = ["--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:12M:autoextend:max:28M"]
    with DatabaseServer(tmp_path / "server", prepared=ROOT / "build" / "database", settings=small) as server:
        shop = Sites(server, tmp_path / "lake")
        shop.at_target("CREATE TABLE orders (id INT PRIMARY KEY, v TEXT)", "INSERT INTO orders VALUES (1, 'old')")
        shop.at_source(
            "CREATE TABLE orders (id INT PRIMARY KEY, v TEXT)",
            "INSERT INTO orders SELECT seq, REPEAT('x', 900) FROM seq_1_to_9000",
        )
        shop.extract()
        with pytest.raises(MigrationError, match=r"orders could not be loaded: .*disk .*full: free or add space"):
            shop.load()
        assert shop.at_target("SELECT * FROM orders") == [(1, "old")]


def test_a_lock_that_is_held_for_a_while_is_outlasted(shop):
    shop.extract()
    shop.at_target("CREATE TABLE orders (id INT PRIMARY KEY, v TEXT)")
    holder = open_session(shop.target)
    query(holder, "LOCK TABLES orders WRITE")
    threading.Timer(1.0, holder.close).start()
    began = time.monotonic()
    shop.load()
    assert time.monotonic() - began > 0.5
    shop.require_identical("orders")


def test_a_second_run_on_the_same_table_waits_or_is_refused(shop, monkeypatch):
    shop.extract()
    import migration.load as loads

    # a run that finds the lock taken would wait for half a minute
    real = sessions_of.query
    monkeypatch.setattr(loads, "query", lambda session, text, *rest: real(session, text.replace("30", "0"), *rest))
    refused = []
    switch = loads._switch

    def switch_with_another(*arguments):
        with pytest.raises(MigrationError, match="orders is being loaded by another run"):
            shop.load()
        refused.append(1)
        return switch(*arguments)

    monkeypatch.setattr(loads, "_switch", switch_with_another)
    shop.load()
    assert refused
    shop.require_identical("orders")


def test_a_job_ends_with_one_line_that_says_what_to_do_and_no_password(shop):
    wrong = dataclasses.replace(shop.source, password="Secret-1")
    process = jobs.start(jobs.EXTRACT, wrong, shop.lake)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode
    assert "user name or password is wrong" in printed.strip().splitlines()[-1]
    assert "Secret-1" not in printed


def test_a_password_of_any_characters_gets_in(server, tmp_path):
    sites = Sites(server, tmp_path / "lake")
    password = "a/b@c:d?e#f%g h+i'\"\\ü"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER USER {sites.source.username}@'127.0.0.1' IDENTIFIED BY %s", (password,))
    sites.source = dataclasses.replace(sites.source, password=password)
    sites.at_source("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    assert sites.extract()[0].read.rows == 1
    assert password not in repr(Connection("mysql", "h", 1, "d", "u", password))


def test_a_server_that_must_prove_who_it_is_and_can_not_gets_no_password(shop):
    assert "SSL" in _extract_as(shop, tls=True)


def test_the_privileges_that_the_readme_lists_are_enough(shop):
    for connection, privileges in (
        (shop.source, "SELECT"),
        (shop.target, "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP"),
    ):
        shop.server_rows(f"REVOKE ALL ON {connection.database}.* FROM {connection.username}@'127.0.0.1'")
        shop.server_rows(f"GRANT {privileges} ON {connection.database}.* TO {connection.username}@'127.0.0.1'")
    for mode in ("replace", "replace", "merge"):
        shop.extract()
        shop.load(mode=mode)
        shop.require_identical("orders")
