"""The output of what the page shows: builds, deployments, job runs, the CDK's commands."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

MOST_CHARACTERS = 100_000
"""Of one log; the rest stays in its file."""


class Log(Protocol):
    """Something with an output."""

    def text(self) -> str:
        """Return the output up to now, its end if it is long."""


@dataclass(frozen=True)
class Files:
    """Output in files.

    Parameters
    ----------
    paths
        The files, which need not exist yet; several get their names as headings.
    """

    paths: Sequence[Path]

    def text(self) -> str:
        """Return the output up to now, its end if it is long."""
        found = {path.name: _end_of(path) for path in self.paths if path.is_file()}
        filled = {name: text for name, text in found.items() if text.strip()}
        if len(self.paths) == 1:
            return "".join(filled.values())
        return "\n".join(f"── {name} ──\n{text.rstrip()}\n" for name, text in filled.items())


@dataclass(frozen=True)
class StackEvents:
    """The events of a stack during an action.

    Parameters
    ----------
    cloudformation
        Client of the stack's account.
    stack
        Its name.
    began, ended
        Seconds since 1970; ``ended`` is None while the action goes on.
    """

    cloudformation: Any
    stack: str
    began: float
    ended: float | None

    def text(self) -> str:
        """Return the events up to now."""
        try:
            pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.stack)
            events = [event for page in pages for event in page["StackEvents"]]
        except ClientError as error:
            if "does not exist" in str(error):
                return ""
            raise
        until = time.time() if self.ended is None else self.ended
        lines = [_line(event) for event in events if self.began <= event["Timestamp"].timestamp() <= until]
        return "\n".join(reversed(lines))


def _line(event: dict[str, Any]) -> str:
    told = (
        event["Timestamp"].strftime("%H:%M:%S"),
        f"{event['ResourceStatus']:<18}",
        f"{event['ResourceType']:<30}",
        event["LogicalResourceId"],
        event.get("ResourceStatusReason", ""),
    )
    return "  ".join(told).rstrip()


def _end_of(path: Path) -> str:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - MOST_CHARACTERS))
        text = file.read().decode(errors="replace")
    if size <= MOST_CHARACTERS:
        return text
    return f"(the last {MOST_CHARACTERS // 1000} of {size // 1000} kB)\n{text.partition(chr(10))[2]}"
