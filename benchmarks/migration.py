"""What moving a table costs, four ways on one private server in one run: seconds, rows per second, ratios, peak memory.

- script: the page-by-page script that tutorials print, repaired: 1,000 rows a page to JSON, INSERT row by row
- dump: ``mariadb-dump | mariadb``
- migration: this repository's three jobs, each a process of its own, every start-up included
- limit: SELECT INTO OUTFILE + LOAD DATA INFILE, by which the server talks to its own disk: nothing can be faster

Run it by `python benchmarks/migration.py [ROWS] [WAY ...]` in the environment that `make` sets up; MariaDB is needed.
Other work on the machine shifts seconds; the ratios within one run are what to look at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rehearsal.database_server import DatabaseServer, Login

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "aws_glue_cdk_baseline" / "job_scripts"
SETTINGS = ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"]

TABLE = """CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL,
  status ENUM('new','paid','sent','returned') NOT NULL, amount DECIMAL(12,2) NOT NULL, currency CHAR(3) NOT NULL,
  created_at DATETIME NOT NULL, updated_at TIMESTAMP(6) NOT NULL, email VARCHAR(100) NOT NULL, name VARCHAR(80),
  gift TINYINT(1) NOT NULL, note TEXT)"""
ROWS = """INSERT INTO orders SELECT seq, seq * 7919 % 200000, 1 + seq % 4, (seq * 37 % 1000000) / 100,
  ELT(1 + seq % 3, 'EUR', 'USD', 'JPY'), '2020-01-01' + INTERVAL seq SECOND,
  '2021-01-01' + INTERVAL seq * 1000003 % 100000000000000 MICROSECOND,
  CONCAT('customer.', seq * 7919 % 200000, '@example.com'), IF(seq % 10 = 0, NULL, CONCAT('Name ', MD5(seq))), seq % 2,
  CONCAT(MD5(seq), MD5(seq + 1), LEFT(MD5(seq + 2), 14)) FROM seq_1_to_{rows}"""


@dataclass(frozen=True)
class Connection:
    """What a job's connection says."""

    host: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)
    engine: str = "mysql"
    tls: bool = False


class Course:
    """A server with a filled source and an empty target."""

    def __init__(self, server: DatabaseServer, folder: Path, rows: int) -> None:
        self.server, self.folder, self.rows = server, folder, rows
        self.source, self.target = (self._connection(server.create_database(name)) for name in ("shop", "moved"))
        with server.connect("shop") as connection, connection.cursor() as cursor:
            cursor.execute(TABLE)
            cursor.execute(ROWS.format(rows=rows))
            cursor.execute("ANALYZE TABLE orders")
            cursor.execute("SELECT SUM(LENGTH(CONCAT_WS(',', orders.id, customer_id, status, amount, currency,"
                           " created_at, updated_at, email, name, gift, note))) FROM orders")  # fmt: skip
            self.bytes = int(cursor.fetchone()[0])
        self.peaks: dict[str, int] = {}

    def _connection(self, login: Login) -> Connection:
        return Connection(login.host, login.port, login.database, login.username, login.password)

    def empty(self, *, with_table: bool) -> None:
        """Begin anew: no target table, or an empty one."""
        with self.server.connect("moved") as connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS orders")
            if with_table:
                cursor.execute(TABLE)

    def require_moved(self, way: str) -> None:
        """Refuse a way that did not move every byte."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("CHECKSUM TABLE shop.orders, moved.orders EXTENDED")
            (_, source), (_, target) = cursor.fetchall()
        if source != target:
            raise SystemExit(f"{way}: the target's checksum is {target}, the source's {source}")

    def script(self) -> None:
        """Move the table as the tutorials do."""
        pages = self.folder / "pages"
        pages.mkdir()
        with self.server.connect("shop") as connection, connection.cursor() as cursor:
            last, number = 0, 0
            while cursor.execute("SELECT * FROM orders WHERE id > %s ORDER BY id LIMIT 1000", (last,)):
                page = cursor.fetchall()
                (pages / f"{number:06}.json").write_text(json.dumps(page, default=str))
                last, number = page[-1][0], number + 1
        with self.server.connect("moved") as connection, connection.cursor() as cursor:
            connection.autocommit(False)
            insert = f"INSERT INTO orders VALUES ({', '.join(['%s'] * 11)})"
            for path in sorted(pages.iterdir()):
                for row in json.loads(path.read_text()):
                    cursor.execute(insert, row)
                connection.commit()
        shutil.rmtree(pages)

    def dump(self) -> None:
        """Pipe the dump into the client."""
        begin = ["--no-defaults", f"--host={self.source.host}", f"--port={self.source.port}"]
        dump = subprocess.Popen(
            ["mariadb-dump", *begin, "--user=shop", "--single-transaction", "--skip-lock-tables", "shop", "orders"],
            stdout=subprocess.PIPE, env={**os.environ, "MYSQL_PWD": self.source.password},
        )  # fmt: skip
        client = ["mariadb", *begin, "--user=moved", "moved"]
        subprocess.run(client, stdin=dump.stdout, env={**os.environ, "MYSQL_PWD": self.target.password}, check=True)
        if dump.wait():
            raise SystemExit("mariadb-dump failed")

    def migration(self) -> None:
        """Run the three jobs, one after the other, as the workflow does."""
        lake = self.folder / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        jobs = [
            ("ingestion/extract_tables.py", "dev_bronze", self.source),
            ("standardization/transform_tables.py", "dev_silver", None),
            ("loading/load_tables.py", "dev_loading", self.target),
        ]
        for script, database, connection in jobs:
            began = time.monotonic()
            command = [sys.executable, str(ROOT / "tests" / "migration" / "run_job.py"), str(SCRIPTS / script)]
            command += ["--JOB_NAME", Path(script).stem, "--stage", "dev", "--lake_location", str(lake)]
            command += ["--database", database, "--tables", "*"]
            given = json.dumps(asdict(connection)) if connection else "{}"
            with (self.folder / "output").open("w") as output:
                process = subprocess.Popen(
                    command, stdout=output, stderr=output, env={**os.environ, "MIGRATION_CONNECTION": given}
                )
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit((self.folder / "output").read_text())
            peak = usage.ru_maxrss // 1024
            print(f"    {Path(script).stem:17} {time.monotonic() - began:6.1f} s, at most {peak} MB", flush=True)
            self.peaks[script] = peak

    def limit(self) -> None:
        """Let the server write and read a file of its own."""
        file = self.server.folder / "files" / "orders.txt"
        file.unlink(missing_ok=True)
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT * INTO OUTFILE '{file}' CHARACTER SET binary FROM shop.orders")
            cursor.execute(f"LOAD DATA INFILE '{file}' INTO TABLE moved.orders CHARACTER SET binary")
        file.unlink()


def main() -> None:
    """Time each way once and print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        prepared = ROOT / "build" / "database"
        with DatabaseServer(Path(folder) / "server", prepared=prepared, settings=SETTINGS) as server:
            course = Course(server, Path(folder), rows)
            ways: dict[str, Callable[[], None]] = {
                "script": course.script, "dump": course.dump, "migration": course.migration, "limit": course.limit,
            }  # fmt: skip
            chosen = sys.argv[2:] or list(ways)
            print(
                f"{rows:,} rows of {course.bytes / 1e6:.0f} MB as text; load average {os.getloadavg()[0]:.1f}",
                flush=True,
            )
            seconds = {}
            for way in chosen:
                course.empty(with_table=way in ("script", "limit"))
                began = time.monotonic()
                ways[way]()
                seconds[way] = time.monotonic() - began
                course.require_moved(way)
                print(f"{way:10} {seconds[way]:7.1f} s  {rows / seconds[way]:9,.0f} rows/s", flush=True)
    if "script" in seconds:
        ratios = ", ".join(f"{way} {seconds['script'] / one:.1f}" for way, one in seconds.items())
        print(f"times the script: {ratios}; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
