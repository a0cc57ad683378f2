"""The secrets of the local cloud, so that no text that leaves this machine repeats one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rehearsal.console.watched import Watched

_SAYS_SECRET = re.compile(r"password|secret|token|key", re.IGNORECASE)


def secrets_of(watched: Watched) -> Iterator[str]:
    """Yield the keys of the accounts' administrators and the values that Secrets Manager keeps.

    Parameters
    ----------
    watched
        The rehearsal.

    Yields
    ------
    str
        A secret; of one that is JSON, each value whose name says so.
    """
    if watched.cloud is None or watched.assembly is None:
        return
    for where in watched.assembly.environments:
        yield watched.cloud.credentials(where.account).secret_access_key
        api = watched.client("secretsmanager", where.account, where.region)
        for page in api.get_paginator("list_secrets").paginate():
            for listed in page["SecretList"]:
                try:
                    text = api.get_secret_value(SecretId=listed["ARN"]).get("SecretString", "")
                except api.exceptions.ResourceNotFoundException:  # it has no value yet
                    continue
                yield from _parts(text)


def _parts(text: str) -> Iterator[str]:
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, dict):
        yield from (part for name, part in value.items() if isinstance(part, str) and _SAYS_SECRET.search(name))
    elif text:
        yield text
