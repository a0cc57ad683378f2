"""What became of a Spark run in the light of its role: S3 would have denied what its directories could not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rehearsal.cloud.glue.jobs import JobRun
from rehearsal.cloud.permissions.of_files import FileAccess
from rehearsal.cloud.views import View

_URL = re.compile(r"s3a?://[^\s,;'\"()\]]+")
_LONGEST = 2000
_NOT_INPUT = (
    "--TempDir",
    "--spark-event-logs-path",
    "--extra-py-files",
    "--extra-jars",
    "--extra-files",
    "--scriptLocation",
    "--additional-python-modules",
)


def denied(run: JobRun, view: View, access: FileAccess, error: str | None) -> str | None:
    """Return the error that the run's role should have led to, or None.

    Parameters
    ----------
    run
        A Spark run that has ended by itself.
    view
        Its directories, taken in.
    access
        What its role may do.
    error
        The error that it ended with; None if it succeeded.

    Returns
    -------
    str or None
        Names the action and the object. First comes what it read or wrote although it may not, then what it may not
        read of the locations in its error and its arguments. A run that succeeded is denied a location of its arguments
        only if it may neither read anything there nor write there: then it cannot have done what it was asked to.
    """
    for url, refusal in view.refused.items():
        return _told(f"{refusal} ({url})", error)
    given = list(_given(run))
    if error is None:
        given = [url for url in given if _nothing_there(access, url)]
    for url in [*_URL.findall(error or ""), *given]:
        denial = access.missing_at(url.rstrip(".:"))
        if denial:
            return _told(denial, error)
    return None


def _given(run: JobRun) -> Iterator[str]:
    for name, value in run.arguments.items():
        if name not in _NOT_INPUT:
            yield from (part.strip() for part in value.split(",") if part.strip().startswith(("s3://", "s3a://")))


def _nothing_there(access: FileAccess, url: str) -> bool:
    bucket, _, key = url.partition("://")[2].partition("/")
    key = key.strip("/")
    # a bucket's root is named for something below it, that the run need not read
    return (
        bool(key)
        and not access.any_readable(url)
        and bool(access.write(bucket, key) and access.write(bucket, f"{key}/x"))
    )


def _told(denial: str, error: str | None) -> str:
    ended = f". The script ended with: {error}" if error else ""
    return f"AccessDenied: {denial}{ended}"[:_LONGEST]
