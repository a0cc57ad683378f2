"""Names of what a migration makes beside a table: the same on every run, so that a later one finds and clears it."""

from __future__ import annotations

import hashlib

_MARK = "__migration_"
_LONGEST = 64


def staging_of(table: str) -> str:
    """Name of the table that is loaded before it takes the place of the real one."""
    return _beside(table, "new")


def former_of(table: str) -> str:
    """Name that the replaced table has for the moment between the switch and its removal."""
    return _beside(table, "old")


def progress_of(table: str) -> str:
    """Name of the table that says which parts are in the staging table."""
    return _beside(table, "parts")


def is_ours(table: str) -> bool:
    """Say whether a table is one that a migration made for its own use."""
    return _MARK in table


def _beside(table: str, what: str) -> str:
    name = f"{table}{_MARK}{what}"
    if len(name) <= _LONGEST:
        return name
    # two long names may begin alike
    digest = hashlib.sha256(table.encode()).hexdigest()[:10]
    return f"{table[: _LONGEST - len(_MARK) - len(what) - 11]}_{digest}{_MARK}{what}"
