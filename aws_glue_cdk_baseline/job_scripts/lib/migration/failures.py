"""What a database can answer, told apart: what passes by itself, and what a person must mend, with the remedy."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

import pymysql
from job_runtime.errors import JobError

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")

PATIENCE_SECONDS = 180.0
"""How long a lost server is waited for: a restart or a failover takes a minute or two."""

FIRST_PATIENCE_SECONDS = 10.0
"""The same for a server that this run has never reached: a wrong host should not cost minutes of workers."""

_LOST = {1053, 1152, 1158, 1159, 1160, 1161, 1927, 2002, 2003, 2006, 2013, 2055, 4031}
_BUSY = {1040, 1203, 1205, 1213, 1317, 1412}
_CODE = re.compile(r"ERROR (\d{4})\b")
_NETWORK = re.compile(r"i/?o ?error|broken pipe|connection (reset|refused|closed)|timed out|packet out of", re.I)

_REMEDIES = {
    1044: "the user may not use this database: grant it what the README lists under the migration's privileges",
    1045: "user name or password is wrong: put the right ones into the connection's secret",
    1698: "user name or password is wrong: put the right ones into the connection's secret",
    1049: "there is no such database on that server: mend `database` of the connection in the config, or create it",
    1114: "the server's disk or tablespace is full: free or add space, then run the job again",
    1021: "the server's disk is full: free or add space, then run the job again",
    1030: "the server's storage failed, often for want of space: see the server's log, then run the job again",
    1142: "the user lacks a privilege: grant it what the README lists under the migration's privileges",
    1143: "the user lacks a privilege: grant it what the README lists under the migration's privileges",
    1227: "the user lacks a privilege: grant it what the README lists under the migration's privileges",
    1146: "the table is gone: take it off --tables, or restore it",
    1148: "the server refuses LOAD DATA LOCAL: set its parameter local_infile to 1",
    3948: "the server refuses LOAD DATA LOCAL: set its parameter local_infile to 1",
    4166: "the server refuses LOAD DATA LOCAL: set its parameter local_infile to 1",
    1153: "a row is larger than max_allowed_packet: raise that parameter on the server (at most 1 GB)",
    1062: "two rows have one key: the source changed while it was read, or the target has a stricter unique key",
    1273: "the target does not know the source's collation: create the table there, then run the job again",
    1115: "the target does not know the source's character set: create the table there, then run the job again",
}
_UNREACHABLE = (
    "the server does not answer: check host and port of the connection, that the server is up, and that its security "
    "group lets the connection's security group in"
)


class MigrationError(JobError):
    """A table cannot be migrated as asked; the text names the table and what to do."""


class PassingError(Exception):
    """A failure that a later attempt may not meet: a lost connection, a deadlock, a lock that was waited for."""


def code_of(error: BaseException) -> int | None:
    """Return MySQL's number of an error, from whichever library it comes; None if it has none."""
    if isinstance(error, pymysql.MySQLError) and error.args and isinstance(error.args[0], int):
        return error.args[0]
    found = _CODE.search(str(error))
    return int(found.group(1)) if found else None


def passes(error: BaseException) -> bool:
    """Say whether an error may not come again when the same is tried later."""
    if isinstance(error, PassingError):
        return True
    code = code_of(error)
    if isinstance(error, pymysql.err.InterfaceError) and not code:
        return True  # PyMySQL's word for a connection that is closed already
    if code:
        return code in _LOST | _BUSY
    return bool(_NETWORK.search(str(error))) and not isinstance(error, JobError)


def explained(error: BaseException, what: str) -> MigrationError:
    """Return an error that names what failed, what the server said, and the remedy.

    Parameters
    ----------
    error
        What a library raised.
    what
        What was being done, with the table: ``orders could not be read``.
    """
    if isinstance(error, MigrationError):
        return error
    code = code_of(error)
    remedy = _UNREACHABLE if code in _LOST else _REMEDIES.get(code or 0, "")
    said = " ".join(str(error.args[1] if len(error.args) > 1 else error).split())
    return MigrationError(f"{what}: {remedy + '. ' if remedy else ''}The server said: {said[:600]}")


def patiently(act: Callable[[], _T], what: str, *, patience: float = PATIENCE_SECONDS) -> _T:
    """Do something on a database, again and again while its failures are such that pass.

    Parameters
    ----------
    act
        What to do, from the start: it must leave nothing behind when it fails.
    what
        What it is, for the error: ``orders could not be read``.
    patience
        Seconds after which no further attempt is made.

    Raises
    ------
    MigrationError
        At once for a failure that does not pass, with its remedy; or when the patience is at its end.
    """
    deadline, pause = time.monotonic() + patience, 0.1
    while True:
        try:
            return act()
        except (pymysql.MySQLError, RuntimeError, OSError, PassingError) as error:
            if not passes(error) or time.monotonic() + pause > deadline:
                raise explained(error, what) from error
            _LOG.warning("%s, trying again in %.1f s: %s", what, pause, " ".join(str(error).split())[:200])
        # jitter: workers that one restart threw out do not come back all at once
        time.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311 - no secret depends on it
        pause = min(pause * 2, 5.0)
