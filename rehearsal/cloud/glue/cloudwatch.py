"""A run's output in CloudWatch Logs, in the groups and streams that Glue uses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloud.clients import client
from rehearsal.cloud.glue.inputs import caller_of_run
from rehearsal.cloud.glue.jobs import JobRun
from rehearsal.cloud.permissions.decision import Denial
from rehearsal.cloud.permissions.of_runs import denied_logs

GROUPS = {"stdout": "/aws-glue/jobs/output", "stderr": "/aws-glue/jobs/error"}

_BATCH_EVENTS = 1_000
_BATCH_BYTES = 900_000  # PutLogEvents takes 1,048,576 with 26 for each event
_EVENT_BYTES = 250_000


def denied_publication(run: JobRun) -> Denial | None:
    """Return why a run's role may not write its logs; None if it may."""
    where, caller = run.job.backend, caller_of_run(run)
    denials = (denied_logs(caller, where.region_name, group, run.id) for group in GROUPS.values())
    return next((denial for denial in denials if denial), None)


def publish(run: JobRun, folder: Path, error: str | None) -> None:
    """Write what a run printed to its two log streams.

    Parameters
    ----------
    run
        The run; its ID names the streams.
    folder
        Where its output is.
    error
        The run's error, which stands at the end of the error log also when no process wrote it.
    """
    logs = client("logs", run.job.backend.account_id, run.job.backend.region_name)
    for name, group in GROUPS.items():
        path = folder / name
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        if name == "stderr" and error:
            lines.append(error)
        write(logs, group, run.id, lines)


def write(logs: Any, group: str, stream: str, lines: list[str]) -> None:
    """Write lines to a log stream, which is made if it is missing.

    Parameters
    ----------
    logs
        A client of CloudWatch Logs.
    group, stream
        Where to.
    lines
        What to write.
    """
    _make(logs.create_log_group, logGroupName=group)
    _make(logs.create_log_stream, logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    for batch in _batches(lines):
        events = [{"timestamp": now, "message": line} for line in batch]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def _make(create: Any, **names: str) -> None:
    try:
        create(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise


def _batches(lines: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for line in lines:
        cut = line.encode()[:_EVENT_BYTES].decode(errors="ignore") or " "  # an event must not be empty
        length = len(cut.encode()) + 26
        if batch and (len(batch) == _BATCH_EVENTS or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(cut)
        size += length
    if batch:
        yield batch
