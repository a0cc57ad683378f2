"""Connections in the local cloud: deployed from a project's real templates, read by runs as their roles may."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.cloud.glue.connections import as_told_to_a_run
from rehearsal.networks import Network, lay_network, networks_of
from rehearsal.stand_ins import StandIns
from tests.rehearsal.acting import Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.test_permitted_runs import LOGS, allow, scripts_of

NAME, TITLE, SECRET = "CustomerDatabase", "dev-CustomerDatabase", "dev/CustomerDatabase"
VALUE = json.dumps({"username": "reader", "password": "pa55word"})
LIBRARY = ROOT / "aws_glue_cdk_baseline" / "job_scripts" / "lib"
SCRIPT = f"""
from job_runtime.connections import connection_of
found = connection_of("dev", "{NAME}")
print(found, len(found.password))
"""


@pytest.fixture
def template(templates, account: Account) -> dict[str, Any]:
    """The sample project's connections, for this test's account."""
    text: dict[str, Any] = json.loads(
        json.dumps(templates["DeployDev-Connections"]).replace("123456789102", account.id)
    )
    return text


@pytest.fixture
def grants(templates, account: Account) -> list[dict[str, Any]]:
    """What the sample project lets the jobs of the connection read of it."""
    resources = templates["DeployDev-Transformation"]["Resources"].values()
    found = [
        statement
        for resource in resources
        if resource["Type"] == "AWS::IAM::Policy"
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] in ("glue:GetConnection", "secretsmanager:GetSecretValue")
    ]
    assert len(found) == 2
    granted: list[dict[str, Any]] = json.loads(json.dumps(found).replace("123456789102", account.id))
    return granted


@pytest.fixture
def deployed(template, account: Account) -> Account:
    """An account with the sample project's connection, whose owner has filled its secret."""
    for vpc, network in networks_of([template]).items():
        lay_network(account.client("ec2"), vpc, network)
    stack = account.deploy("connections", template["Resources"])
    assert stack.status == "CREATE_COMPLETE", stack.failures
    account.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=VALUE)
    return account


def library(account: Account) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(LIBRARY.rglob("*.py")):
            archive.write(path, path.relative_to(LIBRARY))
    account.s3.put_object(Bucket=account.bucket, Key="scripts/lib.zip", Body=packed.getvalue())
    return f"s3://{account.bucket}/scripts/lib.zip"


def run(account: Account, *grants: dict[str, Any], script: str = SCRIPT, **settings: Any) -> dict[str, Any]:
    role = account.make_role("r", LOGS, scripts_of(account), *grants)
    arguments = {"--extra-py-files": library(account)}
    return account.run(account.make_job("x", script, Role=role, DefaultArguments=arguments, **settings))


def test_templates_say_which_networks_they_expect(templates):
    expected = Network({"subnet-0a1b2c3d4e5f60718": "us-east-1a"}, {"sg-0a1b2c3d4e5f60718"})
    assert networks_of([templates["DeployDev-Connections"]]) == {"vpc-0a1b2c3d4e5f60718": expected}
    assert networks_of(templates[name] for name in templates if "Prod" in name) == {}


def test_a_network_that_nobody_laid_fails_the_deployment_as_on_aws(template, account: Account):
    stack = account.deploy("connections", template["Resources"])
    assert "vpc-0a1b2c3d4e5f60718" in " ".join(reason for _, _, reason in stack.failures)


def test_a_subnet_in_a_zone_that_does_not_exist_is_not_laid(account: Account):
    ec2 = account.client("ec2")
    with pytest.raises(ec2.exceptions.ClientError, match="us-east-1z"):
        lay_network(ec2, "vpc-11111111", Network({"subnet-11111111": "us-east-1z"}))


def test_networks_that_are_made_without_a_wish_keep_ids_of_their_own(account: Account):
    ec2 = account.client("ec2")
    lay_network(ec2, "vpc-11111111", Network())
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    assert other not in ("", "vpc-11111111")
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} > {"vpc-11111111", other}


def test_a_run_reads_its_connection_and_secret_as_its_role_may(deployed: Account, grants):
    ended = run(deployed, *grants, Connections={"Connections": [TITLE]})
    assert ended["JobRunState"] == "SUCCEEDED", ended
    (line,) = deployed.printed(ended["Id"])
    assert "engine='mysql', host='customers.example.com', port=3306, database='shop', username='reader'" in line
    assert line.endswith(" 8")


def test_a_run_is_refused_the_secret_without_the_grant_and_nothing_of_it_is_told(deployed: Account, grants):
    ended = run(deployed, *(one for one in grants if one["Action"] == "glue:GetConnection"))
    assert ended["JobRunState"] == "FAILED"
    assert "may not read the secret dev/CustomerDatabase of connection dev-CustomerDatabase" in ended["ErrorMessage"]
    assert "secretsmanager:GetSecretValue" in ended["ErrorMessage"]
    printed = "\n".join(deployed.printed(ended["Id"], "error"))
    assert "pa55word" not in printed


def test_a_run_is_refused_the_connection_without_the_grant(deployed: Account, grants):
    ended = run(deployed, *(one for one in grants if one["Action"] != "glue:GetConnection"))
    assert "this job's role may not read the connection dev-CustomerDatabase" in ended["ErrorMessage"]


def test_a_grant_is_of_this_secret_and_no_other(deployed: Account, grants):
    manager = deployed.client("secretsmanager")
    manager.create_secret(Name="dev/OtherDatabase", SecretString=VALUE)
    script = "import boto3\nboto3.client('secretsmanager').get_secret_value(SecretId='dev/OtherDatabase')"
    ended = run(deployed, *grants, script=script)
    assert "AccessDeniedException" in ended["ErrorMessage"]


def test_a_secret_that_is_still_empty_says_how_to_fill_it(template, account: Account, grants):
    for vpc, network in networks_of([template]).items():
        lay_network(account.client("ec2"), vpc, network)
    account.deploy("connections", template["Resources"])
    assert (
        "the secret dev/CustomerDatabase of connection dev-CustomerDatabase is empty"
        in (run(account, *grants)["ErrorMessage"])
    )


def test_a_subnet_that_is_gone_fails_the_run_before_its_script(deployed: Account, grants):
    deployed.client("ec2").delete_subnet(SubnetId="subnet-0a1b2c3d4e5f60718")
    ended = run(deployed, *grants, Connections={"Connections": [TITLE]})
    assert (
        "The network of connection dev-CustomerDatabase cannot be used. InvalidSubnetID.NotFound"
        in (ended["ErrorMessage"])
    )


def test_a_password_is_hidden_where_it_is_asked_for(account: Account):
    properties = {"JDBC_CONNECTION_URL": "jdbc:mysql://db:3306/x", "USERNAME": "u", "PASSWORD": "pa55word"}
    made = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    account.glue.create_connection(ConnectionInput=made)
    assert (
        "PASSWORD" not in account.glue.get_connection(Name="c", HidePassword=True)["Connection"]["ConnectionProperties"]
    )
    assert "PASSWORD" in account.glue.get_connection(Name="c")["Connection"]["ConnectionProperties"]


@pytest.fixture
def stand_ins(account: Account) -> Iterator[None]:
    StandIns(
        places={"real.example.com:3306": "127.0.0.1:13306"}, absent={"far.example.com:5432": "there is no server"}
    ).write(account.cloud.folder)
    yield
    StandIns().write(account.cloud.folder)


@pytest.mark.usefixtures("stand_ins")
def test_a_run_is_sent_to_the_database_that_stands_in_and_nobody_else_is(account: Account):
    properties = {"JDBC_CONNECTION_URL": "jdbc:mysql://real.example.com:3306/shop", "JDBC_ENFORCE_SSL": "true"}
    made = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": properties}
    account.glue.create_connection(ConnectionInput=made)
    script = "import boto3; print(boto3.client('glue').get_connection(Name='c')['Connection']['ConnectionProperties'])"
    ended = run(account, allow("glue:GetConnection", "*"), script=script)
    told = {"JDBC_CONNECTION_URL": "jdbc:mysql://127.0.0.1:13306/shop", "JDBC_ENFORCE_SSL": "false"}
    assert account.printed(ended["Id"]) == [str(told)]
    assert account.glue.get_connection(Name="c")["Connection"]["ConnectionProperties"] == properties


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("jdbc:postgresql://db:1/x", "jdbc:postgresql://local:2/x"),
        ("jdbc:oracle:thin://@db:1/x", "jdbc:oracle:thin://@local:2/x"),
        ("jdbc:sqlserver://db:1;databaseName=x", "jdbc:sqlserver://local:2;databaseName=x"),
        ("jdbc:mysql://db:3306/x", "jdbc:mysql://db:3306/x"),
        ("nonsense", "nonsense"),
    ],
)
def test_only_the_place_of_a_database_is_changed(url, told):
    given: dict[str, Any] = {"Name": "c", "ConnectionProperties": {"JDBC_CONNECTION_URL": url, "SECRET_ID": "s"}}
    found = as_told_to_a_run(given, {"db:1": "local:2"})["ConnectionProperties"]
    assert (found["JDBC_CONNECTION_URL"], found["SECRET_ID"]) == (told, "s")
    assert given["ConnectionProperties"]["JDBC_CONNECTION_URL"] == url
