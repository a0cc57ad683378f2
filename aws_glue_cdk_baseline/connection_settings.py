"""`<stage>.connections`: the databases that the jobs of a stage reach, each with its secret and its network."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.documents import Document, FileModel, Key, shown_value, text_like
from aws_glue_cdk_baseline.errors import Problem

CONNECTIONS = "connections"
# https://docs.aws.amazon.com/glue/latest/dg/connection-properties.html: the forms of the URL, by engine
_URLS = {
    "mysql": "jdbc:mysql://{host}:{port}/{database}",
    "postgresql": "jdbc:postgresql://{host}:{port}/{database}",
    "redshift": "jdbc:redshift://{host}:{port}/{database}",
    "oracle": "jdbc:oracle:thin://@{host}:{port}/{database}",
    "sqlserver": "jdbc:sqlserver://{host}:{port};databaseName={database}",
}
_PORTS = {"mysql": 3306, "postgresql": 5432, "redshift": 5439, "oracle": 1521, "sqlserver": 1433}
_ALSO_CALLED = {"mariadb": "mysql", "aurora": "mysql", "postgres": "postgresql", "mssql": "sqlserver"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_CREDENTIAL = re.compile(
    r"pass(word|wd|phrase|code)?$|pwd$|^user(_?name)?$|credentials?$|secret_?(value|string)$|token$", re.IGNORECASE
)
_SECRET_NAME = r"[A-Za-z0-9/_+=.@-]{1,512}"  # noqa: S105 - the form of a name
_SECRET_ARN = rf"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{{12}}:secret:{_SECRET_NAME}-[A-Za-z0-9]{{6}}"
WHERE_PASSWORDS_BELONG = (
    'user and password belong in the connection\'s secret in Secrets Manager, {"username": ..., "password": ...}: '
    "remove this key"
)


def _no_password(value: Any) -> Any:
    """Refuse a host that carries more than a host, without repeating what may be a password."""
    if isinstance(value, str) and re.search(r"[@;?&=]|://", value):
        raise ValueError("should be the host alone, without a scheme, a user or options")
    return value


def _known_engine(value: Any) -> Any:
    if isinstance(value, str) and value not in _URLS:
        meant = _ALSO_CALLED.get(value.lower())
        hint = f" (use {meant})" if meant else ""
        raise ValueError(f"should be one of {', '.join(_URLS)}, found {shown_value(value)}{hint}")
    return value


def _no_switch(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"should be a number, found {shown_value(value)}")
    return value


class _Model(FileModel):
    model_config = ConfigDict(alias_generator=to_camel)


class NetworkSettings(_Model):
    """Where the jobs of a connection attach their network interfaces.

    `database_security_group` is the group of the database: it gets a rule that lets the jobs in. Without it the
    database must let them in by other means.
    """

    vpc: Annotated[str, text_like(r"vpc-[0-9a-f]{8,17}", "the ID of a VPC, like vpc-0a1b2c3d4e5f60718")]
    subnet: Annotated[str, text_like(r"subnet-[0-9a-f]{8,17}", "the ID of a subnet, like subnet-0a1b2c3d4e5f60718")]
    availability_zone: Annotated[
        str, text_like(r"[a-z]{2,4}(-[a-z]+)+-\d[a-z0-9-]*[a-z]", "the subnet's Availability Zone, like us-east-1a")
    ]
    database_security_group: (
        Annotated[str, text_like(r"sg-[0-9a-f]{8,17}", "the ID of a security group, like sg-0a1b2c3d4e5f60718")] | None
    ) = None


class ConnectionSettings(_Model):
    """A database as the config describes it; `port` is the engine's own where none is given.

    `secret` names an existing secret, by name or ARN; without it the stack makes an empty one for its owner to fill.
    `secret_key` is the ARN of the KMS key of an existing secret that is not encrypted with the account's default key.
    `tls` is whether the server must prove by a certificate who it is.
    """

    engine: Annotated[Literal["mysql", "postgresql", "redshift", "oracle", "sqlserver"], BeforeValidator(_known_engine)]
    host: Annotated[
        str,
        text_like(
            r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", "a host name or an IP address, like db.example.com"
        ),
        BeforeValidator(_no_password),
    ]
    port: Annotated[int, BeforeValidator(_no_switch)] | None = Field(default=None, ge=1, le=65535)
    database: Annotated[str, text_like(r"[A-Za-z0-9_$.-]{1,128}", "the name of a database")]
    secret: (
        Annotated[
            str,
            text_like(rf"{_SECRET_NAME}|{_SECRET_ARN}", "the name or the whole ARN of a secret in Secrets Manager"),
        ]
        | None
    ) = None
    secret_key: (
        Annotated[str, text_like(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", "the ARN of a KMS key")] | None
    ) = None
    tls: bool = True
    network: NetworkSettings | None = None

    @property
    def port_number(self) -> int:
        """The port that the database listens on."""
        return self.port or _PORTS[self.engine]

    @property
    def jdbc_url(self) -> str:
        """The URL that Glue knows the database by."""
        return _URLS[self.engine].format(host=self.host, port=self.port_number, database=self.database)

    def secret_name(self, stage: str, name: str) -> str:
        """Return the name or ARN of the secret; the one that the stack makes is called `<stage>/<Name>`."""
        return self.secret or f"{stage}/{name}"


def glue_name(stage: str, name: str) -> str:
    """Return what Glue calls a stage's connection: `dev-SourceDatabase`."""
    return f"{stage}-{name}"


def connection_problems(document: Document, stage: str, region: str | None) -> Iterator[Problem]:
    """Find what the models cannot: passwords, names, and zones of another Region. Values are not repeated."""
    for name, block in _blocks(document, stage):
        path: tuple[Key, ...] = (stage, CONNECTIONS, name)
        if not _NAME.fullmatch(str(name)):
            rule = "should begin with a letter and have at most 100 letters, digits, '-' and '_'"
            yield document.problem(f"the connection name {str(name)!r} {rule}", *path)
        for key in (key for key in block if _CREDENTIAL.search(str(key))):
            yield document.problem(f"{'.'.join(map(str, path))}.{key}: {WHERE_PASSWORDS_BELONG}", *path, key)
        if block.get("secretKey") and not block.get("secret"):
            text = f"{'.'.join(map(str, path))}.secretKey is the key of an existing secret: name it by `secret`"
            yield document.problem(text, *path, "secretKey")
        network = block.get("network")
        zone = network.get("availabilityZone") if isinstance(network, Mapping) else None
        if region and isinstance(zone, str) and not zone.startswith(region):
            text = f"{'.'.join(map(str, path))}.network.availabilityZone: should be one of {region}, found {zone!r}"
            yield document.problem(text, *path, "network", "availabilityZone")


def without_passwords(block: Any) -> Any:
    """Return a stage's block without the keys of connections that hold a password: they have their own error."""
    connections = block.get(CONNECTIONS) if isinstance(block, Mapping) else None
    if not isinstance(connections, Mapping):
        return block
    cleaned = {
        name: {key: value for key, value in one.items() if not _CREDENTIAL.search(str(key))}
        if isinstance(one, Mapping)
        else one
        for name, one in connections.items()
    }
    return {**block, CONNECTIONS: cleaned}


def _blocks(document: Document, stage: str) -> Iterator[tuple[Any, Mapping[Any, Any]]]:
    block = document.data.get(stage)
    connections = block.get(CONNECTIONS) if isinstance(block, Mapping) else None
    for name, one in (connections or {}).items() if isinstance(connections, Mapping) else ():
        if isinstance(one, Mapping):
            yield name, one
