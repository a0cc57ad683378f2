"""The databases that connections name: MySQL is played by a private MariaDB server each, filled with sample tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.assembly import Assembly, Environment
from rehearsal.database_server import INSTALL, DatabaseServer, Login, installed
from rehearsal.errors import SampleDataError
from rehearsal.local_cloud import LocalCloud
from rehearsal.stand_ins import StandIns

SAMPLES = Path(__file__).parent / "sample_databases"

_URL = re.compile(r"jdbc:(?P<engine>[a-z]+)://(?P<place>[^\s/:;?@]+:\d+)/(?P<database>[A-Za-z0-9_$-]+).*")
_PLAYED = ("mysql", "mariadb")


@dataclass(frozen=True)
class Connection:
    """A Glue connection of a template.

    Parameters
    ----------
    environment
        Where it is deployed to.
    engine, place, database
        What its URL names; the place is ``host:port``.
    secret
        Name of its secret, or the ARN.
    made
        Whether the stage makes that secret itself, for its owner to fill.
    """

    environment: Environment
    engine: str
    place: str
    database: str
    secret: str
    made: bool


def connections_of(assembly: Assembly) -> list[Connection]:
    """Find the connections of all stages.

    Parameters
    ----------
    assembly
        Their templates.
    """
    found = []
    for stack in (stack for stage in assembly.stages for stack in stage.stacks):
        resources = stack.read_template().get("Resources", {}).values()
        made = {one["Properties"].get("Name") for one in resources if one["Type"] == "AWS::SecretsManager::Secret"}
        for resource in (one for one in resources if one["Type"] == "AWS::Glue::Connection"):
            given = resource["Properties"]["ConnectionInput"].get("ConnectionProperties", {})
            url, secret = _URL.fullmatch(str(given.get("JDBC_CONNECTION_URL"))), given.get("SECRET_ID")
            if url and isinstance(secret, str):
                its = (url["engine"], url["place"], url["database"])
                found.append(Connection(stack.environment, *its, secret, secret in made))
    return found


@contextmanager
def databases(cloud: LocalCloud, assembly: Assembly, root: Path, own: Path | None) -> Iterator[str]:
    """Let a database of this machine stand in for each that the stages' connections name.

    Parameters
    ----------
    cloud
        Is told where they are; secrets that must exist before the stages are laid there.
    assembly
        The templates.
    root
        The repository: an empty server is kept in its ``build`` folder, since making one takes seconds.
    own
        The user's tables: ``<host>/<database>.sql`` or ``<database>.sql``, in the place of the samples.

    Yields
    ------
    str
        What stands in for what, in a few words; empty if no stage has a connection.

    Raises
    ------
    SampleDataError
        If a file of tables cannot be loaded.
    """
    found = connections_of(assembly)
    told = StandIns()
    for connection in found:
        why = _why_absent(connection)
        if why:
            told.absent[connection.place] = why
    played = [connection for connection in found if connection.place not in told.absent]
    with ExitStack() as servers:
        logins: dict[tuple[str, str], Login] = {}
        for place, server in _started(sorted({one.place for one in played}), cloud, root, servers).items():
            told.places[place] = f"{server.host}:{server.port}"
            for database in sorted({one.database for one in played if one.place == place}):
                logins[place, database] = _filled(server, place, database, own)
        for connection, value in _secrets(played, logins).items():
            _put(cloud, connection, value, told)
        told.write(cloud.folder)
        words = [f"MariaDB for {place}" for place in told.places]
        yield "; ".join([*words, *(f"nothing for {place}: {why}" for place, why in told.absent.items())])


def tables_in(folder: Path) -> list[Path]:
    """Find a user's files of tables.

    Parameters
    ----------
    folder
        Where they are: ``<host>/<database>.sql`` or ``<database>.sql``.

    Raises
    ------
    SampleDataError
        If there are none.
    """
    found = [*folder.glob("*.sql"), *folder.glob("*/*.sql")]
    if not found:
        raise SampleDataError(f"{folder} holds no tables: they are to be <host>/<database>.sql or <database>.sql there")
    return found


def _why_absent(connection: Connection) -> str | None:
    if connection.engine not in _PLAYED:
        return f"the rehearsal has no {connection.engine} server"
    if connection.secret.startswith("arn:") and not connection.made:
        return "its secret is named by an ARN, which no secret of a rehearsal can have; name it by its name"
    return None if installed() else f"there is no MariaDB server on this machine; install it: {INSTALL}"


def _started(places: list[str], cloud: LocalCloud, root: Path, servers: ExitStack) -> dict[str, DatabaseServer]:
    if not places:
        return {}
    prepared = root / "build" / "mariadb"
    prepared.parent.mkdir(exist_ok=True)
    made = [
        DatabaseServer(
            cloud.folder / "databases" / place.replace(":", "-"),
            prepared=prepared,
            settings=["--innodb-buffer-pool-size=64M"],
        )
        for place in places
    ]
    # the first prepares what the others copy
    running = [servers.enter_context(made[0])]
    with ThreadPoolExecutor(max(1, len(made) - 1)) as pool:
        tasks = [pool.submit(server.__enter__) for server in made[1:]]
    for server, task in zip(made[1:], tasks, strict=True):
        servers.push(server)
        running.append(task.result())
    return dict(zip(places, running, strict=True))


def _filled(server: DatabaseServer, place: str, database: str, own: Path | None) -> Login:
    login = server.create_database(database)
    host = place.rpartition(":")[0]
    for folder in filter(None, (own, SAMPLES)):
        for file in (folder / host / f"{database}.sql", folder / f"{database}.sql"):
            if file.is_file():
                server.load(database, file)
                return login
    return login


def _secrets(played: list[Connection], logins: dict[tuple[str, str], Login]) -> dict[Connection, str]:
    """Return a value for each secret, once for those that connections share."""
    found: dict[tuple[Environment, str], tuple[Connection, Login]] = {}
    for connection in played:
        login = logins[connection.place, connection.database]
        known = found.setdefault((connection.environment, connection.secret), (connection, login))[1]
        if known != login:
            raise SampleDataError(
                f"the secret {connection.secret} in {connection.environment} is of {known.database} and of "
                f"{connection.database}: in a rehearsal each database has a user of its own; give each a secret"
            )
    return {
        connection: json.dumps({"username": login.username, "password": login.password})
        for connection, login in found.values()
    }


def _put(cloud: LocalCloud, connection: Connection, value: str, told: StandIns) -> None:
    where = connection.environment
    if connection.made:
        told.secrets[f"{where.account}/{where.region}/{connection.secret}"] = value
        return
    api: Any = cloud.client("secretsmanager", where.account, where.region)
    api.create_secret(Name=connection.secret, SecretString=value)
