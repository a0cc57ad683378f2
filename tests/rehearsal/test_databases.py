"""What stands in for the databases of connections: a private MariaDB server each, or nothing, and then that is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rehearsal import databases
from rehearsal.assembly import Assembly, Environment, PipelineStage, StackArtifact
from rehearsal.database_server import INSTALL, installed
from rehearsal.errors import RehearsalError
from rehearsal.stand_ins import NOT_REHEARSED, StandIns
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.test_permitted_runs import allow

needs_server = pytest.mark.skipif(not installed(), reason=f"no MariaDB server here; {INSTALL}")

READ = """
import boto3, json, pymysql, re
found = boto3.client("glue").get_connection(Name="dev-Shop")["Connection"]["ConnectionProperties"]
secret = boto3.client("secretsmanager").get_secret_value(SecretId=found["SECRET_ID"])["SecretString"]
place = re.match(r"jdbc:mysql://([^:]+):([0-9]+)/(.+)", found["JDBC_CONNECTION_URL"])
login = json.loads(secret)
connection = pymysql.connect(host=place[1], port=int(place[2]), database=place[3],
                             user=login["username"], password=login["password"])
with connection.cursor() as cursor:
    cursor.execute("SELECT name FROM customers")
    print(cursor.fetchall())
"""


def connection(url: str, secret: Any = "dev/Shop") -> dict[str, Any]:
    given = {"JDBC_CONNECTION_URL": url, "SECRET_ID": secret, "JDBC_ENFORCE_SSL": "true"}
    made = {"Name": "dev-Shop", "ConnectionType": "JDBC", "ConnectionProperties": given}
    return {
        "Type": "AWS::Glue::Connection",
        "Properties": {"CatalogId": {"Ref": "AWS::AccountId"}, "ConnectionInput": made},
    }


EMPTY_SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "dev/Shop"}}


class Stage:
    """A stage of one stack, whose connections get a database."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        self.folder = folder
        self.own = folder / "own"

    def assembly(self, resources: dict[str, Any]) -> Assembly:
        template = self.folder / "stage.json"
        template.write_text(json.dumps({"Resources": resources}))
        stack = StackArtifact("P/DeployDev/S", "S", Environment(self.account.id, REGION), template)
        return Assembly(self.folder, stack, (PipelineStage("DeployDev", (stack,), tested=False),))

    @contextmanager
    def played(self, resources: dict[str, Any]) -> Iterator[str]:
        own = self.own if self.own.exists() else None
        with databases.databases(self.account.cloud, self.assembly(resources), ROOT, own) as said:
            deployed = self.account.deploy("S", resources)
            assert deployed.status == "CREATE_COMPLETE", deployed.failures
            yield said

    def tables(self, file: str, text: str) -> None:
        path = self.own / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self) -> dict[str, Any]:
        role = self.account.make_role("r", allow("*", "*"))
        connected: dict[str, Any] = {"Connections": {"Connections": ["dev-Shop"]}}
        self.account.make_job("j", READ, Role=role, **connected)
        return self.account.run("j")


@pytest.fixture
def stage(account: Account, tmp_path: Path) -> Iterator[Stage]:
    yield Stage(account, tmp_path)
    StandIns().write(account.cloud.folder)


@needs_server
@pytest.mark.parametrize("made", [True, False], ids=["secret of the stage", "secret that exists"])
def test_a_run_reads_the_users_tables_with_the_login_in_its_secret(stage: Stage, made: bool):
    stage.tables(
        "shop.example.internal/sales.sql",
        "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('Zoë');",
    )
    resources = {"C": connection("jdbc:mysql://shop.example.internal:3306/sales")} | (
        {"S": EMPTY_SECRET} if made else {}
    )
    with stage.played(resources) as said:
        assert said == "MariaDB for shop.example.internal:3306"
        ended = stage.run()
        assert ended["JobRunState"] == "SUCCEEDED", ended
        assert stage.account.printed(ended["Id"]) == ["(('Zoë',),)"]


@needs_server
def test_tables_that_are_no_sql_end_the_rehearsal_with_file_and_line(stage: Stage):
    stage.tables("sales.sql", "CREATE TABLE a (b INT);\nCREATE TABEL c (d INT);\n")
    with (
        pytest.raises(RehearsalError, match=r"own/sales\.sql: ERROR 1064 .*at line 2"),
        stage.played({"C": connection("jdbc:mysql://db:3306/sales")}),
    ):
        pass


def test_a_database_that_nothing_stands_in_for_leaves_the_run_out_and_says_so(stage: Stage):
    with stage.played({"C": connection("jdbc:postgresql://db:5432/sales")}) as said:
        assert said == "nothing for db:5432: the rehearsal has no postgresql server"
        ended = stage.run()
    assert ended["JobRunState"] == "SUCCEEDED"
    assert ended["ErrorMessage"] == f"{NOT_REHEARSED}db:5432: the rehearsal has no postgresql server"
    assert stage.account.printed(ended["Id"]) == []


def test_later_jobs_of_a_workflow_run_are_left_out_with_the_first(stage: Stage):
    with stage.played({"C": connection("jdbc:postgresql://db:5432/sales")}):
        stage.run()
        stage.account.make_job("next", "print('ran')")
        workflow = {"--workflow_run_id": f"w-{stage.account.id}"}
        first = stage.account.run("j", Arguments=workflow)
        second = stage.account.run("next", Arguments=workflow)
        alone = stage.account.run("next")
    assert first["ErrorMessage"].startswith(NOT_REHEARSED)
    assert second["ErrorMessage"] == f"{NOT_REHEARSED}j before it was left out"
    assert stage.account.printed(alone["Id"]) == ["ran"]


def test_without_a_server_on_this_machine_it_is_said_what_installs_one(stage: Stage, monkeypatch):
    monkeypatch.setattr(databases, "installed", lambda: False)
    with stage.played({"C": connection("jdbc:mysql://db:3306/sales")}) as said:
        assert said == "nothing for db:3306: there is no MariaDB server on this machine; install it: " + INSTALL


def test_what_stands_in_is_told_to_nobody_else(tmp_path: Path):
    StandIns(secrets={"a/r/n": "pa55word"}).write(tmp_path)
    assert (tmp_path / "stand-ins.json").stat().st_mode & 0o077 == 0
    assert "pa55word" not in repr(StandIns(secrets={"a/r/n": "pa55word"}))
