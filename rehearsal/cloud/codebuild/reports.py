"""Test reports: report groups, and what a build's JUnit XML says.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/test-reporting.html
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from moto.utilities.utils import get_partition

_KEPT_SECONDS = 30 * 24 * 3600
"""CodeBuild forgets reports after thirty days."""

_STATUSES = ("SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN")
_OUTCOMES = {"failure": "FAILED", "error": "ERROR", "skipped": "SKIPPED"}


class ReportError(Exception):
    """A report file cannot be read."""


@dataclass(frozen=True)
class TestCase:
    """A test.

    Parameters
    ----------
    path
        The report file, below the base directory.
    suite, prefix, name
        The names of its suite, of its class, and its own.
    status
        ``SUCCEEDED``, ``FAILED``, ``ERROR`` or ``SKIPPED``.
    nanoseconds
        How long it took.
    message
        What it failed with.
    """

    path: str
    suite: str
    prefix: str
    name: str
    status: str
    nanoseconds: int
    message: str


@dataclass(frozen=True)
class Report:
    """What a build reported to a group.

    Parameters
    ----------
    group, build
        ARNs.
    cases
        The tests.
    """

    group: str
    build: str
    cases: tuple[TestCase, ...]
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)

    @property
    def arn(self) -> str:
        """The report's ARN."""
        return f"{self.group.replace(':report-group/', ':report/', 1)}:{self.uuid}"

    @property
    def status(self) -> str:
        """Whether the tests went well."""
        return "FAILED" if any(case.status in ("FAILED", "ERROR") for case in self.cases) else "SUCCEEDED"

    def told(self) -> dict[str, Any]:
        """Return the report as the API gives it."""
        counted = Counter(case.status for case in self.cases)
        return {
            "arn": self.arn,
            "type": "TEST",
            "name": self.uuid,
            "reportGroupArn": self.group,
            "executionId": self.build,
            "status": self.status,
            "created": self.created,
            "expired": self.created + _KEPT_SECONDS,
            "exportConfig": {"exportConfigType": "NO_EXPORT"},
            "truncated": False,
            "testSummary": {
                "total": len(self.cases),
                "statusCounts": {status: counted[status] for status in _STATUSES},
                "durationInNanoSeconds": sum(case.nanoseconds for case in self.cases),
            },
        }

    def told_cases(self) -> list[dict[str, Any]]:
        """Return the tests as the API gives them."""
        return [
            {
                "reportArn": self.arn,
                "testRawDataPath": case.path,
                "prefix": case.prefix,
                "name": case.name,
                "status": case.status,
                "durationInNanoSeconds": case.nanoseconds,
                "message": case.message,
                "expired": self.created + _KEPT_SECONDS,
                "testSuiteName": case.suite,
            }
            for case in self.cases
        ]


@dataclass
class ReportGroup:
    """A report group.

    Parameters
    ----------
    arn, name
        What it is called.
    export
        Where its reports would be exported to; the rehearsal exports none.
    """

    arn: str
    name: str
    export: dict[str, Any]
    created: float = field(default_factory=time.time)
    reports: list[Report] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return the group as the API gives it."""
        return {
            "arn": self.arn,
            "name": self.name,
            "type": "TEST",
            "exportConfig": self.export,
            "created": self.created,
            "lastModified": self.created,
            "status": "ACTIVE",
        }


class ReportGroups:
    """The report groups of all accounts."""

    def __init__(self) -> None:
        self._groups: dict[str, ReportGroup] = {}
        self._lock = threading.Lock()

    def create(self, arn: str, export: dict[str, Any] | None = None) -> ReportGroup | None:
        """Make a group; None if it exists."""
        with self._lock:
            if arn in self._groups:
                return None
            made = ReportGroup(arn, arn.rpartition("/")[2], export or {"exportConfigType": "NO_EXPORT"})
            return self._groups.setdefault(arn, made)

    def delete(self, arn: str) -> None:
        """Take a group away with its reports; one that is not there is no error."""
        with self._lock:
            self._groups.pop(arn, None)

    def find(self, arn: str) -> ReportGroup | None:
        """Return a group, or None."""
        return self._groups.get(arn)

    def of(self, account: str, region: str) -> list[ReportGroup]:
        """Return the groups of an account and Region."""
        prefix = arn_of(account, region, "")
        return [group for arn, group in list(self._groups.items()) if arn.startswith(prefix)]

    def reports(self, account: str, region: str) -> list[Report]:
        """Return the reports of an account and Region, the oldest first."""
        found = [report for group in self.of(account, region) for report in list(group.reports)]
        return sorted(found, key=lambda report: report.created)


def arn_of(account: str, region: str, name: str) -> str:
    """Return the ARN of a report group."""
    return f"arn:{get_partition(region)}:codebuild:{region}:{account}:report-group/{name}"


def read_junit(files: Iterable[tuple[str, Path]]) -> tuple[TestCase, ...]:
    """Read JUnit XML.

    Parameters
    ----------
    files
        Paths below the base directory, and where the files are.

    Raises
    ------
    ReportError
        If one is not XML.
    """
    return tuple(case for path, file in files for case in _cases(path, file))


def _cases(path: str, file: Path) -> Iterator[TestCase]:
    try:
        root = ElementTree.parse(file).getroot()  # noqa: S314 - written by the build that reports it
    except ElementTree.ParseError as error:
        raise ReportError(f"{path} is not JUnit XML: {error}") from error
    suites = [root] if root.tag == "testsuite" else root.iter("testsuite")
    for suite in suites:
        for case in suite.findall("testcase"):
            outcome = next((each for each in case if each.tag in _OUTCOMES), None)
            message = "" if outcome is None else (outcome.get("message") or (outcome.text or "").strip())
            yield TestCase(
                path=path,
                suite=suite.get("name", ""),
                prefix=case.get("classname", ""),
                name=case.get("name", ""),
                status="SUCCEEDED" if outcome is None else _OUTCOMES[outcome.tag],
                nanoseconds=int(float(case.get("time") or 0) * 1_000_000_000),
                message=message,
            )
