"""A job's databases: looked up by name, and every way in which that fails says what to do, and nothing of a secret."""

import json

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber
from job_runtime import DatabaseConnectionError, glue_job
from job_runtime.connections import connection_of

SECRET = "dev/Source"
PASSWORD = "p4ss\"w'ord;="


class Aws:
    """Glue and Secrets Manager, answering as they are told to; botocore checks what they are asked."""

    def __init__(self):
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, **keys) for name in ("glue", "secretsmanager")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        for stub in self.stubs.values():
            stub.activate()

    def connection(self, url="jdbc:mysql://db.example.com:3307/shop", secret=SECRET, **properties):
        given = {"JDBC_CONNECTION_URL": url, **({"SECRET_ID": secret} if secret else {}), **properties}
        asked = {"Name": "dev-Source", "HidePassword": True}
        self.stubs["glue"].add_response("get_connection", {"Connection": {"ConnectionProperties": given}}, asked)

    def value(self, text):
        self.stubs["secretsmanager"].add_response("get_secret_value", {"SecretString": text}, {"SecretId": SECRET})

    def refuse(self, service, code, message):
        operation = {"glue": "get_connection", "secretsmanager": "get_secret_value"}[service]
        self.stubs[service].add_client_error(operation, code, message)


@pytest.fixture
def aws(monkeypatch):
    aws = Aws()
    monkeypatch.setattr("job_runtime.connections.boto3.client", lambda name, **_: aws.clients[name])
    return aws


def _error(name="Source"):
    with pytest.raises(DatabaseConnectionError) as raised:
        connection_of("dev", name)
    told = str(raised.value)
    assert "\n" not in told  # Glue shows the first line
    return told


def test_a_job_gets_its_stages_connection_by_name(aws, spark, command_line):
    aws.connection(JDBC_ENFORCE_SSL="true")
    aws.value(json.dumps({"username": "reader", "password": PASSWORD}))
    with glue_job() as job:
        found = job.connection("Source")
    assert (found.engine, found.host, found.port, found.database) == ("mysql", "db.example.com", 3307, "shop")
    assert (found.username, found.password, found.tls) == ("reader", PASSWORD, True)


def test_a_connection_is_shown_without_its_password(aws):
    aws.connection()
    aws.value(json.dumps({"username": "reader", "password": PASSWORD}))
    found = connection_of("dev", "Source")
    assert "p4ss" not in f"{found} {found!r}"  # the rest of it would be escaped
    assert "reader" in repr(found)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("jdbc:mysql://db:3306/shop?useSSL=true", ("mysql", "db", 3306, "shop")),
        ("jdbc:postgresql://10.0.0.7:5432/shop", ("postgresql", "10.0.0.7", 5432, "shop")),
        ("jdbc:redshift://cluster.example.com:5439/shop", ("redshift", "cluster.example.com", 5439, "shop")),
        ("jdbc:oracle:thin://@db.example.com:1521/SHOP", ("oracle", "db.example.com", 1521, "SHOP")),
        ("jdbc:sqlserver://db:1433;databaseName=shop;encrypt=true", ("sqlserver", "db", 1433, "shop")),
        ("jdbc:sqlserver://db:1433;database=shop", ("sqlserver", "db", 1433, "shop")),
    ],
)
def test_every_form_of_url_that_glue_documents_is_understood(aws, url, place):
    aws.connection(url)
    aws.value(json.dumps({"username": "reader", "password": PASSWORD}))
    found = connection_of("dev", "Source")
    assert (found.engine, found.host, found.port, found.database) == place


def test_a_missing_connection_says_where_the_config_would_have_it(aws):
    aws.refuse("glue", "EntityNotFoundException", "Connection dev-Source not found")
    assert _error() == (
        "there is no connection dev-Source: describe it as dev.connections.Source in the config and deploy"
    )


def test_a_connection_of_other_jobs_says_how_to_get_it(aws):
    aws.refuse("glue", "AccessDeniedException", "User: x is not authorized")
    assert "name Source as the job's ConnectionName in jobs.csv and deploy" in _error()


@pytest.mark.parametrize("url", ["jdbc:mysql:", "jdbc:mysql://db/shop", "jdbc:mysql://user:secretword@db:3306/shop"])
def test_a_connection_without_a_place_is_refused_and_not_repeated(aws, url):
    aws.connection(url)
    told = _error()
    assert "has no JDBC_CONNECTION_URL with host, port and database" in told
    assert "secretword" not in told


def test_a_connection_with_a_password_in_place_of_a_secret_is_refused(aws):
    aws.connection(secret=None, USERNAME="reader", PASSWORD=PASSWORD)
    told = _error()
    assert "names no secret" in told
    assert PASSWORD not in told


def test_a_secret_that_nobody_has_filled_yet_says_how_to_fill_it(aws):
    aws.connection()
    message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    aws.refuse("secretsmanager", "ResourceNotFoundException", message)
    told = _error()
    assert "the secret dev/Source of connection dev-Source is empty" in told
    assert '{"username": "...", "password": "..."}' in told


def test_a_blank_secret_is_an_empty_one(aws):
    aws.connection()
    aws.value("  ")
    assert "is empty" in _error()


def test_a_missing_secret_is_told_from_an_empty_one(aws):
    aws.connection()
    aws.refuse("secretsmanager", "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    assert "there is no secret dev/Source, which connection dev-Source names" in _error()


@pytest.mark.parametrize(
    "text", [PASSWORD, f'{{"username": "reader", "password": "{PASSWORD}', f'["{PASSWORD}"]', "12"]
)
def test_a_secret_of_another_form_is_refused_without_a_word_of_it(aws, text, caplog):
    aws.connection()
    aws.value(text)
    told = _error()
    assert "is no JSON object" in told
    assert PASSWORD[:4] not in told + caplog.text


@pytest.mark.parametrize(
    ("document", "lacks"),
    [
        ({"username": "reader"}, "lacks password"),
        ({"user": "reader", "pass": PASSWORD}, "lacks username and password"),
        ({"username": "", "password": PASSWORD}, "lacks username"),
        ({"username": "reader", "password": 1234}, "lacks password"),
    ],
)
def test_a_secret_with_missing_keys_names_them(aws, document, lacks):
    aws.connection()
    aws.value(json.dumps(document))
    told = _error()
    assert lacks in told
    assert PASSWORD not in told


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        ("AccessDeniedException", "User: r is not authorized to perform: secretsmanager:GetSecretValue",
         "may not read the secret dev/Source"),
        ("AccessDeniedException", "Access to KMS is not allowed", "may not decrypt the secret dev/Source"),
        ("InvalidRequestException", "marked for deletion", "is marked for deletion"),
        ("InternalServiceError", "oops", "could not be read"),
    ],
)  # fmt: skip
def test_a_secret_that_cannot_be_read_says_why(aws, code, message, told):
    aws.connection()
    aws.refuse("secretsmanager", code, message)
    assert told in _error()


def test_a_network_without_a_way_to_secrets_manager_says_what_it_lacks(aws, monkeypatch):
    aws.connection()

    def unreachable(**_):
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com/")

    monkeypatch.setattr(aws.clients["secretsmanager"], "get_secret_value", unreachable)
    assert "needs a NAT gateway or a VPC endpoint for secretsmanager" in _error()
