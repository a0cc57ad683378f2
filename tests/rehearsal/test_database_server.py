"""The private database server: its own, restarted at will, and gone at the end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pymysql
import pytest

from rehearsal import database_server
from rehearsal.database_server import INSTALL, DatabaseServer, installed
from rehearsal.errors import DatabaseServerError

PREPARED = Path(__file__).resolve().parents[2] / "build" / "database"


@pytest.fixture
def server(tmp_path):
    if not installed():
        pytest.skip(f"no MariaDB server here: {INSTALL}")
    with DatabaseServer(tmp_path / "server", prepared=PREPARED) as server:
        yield server


def _answers(server):
    with socket.socket() as probe:
        return probe.connect_ex((server.host, server.port)) == 0


def test_what_was_committed_survives_a_kill_and_a_stop_at_the_same_address(server):
    login, port = server.create_database("shop"), server.port
    for number, end in enumerate((server.kill, server.stop, server.kill)):
        with server.connect("shop") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS t (n INT)")
            cursor.execute("INSERT INTO t VALUES (%s)", (number,))
        end()
        assert not _answers(server)
        server.start()
    assert server.port == port
    address: Any = {"host": login.host, "port": login.port, "user": login.username, "password": login.password}
    with pymysql.connect(**address, db="shop") as own, own.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM t")
        assert cursor.fetchone() == (3,)


def test_a_user_has_one_database_and_no_password_is_shown_or_kept(server):
    login = server.create_database("shop", privileges="SELECT")
    server.create_database("other")
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        pymysql.connect(host=login.host, port=login.port, user=login.username, password=login.password, db="other")
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        pymysql.connect(host=login.host, port=login.port, user="root", password="")
    assert login.password not in repr(login)
    assert not list(server.folder.glob("*.sql"))


def test_nothing_is_left_at_the_end(tmp_path):
    if not installed():
        pytest.skip(f"no MariaDB server here: {INSTALL}")
    with DatabaseServer(tmp_path / "server", prepared=PREPARED) as server:
        number = server.process_id
    assert not (tmp_path / "server").exists()
    assert not Path(f"/proc/{number}").exists()


def test_the_server_ends_with_the_process_that_started_it(tmp_path):
    if not installed():
        pytest.skip(f"no MariaDB server here: {INSTALL}")
    script = (
        "import sys, time, pathlib; from rehearsal.database_server import DatabaseServer\n"
        "with DatabaseServer(pathlib.Path(sys.argv[1]), prepared=pathlib.Path(sys.argv[2])) as server:\n"
        "    print(server.port, flush=True); time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "server"), str(PREPARED)]
    root = Path(__file__).resolve().parents[2]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    assert owner.stdout is not None
    port = int(owner.stdout.readline())
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.05)
    pytest.fail("the server outlived the process that started it")


def test_a_machine_without_the_server_is_told_the_command_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setattr(database_server, "_program", lambda name: None)
    with pytest.raises(DatabaseServerError, match="install it: apt-get install mariadb-server"):
        DatabaseServer(tmp_path / "server").__enter__()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(tmp_path):
    if not installed():
        pytest.skip(f"no MariaDB server here: {INSTALL}")
    server = DatabaseServer(tmp_path / "server", prepared=PREPARED, settings=["--no-such-option"])
    with pytest.raises(DatabaseServerError, match=r"did not start: .*no-such-option"):
        server.__enter__()
    assert not (tmp_path / "server").exists()
