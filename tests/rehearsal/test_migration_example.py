"""The example config of a migration, rehearsed whole: two MariaDB servers, three jobs, one workflow, dev and prod."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.database_server import INSTALL, installed
from tests.rehearsal.conftest import ROOT


@pytest.mark.skipif(not installed(), reason=f"no MariaDB server here; {INSTALL}")
def test_a_database_moves_in_dev_and_in_prod(tmp_path: Path):
    options = ["--config", "examples/migrate-database.yaml", "--build", str(tmp_path / "build")]
    ended = subprocess.run(
        [sys.executable, "-m", "rehearsal", *options],
        cwd=ROOT,
        env=os.environ | {"APPROVE": "yes"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
    report = json.loads((tmp_path / "build/report.json").read_text())
    moved = {(each["database"], each["table"]): each for each in report["migrations"]}
    assert [table for database, table in moved if database == "prod_loading"] == [
        "articles",
        "customers",
        "order_lines",
        "orders",
        "visits",
    ]
    assert {(each["read"], each["written"]) for each in moved.values()} == {
        (2, 2),
        (4, 4),
        (12000, 12000),
        (5001, 5001),
        (3, 3),
    }
    assert {run["state"] for run in report["runs"]} == {"SUCCEEDED"}
    said = ended.stdout + (tmp_path / "build/report.html").read_text()
    secrets = json.loads((tmp_path / "build/stand-ins.json").read_text())["secrets"].values()
    assert len(secrets) == 4
    assert not [secret for secret in secrets if json.loads(secret)["password"] in said]
