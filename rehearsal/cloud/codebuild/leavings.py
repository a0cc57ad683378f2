"""What a build leaves in S3: its artifacts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
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
    return [_upload(session, artifact, source) for artifact in _wanted(build, spec)]


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


@dataclass(frozen=True)
class _Artifact:
    """Files and where they go: into one object as a zip, or each into its own below it."""

    place: Place
    files: Files
    packed: bool = True


def _wanted(build: Build, spec: Buildspec) -> Iterator[_Artifact]:
    if build.handover:
        yield from _for_the_pipeline(dict(build.handover.outputs), spec)
        return
    targets = [(build.project["artifacts"], spec.artifact)]
    for target in build.project.get("secondaryArtifacts") or ():
        identifier = target["artifactIdentifier"]
        if identifier not in spec.secondary:
            raise ArtifactError(f"no definition of artifact identifier {identifier} in the buildspec")
        targets.append((target, spec.secondary[identifier]))
    for target, files in targets:
        if target["type"] == "S3" and files:
            scope = build.uuid if target.get("namespaceType") == "BUILD_ID" else ""
            parts = (target.get("path") or "", scope, target.get("name") or build.name)
            key = "/".join(part.strip("/") for part in parts if part.strip("/"))
            yield _Artifact(Place(target["location"], key), files, target.get("packaging") == "ZIP")


def _for_the_pipeline(places: dict[str, Place], spec: Buildspec) -> Iterator[_Artifact]:
    if spec.secondary:
        for name, files in spec.secondary.items():
            if name in places:
                yield _Artifact(places.pop(name), files)
    elif spec.artifact:
        for name in list(places):
            yield _Artifact(places.pop(name), spec.artifact)
    if places:
        raise ArtifactError(f"no artifact of the buildspec makes {', '.join(places)}")


def _upload(session: Session, artifact: _Artifact, source: Path) -> str:
    place, files = artifact.place, artifact.files
    found = list(matching(files, source))
    if not found:
        asked = ", ".join(files.patterns)
        raise ArtifactError(f"no matching artifact paths found for {asked} in base directory {files.base}")
    if artifact.packed:
        objects = {place.key: pack(found)}
    else:
        objects = {f"{place.key}/{name}".lstrip("/"): path.read_bytes() for name, path in found}
    for key, body in objects.items():
        try:
            session.client("s3").put_object(Bucket=place.bucket, Key=key, Body=body)
        except ClientError as error:
            raise ArtifactError(f"{error} (s3://{place.bucket}/{key})") from error
    return f"artifact of {len(found)} file(s) to s3://{place.bucket}/{place.key}"


def _expression(pattern: str) -> re.Pattern[str]:
    """Return a buildspec's pattern as a regular expression: ``**/*`` matches at every depth, ``*`` within a folder."""
    text = pattern.removeprefix("./")
    if text.endswith("/**"):
        text += "/*"
    escaped = re.escape(text).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(escaped.replace(r"\?", "[^/]"))
