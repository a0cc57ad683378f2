"""What a run is told of a connection: what was deployed, but for a database that stands in for the real one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"(?P<before>jdbc:[a-z:]+//@?|jdbc:[a-z:]+@)(?P<host>[^\s/:;?@]+):(?P<port>\d+)(?P<after>.*)", re.I)


def place_of(connection: dict[str, Any]) -> str | None:
    """Return the ``host:port`` that a connection's URL names; None if it names none."""
    found = _PLACE.fullmatch(connection.get("ConnectionProperties", {}).get("JDBC_CONNECTION_URL", ""))
    return f"{found['host']}:{found['port']}" if found else None


def as_told_to_a_run(connection: dict[str, Any], databases: Mapping[str, str]) -> dict[str, Any]:
    """Return a connection as a run gets it.

    Parameters
    ----------
    connection
        The connection as ``GetConnection`` gives it; it is not changed.
    databases
        Which database of this machine stands in for which: ``host:port`` by ``host:port``.

    Returns
    -------
    dict
        With the place of the database that stands in, where one does. That one has no certificate, so TLS is not
        enforced.
    """
    properties: dict[str, str] = connection.get("ConnectionProperties", {})
    place = _PLACE.fullmatch(properties.get("JDBC_CONNECTION_URL", ""))
    instead = databases.get(f"{place['host']}:{place['port']}") if place else None
    if place is None or instead is None:
        return connection
    told = {
        **properties,
        "JDBC_CONNECTION_URL": f"{place['before']}{instead}{place['after']}",
        "JDBC_ENFORCE_SSL": "false",
    }
    return {**connection, "ConnectionProperties": told}
