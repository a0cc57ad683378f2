"""A run that is killed anywhere is run again by the same command, and ends as if it had run once.

MIGRATION_KILLS says how often each part is killed, at moments drawn anew each time; a few times by default.
"""

import os
import random
import signal
import time

import pytest

from tests.migration import jobs

KILLS = int(os.environ.get("MIGRATION_KILLS", "2"))
ROWS = 30_000


@pytest.fixture
def shop(sites):
    """Three tables: with a counted key, with a key of two columns, and without any."""
    sites.at_source(
        "CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, at DATETIME(6), amount DECIMAL(12,2),"
        " note VARCHAR(200))",
        "CREATE TABLE lines (order_id BIGINT UNSIGNED NOT NULL, place VARCHAR(20) NOT NULL, article BINARY(16),"
        " PRIMARY KEY (order_id, place))",
        "CREATE TABLE events (at TIMESTAMP(6) NULL, what TEXT)",
        f"INSERT INTO orders SELECT seq, '2024-03-10 02:30:00' + INTERVAL seq SECOND, seq / 7, REPEAT(MD5(seq), 5)"
        f" FROM seq_1_to_{ROWS}",
        f"INSERT INTO `lines` SELECT seq DIV 3, CONCAT('place ', seq MOD 3), UNHEX(MD5(seq)) FROM seq_0_to_{ROWS}",
        f"INSERT INTO events SELECT FROM_UNIXTIME(seq * 1000.5), NULLIF(REPEAT(MD5(seq), seq % 5), '')"
        f" FROM seq_1_to_{ROWS // 3}",
    )
    jobs.run(jobs.EXTRACT, sites.source, sites.lake)
    jobs.run(jobs.TRANSFORM, None, sites.lake)
    return sites


def _require_as_if_run_once(sites):
    sites.require_identical("orders", "lines", "events")
    assert sorted(sites.tables_of_target()) == ["events", "lines", "orders"]


def _kill(process, longest):
    """Kill a job at some moment before it would end, and say when that was."""
    moment = random.uniform(0.2, longest)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return f"killed after {moment:.2f} of {longest:.2f} s"


def _seconds(act):
    began = time.monotonic()
    act()
    return time.monotonic() - began


def test_a_killed_extractor_goes_on_where_it_was(shop):
    longest = _seconds(lambda: jobs.run(jobs.EXTRACT, shop.source, shop.lake))
    for _ in range(KILLS):
        told = _kill(jobs.start(jobs.EXTRACT, shop.source, shop.lake), longest)
        jobs.migrate(shop.source, shop.target, shop.lake)
        print(told)
        _require_as_if_run_once(shop)


def test_a_killed_loader_leaves_the_target_whole_and_goes_on(shop):
    longest = _seconds(lambda: jobs.run(jobs.LOAD, shop.target, shop.lake))
    for _ in range(KILLS):
        jobs.run(jobs.EXTRACT, shop.source, shop.lake)
        jobs.run(jobs.TRANSFORM, None, shop.lake)
        told = _kill(jobs.start(jobs.LOAD, shop.target, shop.lake), longest)
        shop.require_identical("orders", "lines", "events")  # the old rows or the new ones, which are the same
        jobs.run(jobs.LOAD, shop.target, shop.lake)
        print(told)
        _require_as_if_run_once(shop)


@pytest.mark.parametrize("script", [jobs.EXTRACT, jobs.LOAD])
def test_a_killed_database_server_is_survived_or_the_same_command_ends_it(shop, script):
    connection = shop.source if script == jobs.EXTRACT else shop.target
    longest = _seconds(lambda: jobs.run(script, connection, shop.lake))
    survived = 0
    for _ in range(KILLS):
        jobs.run(jobs.EXTRACT, shop.source, shop.lake)
        jobs.run(jobs.TRANSFORM, None, shop.lake)
        process = jobs.start(script, connection, shop.lake)
        time.sleep(random.uniform(0.2, longest))
        shop.server.kill()
        shop.server.start()
        printed, _ = process.communicate(timeout=120)
        survived += process.returncode == 0
        if process.returncode:
            print(printed)
            jobs.run(script, connection, shop.lake)
        jobs.migrate(shop.source, shop.target, shop.lake)
        _require_as_if_run_once(shop)
    assert survived == KILLS, f"{KILLS - survived} of {KILLS} runs did not outlast the server's restart"
