"""A private MariaDB server: its own data folder and users, reachable from this machine only, gone at the end."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pymysql

from rehearsal.environment import clean_environment
from rehearsal.errors import DatabaseServerError

INSTALL = "apt-get install mariadb-server"
"""What installs the server on Debian; any MariaDB from 10.6 on will do."""

_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/homebrew/sbin")
_PATIENCE_SECONDS = 60.0

# The shell holds the other end of a pipe: when this process ends in whatever way, the server ends too.
_LIFELINE = 'exec 3<&0; "$@" </dev/null 3<&- & server=$!; (cat <&3 >/dev/null; kill -KILL $server) & wait $server'


@dataclass(frozen=True)
class Login:
    """How a user reaches a database of the server."""

    host: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)


def installed() -> bool:
    """Say whether this machine has the server's programs."""
    return all(_program(name) for name in ("mariadbd", "mariadb-install-db"))


class DatabaseServer:
    """A MariaDB server for as long as a ``with`` block lasts.

    What is committed survives ``kill`` (every commit is flushed), as it does on a server in production.

    Parameters
    ----------
    folder
        Where its data lies; a folder of this name must not exist yet. It is removed at the end.
    prepared
        Folder that keeps an initialised, empty data folder from one server to the next: making one takes seconds,
        copying it a fraction of one.
    settings
        Further options of ``mariadbd``, such as ``--innodb-buffer-pool-size=1G``. They have the last word.

    Examples
    --------
    >>> with DatabaseServer(Path("build/database")) as server:
    ...     login = server.create_database("shop")
    ...     server.kill()
    ...     server.start()
    """

    host = "127.0.0.1"

    def __init__(self, folder: Path, *, prepared: Path | None = None, settings: Sequence[str] = ()) -> None:
        self.folder = folder.absolute()
        self.port = 0
        self._prepared = prepared.absolute() if prepared else None
        self._settings = list(settings)
        self._password = secrets.token_urlsafe(18)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Initialise and start the server."""
        if not installed():
            raise DatabaseServerError(f"there is no MariaDB server on this machine; install it: {INSTALL}")
        self.folder.mkdir(parents=True)
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server, without ceremony: its data goes with it."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def process_id(self) -> int:
        """The process of the server itself.

        Raises
        ------
        DatabaseServerError
            If it does not run.
        """
        try:
            return int((self.folder / "pid").read_text())
        except (FileNotFoundError, ValueError):
            raise DatabaseServerError("the database server is not running") from None

    def start(self) -> None:
        """Start the server on the data that it has, at the address that it had, and wait until it answers.

        Raises
        ------
        DatabaseServerError
            If it ends or does not answer; with the last lines of its log.
        """
        self.port = self.port or _free_port()
        first = self.folder / "first.sql"
        first.touch(mode=0o600)
        first.write_text(
            f"CREATE USER IF NOT EXISTS root@'{self.host}'; GRANT ALL ON *.* TO root@'{self.host}' WITH GRANT OPTION;"
            f"ALTER USER root@'{self.host}' IDENTIFIED BY '{self._password}';"
            f"ALTER USER root@localhost IDENTIFIED BY '{self._password}';\n".replace(";", ";\n")
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _LIFELINE, "sh", *self._command(), f"--init-file={first}"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                last = (self.folder / "log").read_text(errors="replace").splitlines()[-5:]
                raise DatabaseServerError("the database server did not start: " + " | ".join(last))
            time.sleep(0.02)
        first.unlink()

    def stop(self) -> None:
        """Shut the server down as an administrator does, and wait until it has ended."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server in the middle of whatever it does, as a power cut would."""
        self._end(signal.SIGKILL)

    def connect(self, database: str | None = None, **options: Any) -> pymysql.connections.Connection[Any]:
        """Return a connection of the server's administrator.

        Parameters
        ----------
        database
            The database to use.
        **options
            PyMySQL's own.
        """
        return pymysql.connect(
            host=self.host, port=self.port, user="root", password=self._password, database=database,
            charset="utf8mb4", autocommit=True, **options,
        )  # fmt: skip

    def create_database(self, name: str, *, privileges: str = "ALL") -> Login:
        """Create a database, and a user of the same name who may use it and nothing else.

        Parameters
        ----------
        name
            Of the database: letters, digits and underscores.
        privileges
            What the user may do there, as GRANT takes it.
        """
        password = secrets.token_urlsafe(18)
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
            cursor.execute(f"CREATE USER `{name}`@'{self.host}' IDENTIFIED BY %s", (password,))
            cursor.execute(f"GRANT {privileges} ON `{name}`.* TO `{name}`@'{self.host}'")
        return Login(self.host, self.port, name, name, password)

    def load(self, database: str, file: Path) -> None:
        """Execute a file of SQL, as the command line client does.

        Parameters
        ----------
        database
            The database to use.
        file
            What to execute.

        Raises
        ------
        DatabaseServerError
            If a statement fails; with the client's words, which give the line.
        """
        command = [str(_program("mariadb")), "--no-defaults", f"--host={self.host}", f"--port={self.port}"]
        with file.open("rb") as statements:
            done = subprocess.run(
                [*command, "--user=root", "--default-character-set=utf8mb4", database],
                stdin=statements,
                env=clean_environment() | {"MYSQL_PWD": self._password},
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise DatabaseServerError(f"{file}: {'; '.join(said) or done.stderr.strip()}")

    def _command(self) -> list[str]:
        # mariadbd refuses to run as root unless it is told to
        user = ["--user=root"] if os.geteuid() == 0 else []
        return [
            str(_program("mariadbd")),
            "--no-defaults",
            *user,
            f"--datadir={self.folder / 'data'}",
            f"--tmpdir={self.folder / 'tmp'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--socket={self._socket}",
            f"--port={self.port}",
            f"--bind-address={self.host}",
            f"--secure-file-priv={self.folder / 'files'}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--innodb-buffer-pool-size=256M",
            "--innodb-log-file-size=128M",
            "--max-allowed-packet=64M",
            "--key-buffer-size=1M",
            "--aria-pagecache-buffer-size=8M",
            *self._settings,
        ]

    @property
    def _socket(self) -> str:
        # a socket's path may have about 100 characters; relative ones count from the data folder
        return "../socket"

    def _initialise(self) -> None:
        for name in ("tmp", "files"):
            (self.folder / name).mkdir()
        data = self.folder / "data"
        if self._prepared is None:
            self._install(data)
            return
        if not self._prepared.exists():
            self._install(data)
            # under a name of its own, then at once: another process may be doing the same
            beside = self._prepared.with_name(f"{self._prepared.name}.{secrets.token_hex(4)}")
            shutil.copytree(data, beside)
            try:
                beside.rename(self._prepared)
            except OSError:
                shutil.rmtree(beside)
            return
        shutil.copytree(self._prepared, data)

    def _install(self, data: Path) -> None:
        data.mkdir(parents=True)
        user = ["--user=root"] if os.geteuid() == 0 else []
        command = [str(_program("mariadb-install-db")), "--no-defaults", *user, f"--datadir={data}"]
        options = ["--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if done.returncode:
            last = " | ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
            raise DatabaseServerError(f"mariadb-install-db failed with exit code {done.returncode}: {last}")

    def _answers(self) -> bool:
        try:
            self.connect(connect_timeout=5).close()
        except pymysql.MySQLError:
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if number == signal.SIGTERM and process.poll() is None:
            try:
                os.kill(self.process_id, number)
                process.wait(_PATIENCE_SECONDS)
            except (DatabaseServerError, ProcessLookupError, subprocess.TimeoutExpired):
                pass  # then it is killed
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()
        (self.folder / "pid").unlink(missing_ok=True)


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(_PLACES))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((DatabaseServer.host, 0))
        return int(probe.getsockname()[1])
