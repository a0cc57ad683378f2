"""What a build does with the section ``reports`` of its buildspec, as its project's role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from rehearsal.cloud.codebuild.buildspec import Buildspec
from rehearsal.cloud.codebuild.leavings import matching
from rehearsal.cloud.codebuild.record import Build
from rehearsal.cloud.codebuild.reports import Report, ReportError, ReportGroups, arn_of, read_junit
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import decide
from rehearsal.cloud.permissions.policy import Request
from rehearsal.cloud.sessions import Session

_ACTIONS = ("CreateReport", "UpdateReport", "BatchPutTestCases")


def make_reports(build: Build, spec: Buildspec, session: Session, source: Path, groups: ReportGroups) -> Iterator[str]:
    """Make the reports of a build, and keep their files in the build's folder.

    Parameters
    ----------
    build, spec
        The build and its buildspec.
    session
        Of the project's role.
    source
        Directory of the primary source.
    groups
        Where reports go.

    Yields
    ------
    str
        What is wrong with a report, in words; the others are made.
    """
    for named, files in spec.reports.items():
        arn = named if named.startswith("arn:") else arn_of(build.account, build.region, f"{build.name}-{named}")
        wrong = _make(build, session, arn, list(matching(files, source)), groups)
        if wrong:
            yield f"[{named}: [{wrong}]]"


def _make(build: Build, session: Session, arn: str, found: list[tuple[str, Path]], groups: ReportGroups) -> str:
    if not found:
        return "report files not found in build"
    for path, file in found:
        kept = build.folder / "reports" / arn.rpartition("/")[2] / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, kept)
    # a group that the buildspec names, and not its ARN, is the project's own, and made when it is missing
    creates = arn.startswith(arn_of(build.account, build.region, f"{build.name}-")) and groups.find(arn) is None
    denial = _denial(session, build, arn, (("CreateReportGroup",) if creates else ()) + _ACTIONS)
    if denial:
        return denial
    if creates:
        groups.create(arn)
    group = groups.find(arn)
    if group is None:
        return f"report group {arn} does not exist"
    try:
        made = Report(arn, build.arn, read_junit(found))
    except ReportError as error:
        return str(error)
    group.reports.append(made)
    build.reports.append(made.arn)
    return ""


def _denial(session: Session, build: Build, arn: str, actions: tuple[str, ...]) -> str:
    """Return why the build's role may not report: no request to an API says so."""
    caller = caller_of(session.access_key_id, build.region)
    if caller is None:
        return ""
    known = context_of(caller, build.account, build.region)
    denials = (decide(caller, Request(f"codebuild:{action}", arn, known)) for action in actions)
    return next((f"AccessDeniedException: User: {denial}" for denial in denials if denial), "")
