"""A stage's connections: what the config may say of them, and what is deployed."""

from typing import Any

import pytest

from aws_glue_cdk_baseline.config import parse_config
from aws_glue_cdk_baseline.errors import InvalidFilesError
from tests.unit.checkout import CONFIG

MINIMAL = {"engine": "mysql", "host": "db.example.com", "database": "shop"}
NETWORK = {"vpc": "vpc-0123456789abcdef0", "subnet": "subnet-0123456789abcdef0", "availabilityZone": "us-east-1b"}


@pytest.fixture
def connection(config):
    """Parse the sample project's config with one connection of the given settings."""

    def parse(**settings: Any):
        config["dev"]["connections"]["Orders"] = {**MINIMAL, **settings}
        return parse_config(config).stage("dev").connections["Orders"]

    return parse


@pytest.fixture
def mistakes(connection):
    def of(**settings: Any) -> list[str]:
        with pytest.raises(InvalidFilesError) as raised:
            connection(**settings)
        return [problem.message for problem in raised.value.problems]

    return of


def resources(templates, stack: str, kind: str) -> list[dict[str, Any]]:
    return [one for one in templates[stack]["Resources"].values() if one["Type"] == kind]


def connection_input(templates, stage: str) -> dict[str, Any]:
    (found,) = resources(templates, f"Deploy{stage}-Connections", "AWS::Glue::Connection")
    properties: dict[str, Any] = found["Properties"]["ConnectionInput"]
    return properties


@pytest.mark.parametrize(
    ("engine", "url"),
    [
        ("mysql", "jdbc:mysql://db.example.com:3306/shop"),
        ("postgresql", "jdbc:postgresql://db.example.com:5432/shop"),
        ("redshift", "jdbc:redshift://db.example.com:5439/shop"),
        ("oracle", "jdbc:oracle:thin://@db.example.com:1521/shop"),
        ("sqlserver", "jdbc:sqlserver://db.example.com:1433;databaseName=shop"),
    ],
)
def test_each_engine_has_its_port_and_its_form_of_url(connection, engine, url):
    assert connection(engine=engine).jdbc_url == url
    assert ":7000" in connection(engine=engine, port=7000).jdbc_url


@pytest.mark.parametrize(
    "key", ["password", "Password", "dbPassword", "passwd", "pwd", "user", "username", "secretValue", "token"]
)
def test_a_password_is_refused_and_not_repeated(mistakes, key):
    (told,) = mistakes(**{key: "hunter2"})
    assert told.startswith(f"dev.connections.Orders.{key}: user and password belong in the connection's secret")
    assert "hunter2" not in told


@pytest.mark.parametrize("host", ["root:hunter2@db", "jdbc:mysql://db", "db?password=hunter2", "db;password=hunter2"])
def test_a_host_that_carries_more_is_refused_and_not_repeated(mistakes, host):
    (told,) = mistakes(host=host)
    assert told == "dev.connections.Orders.host: should be the host alone, without a scheme, a user or options"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"engine": "mariadb"},
         "engine: should be one of mysql, postgresql, redshift, oracle, sqlserver, found 'mariadb' (use mysql)"),
        ({"engine": "db2"}, "engine: should be one of mysql, postgresql, redshift, oracle, sqlserver, found 'db2'"),
        ({"port": 0}, "port: should be greater than or equal to 1, found 0"),
        ({"port": 70000}, "port: should be less than or equal to 65535, found 70000"),
        ({"port": True}, "port: should be a number, found true"),
        ({"database": "a b"}, "database: should be the name of a database, found 'a b'"),
        ({"secret": "a b"}, "secret: should be the name or the whole ARN of a secret in Secrets Manager, found 'a b'"),
        ({"secret": "arn:aws:secretsmanager:us-east-1:123456789102:secret:db"},
         "secret: should be the name or the whole ARN of a secret in Secrets Manager, found "
         "'arn:aws:secretsmanager:us-east-1:123456789102:secret:db'"),
        ({"secretKey": "arn:aws:kms:us-east-1:123456789102:key/1234"},
         "secretKey is the key of an existing secret: name it by `secret`"),
        ({"hots": "x"}, "hots is not known (did you mean 'host'?)"),
        ({"network": {**NETWORK, "subnet": "vpc-0123"}},
         "network.subnet: should be the ID of a subnet, like subnet-0a1b2c3d4e5f60718, found 'vpc-0123'"),
        ({"network": {**NETWORK, "availabilityZone": "eu-west-1a"}},
         "network.availabilityZone: should be one of us-east-1, found 'eu-west-1a'"),
        ({"network": {**NETWORK, "availabilityZone": "use1-az1"}},
         "network.availabilityZone: should be one of us-east-1, found 'use1-az1'"),
    ],
)  # fmt: skip
def test_what_no_connection_can_be_is_refused(mistakes, settings, told):
    assert f"dev.connections.Orders.{told}" in mistakes(**settings)


def test_a_name_that_glue_would_not_take_is_refused(config):
    config["dev"]["connections"]["my db"] = MINIMAL
    with pytest.raises(InvalidFilesError, match="the connection name 'my db' should begin with a letter"):
        parse_config(config)


def test_a_job_whose_stage_lacks_its_connection_is_an_error_of_its_row(checkout):
    checkout.replace("ingestion/jobs.csv", "Ingestion,", "Ingestion,CustomrDatabase")
    where = checkout.where("ingestion/jobs.csv", "ProcessLegislators")
    assert checkout.problems() == [
        f"{where}: ProcessLegislators: {stage} has no connection CustomrDatabase: describe it as "
        f"{stage}.connections.CustomrDatabase in default-config.yaml, or leave the job out by "
        f"{stage}.jobs.ProcessLegislators: false (did you mean 'CustomerDatabase'?)"
        for stage in ("dev", "prod")
    ]


def test_a_connection_of_a_jobs_settings_is_an_error_where_it_is_named(checkout):
    checkout.replace(CONFIG, "[CustomerDatabase]", "[CustomerDatabase, Orders]")
    (problem,) = checkout.problems()
    assert problem.startswith(f"{checkout.where(CONFIG, '[CustomerDatabase, Orders]')}: dev has no connection Orders:")


def test_a_connection_with_mistakes_of_its_own_is_not_also_missing(checkout):
    checkout.replace(CONFIG, "engine: mysql", "engine: mysq1")
    (problem,) = checkout.problems()
    assert "engine: should be one of" in problem


def test_a_connection_that_no_job_names_may_wait_for_one(checkout):
    checkout.replace(CONFIG, "  connections:\n", "  connections:\n    Later: {engine: oracle, host: db, database: x}\n")
    assert checkout.problems() == []


def test_a_job_gets_its_connection_of_the_stage(templates):
    for stage in ("Dev", "Prod"):
        jobs = resources(templates, f"Deploy{stage}-Transformation", "AWS::Glue::Job")
        named = {job["Properties"]["Name"]: job["Properties"].get("Connections") for job in jobs}
        expected = {"Connections": [f"{stage.lower()}-CustomerDatabase"]}
        assert named == {
            f"{stage.lower()}-DimCustomers": expected,
            f"{stage.lower()}-JoinLegislators": None,
        }


def test_a_connection_says_where_the_database_is_and_that_it_must_prove_itself(templates):
    properties = connection_input(templates, "Dev")
    assert (properties["Name"], properties["ConnectionType"]) == ("dev-CustomerDatabase", "JDBC")
    assert properties["ConnectionProperties"] == {
        "JDBC_CONNECTION_URL": "jdbc:mysql://customers.example.com:3306/shop",
        "JDBC_ENFORCE_SSL": "true",
        "SECRET_ID": "dev/CustomerDatabase",
    }


def test_the_secret_is_made_empty_and_outlives_the_stack(templates):
    (secret,) = resources(templates, "DeployDev-Connections", "AWS::SecretsManager::Secret")
    assert secret["Properties"]["Name"] == "dev/CustomerDatabase"
    assert not {"SecretString", "GenerateSecretString"} & set(secret["Properties"])
    assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_an_existing_secret_is_named_and_not_made(templates):
    assert resources(templates, "DeployProd-Connections", "AWS::SecretsManager::Secret") == []
    assert connection_input(templates, "Prod")["ConnectionProperties"]["SECRET_ID"] == "customers/reader"
    assert "PhysicalConnectionRequirements" not in connection_input(templates, "Prod")


def test_workers_reach_each_other_the_database_and_aws_and_nothing_else(templates):
    stack = "DeployDev-Connections"
    (group,) = resources(templates, stack, "AWS::EC2::SecurityGroup")
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["Properties"]["SecurityGroupEgress"]] == [(443, 443)]
    database = "sg-0a1b2c3d4e5f60718"
    (own,) = connection_input(templates, "Dev")["PhysicalConnectionRequirements"]["SecurityGroupIdList"]

    def rules(kind: str, other: str) -> list[tuple[Any, Any, int, int]]:
        found = [one["Properties"] for one in resources(templates, stack, kind)]
        return [(rule["GroupId"], rule[other], rule["FromPort"], rule["ToPort"]) for rule in found]

    outwards = rules("AWS::EC2::SecurityGroupEgress", "DestinationSecurityGroupId")
    assert outwards == [(own, own, 0, 65535), (own, database, 3306, 3306)]
    inwards = rules("AWS::EC2::SecurityGroupIngress", "SourceSecurityGroupId")
    assert inwards == [(own, own, 0, 65535), (database, own, 3306, 3306)]


def test_no_stack_takes_an_output_of_the_connections(templates):
    assert "Outputs" not in templates["DeployDev-Connections"]
    assert "DeployDev-Connections" not in str(templates["DeployDev-Transformation"])
