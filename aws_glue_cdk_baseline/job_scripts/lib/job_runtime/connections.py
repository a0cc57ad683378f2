"""A stage's databases, by name: Glue holds where they are, Secrets Manager who may enter. The same calls everywhere."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from job_runtime.errors import DatabaseConnectionError

# https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html
_URL = re.compile(
    r"jdbc:(?P<engine>[a-z]+):(thin:)?(//|//@|@//|@)(?P<host>[^\s/:;?@]+):(?P<port>\d{1,5})"
    r"(/(?P<path>[^\s/;?]+)|;(database|databaseName)=(?P<option>[^\s;]+))(?:[?;].*)?",
    re.IGNORECASE,
)
_FORM = '{"username": "...", "password": "..."}'
# a subnet without a way to AWS's endpoints would hang for minutes: say so soon
_PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "max_attempts": 5})


@dataclass(frozen=True)
class DatabaseConnection:
    """Where a database is and who enters it. It is shown without its password.

    Parameters
    ----------
    name
        What the config calls it: ``SourceDatabase``.
    engine
        ``mysql``, ``postgresql``, ``redshift``, ``oracle`` or ``sqlserver``.
    host, port, database
        Where it is.
    username, password
        From its secret.
    tls
        Whether the server must prove by a certificate who it is.
    """

    name: str
    engine: str
    host: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)
    tls: bool = True


def connection_of(stage: str, name: str) -> DatabaseConnection:
    """Look a connection up.

    Parameters
    ----------
    stage
        The stage that the job runs in.
    name
        The name of the connection in the config.

    Raises
    ------
    DatabaseConnectionError
        If there is no such connection, if it cannot be read, or if its secret is missing, empty or incomplete. No
        error repeats anything of a secret.
    """
    title = f"{stage}-{name}"
    properties = _properties(title, stage, name)
    place = _URL.fullmatch(properties.get("JDBC_CONNECTION_URL", ""))
    if not place:
        raise DatabaseConnectionError(f"connection {title} has no JDBC_CONNECTION_URL with host, port and database")
    secret = properties.get("SECRET_ID")
    if not secret:
        raise DatabaseConnectionError(f"connection {title} names no secret: set its SECRET_ID in place of a password")
    username, password = _credentials(title, secret)
    return DatabaseConnection(
        name=name,
        engine=place["engine"].lower(),
        host=place["host"],
        port=int(place["port"]),
        database=place["path"] or place["option"],
        username=username,
        password=password,
        tls=properties.get("JDBC_ENFORCE_SSL", "false").lower() == "true",
    )


def _properties(title: str, stage: str, name: str) -> dict[str, str]:
    try:
        found = boto3.client("glue", config=_PATIENCE).get_connection(Name=title, HidePassword=True)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "EntityNotFoundException":
            told = f"there is no connection {title}: describe it as {stage}.connections.{name} in the config and deploy"
        elif code.startswith("AccessDenied"):
            told = (
                f"this job's role may not read the connection {title}: name {name} as the job's ConnectionName in "
                f"jobs.csv and deploy"
            )
        else:
            told = f"the connection {title} could not be looked up: {error}"
        raise DatabaseConnectionError(told) from error
    except BotoCoreError as error:
        raise _unreachable("Glue", "glue", title, error) from error
    properties: dict[str, str] = found["Connection"].get("ConnectionProperties", {})
    return properties


def _credentials(title: str, secret: str) -> tuple[str, str]:
    """Return the user and the password that a secret holds."""
    try:
        value = boto3.client("secretsmanager", config=_PATIENCE).get_secret_value(SecretId=secret)
    except ClientError as error:
        raise DatabaseConnectionError(_why_no_secret(title, secret, error)) from error
    except BotoCoreError as error:
        raise _unreachable("Secrets Manager", "secretsmanager", title, error) from error
    text = value.get("SecretString")
    if not text or not text.strip():
        raise DatabaseConnectionError(_empty(title, secret))
    try:
        document: Any = json.loads(text)
    except ValueError:
        document = None  # the parser's own words would repeat a part of the secret
    if not isinstance(document, dict):
        raise DatabaseConnectionError(
            f"the secret {secret} of connection {title} is no JSON object: it should be {_FORM}"
        )
    missing = [key for key in ("username", "password") if not isinstance(document.get(key), str) or not document[key]]
    if missing:
        raise DatabaseConnectionError(
            f"the secret {secret} of connection {title} lacks {' and '.join(missing)}: it should be {_FORM}"
        )
    return document["username"], document["password"]


def _why_no_secret(title: str, secret: str, error: ClientError) -> str:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code == "ResourceNotFoundException" and "value" in message:
        return _empty(title, secret)
    if code == "ResourceNotFoundException":
        return f"there is no secret {secret}, which connection {title} names: create it, or deploy the connection again"
    if code == "AccessDeniedException" and "KMS" in message:
        return (
            f"this job's role may not decrypt the secret {secret} of connection {title}: give the connection's "
            f"secretKey in the config, and let the key's policy allow the account"
        )
    if code.startswith("AccessDenied"):
        return f"this job's role may not read the secret {secret} of connection {title}: {message}"
    if code == "InvalidRequestException":
        return f"the secret {secret} of connection {title} is marked for deletion: restore it, or name another"
    return f"the secret {secret} of connection {title} could not be read: {error}"


def _empty(title: str, secret: str) -> str:
    return (
        f"the secret {secret} of connection {title} is empty: put {_FORM} into it (Secrets Manager, `put-secret-value`)"
    )


def _unreachable(service: str, endpoint: str, title: str, error: BotoCoreError) -> DatabaseConnectionError:
    hint = ""
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        hint = f": the connection's subnet needs a NAT gateway or a VPC endpoint for {endpoint}"
    return DatabaseConnectionError(f"{service} was not reached for connection {title}{hint} ({error})")
