"""What a build leaves: artifacts in S3, reports in its folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import ClientError

from rehearsal.cloud.archives import pack
from rehearsal.cloud.codebuild.buildspec import Buildspec, Files
from rehearsal.cloud.codebuild.record import Build, Place
from rehearsal.cloud.sessions import Session


class ArtifactError(Exception):
    """An artifact could not be made or uploaded."""


def upload(build: Build, spec: Buildspec, session: Session, source: Path) -> list[str]:
    """Upload the artifacts of a build, as its role.

    Parameters
    ----------
    build, spec
        The build and its buildspec.
    session
        Of the project's role.
    source
        Directory of the primary source.

    Returns
    -------
    list of str
        What was uploaded, in words.

    Raises
    ------
    ArtifactError
        If nothing matches an artifact, or it may not be written.
    """
    return [_upload(session, place, files, source) for place, files in _wanted(build, spec)]


def keep_reports(build: Build, spec: Buildspec, source: Path) -> list[str]:
    """Copy the report files into the build's folder.

    Parameters
    ----------
    build, spec
        The build and its buildspec.
    source
        Directory of the primary source.

    Returns
    -------
    list of str
        What was kept, in words.
    """
    told = []
    for group, files in spec.reports.items():
        name = group.rsplit("/", 1)[-1]
        found = list(matching(files, source))
        for path, file in found:
            kept = build.folder / "reports" / name / path
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)
        told.append(f"report {name}: {len(found)} file(s)")
    return told


def matching(files: Files, source: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of an artifact or report: their paths in it, and where they are.

    Parameters
    ----------
    files
        What is asked for.
    source
        Directory of the primary source.
    """
    base = source / files.base
    wanted = [_expression(pattern) for pattern in files.patterns]
    unwanted = [_expression(pattern) for pattern in files.excluded]
    for folder, names, found in os.walk(base):
        names.sort()
        for name in sorted(found):
            path = Path(folder, name)
            relative = path.relative_to(base).as_posix()
            if any(each.fullmatch(relative) for each in wanted) and not any(
                each.fullmatch(relative) for each in unwanted
            ):
                yield (name if files.flat else relative), path


def _wanted(build: Build, spec: Buildspec) -> Iterator[tuple[Place, Files]]:
    if build.handover:
        places = dict(build.handover.outputs)
        if spec.secondary:
            for name, files in spec.secondary.items():
                if name in places:
                    yield places.pop(name), files
        elif spec.artifact:
            for name in list(places):
                yield places.pop(name), spec.artifact
        if places:
            raise ArtifactError(f"no artifact of the buildspec makes {', '.join(places)}")
        return
    target = build.project["artifacts"]
    if target["type"] == "S3" and spec.artifact:
        name = target.get("name") or build.name
        key = "/".join(part.strip("/") for part in (target.get("path", ""), name) if part.strip("/"))
        if target.get("packaging") != "ZIP":
            raise ArtifactError("the rehearsal uploads artifacts to S3 with packaging ZIP only")
        yield Place(target["location"], key), spec.artifact


def _upload(session: Session, place: Place, files: Files, source: Path) -> str:
    found = list(matching(files, source))
    if not found:
        asked = ", ".join(files.patterns)
        raise ArtifactError(f"no matching artifact paths found for {asked} in base directory {files.base}")
    try:
        session.client("s3").put_object(Bucket=place.bucket, Key=place.key, Body=pack(found))
    except ClientError as error:
        raise ArtifactError(f"{error} (s3://{place.bucket}/{place.key})") from error
    return f"artifact of {len(found)} file(s) to s3://{place.bucket}/{place.key}"


def _expression(pattern: str) -> re.Pattern[str]:
    """Return a buildspec's pattern as a regular expression: ``**/*`` matches at every depth, ``*`` within a folder."""
    text = pattern.removeprefix("./")
    if text.endswith("/**"):
        text += "/*"
    escaped = re.escape(text).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(escaped.replace(r"\?", "[^/]"))
