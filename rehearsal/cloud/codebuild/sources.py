"""Lays the sources of a build out: artifacts of a pipeline, zips in S3, commits of CodeCommit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloud.archives import unpack
from rehearsal.cloud.codebuild.record import Build, Place
from rehearsal.cloud.codecommit import repositories
from rehearsal.cloud.sessions import Session


class SourceError(Exception):
    """A source could not be fetched."""


def lay_out(build: Build, session: Session, folder: Path) -> dict[str, Path]:
    """Fetch every source of a build, as the build's role.

    Parameters
    ----------
    build
        The build.
    session
        Of the project's role.
    folder
        Gets one directory per source.

    Returns
    -------
    dict
        Directories by the source's name; the primary one's is empty.

    Raises
    ------
    SourceError
        If a source is missing, may not be read, or is of a kind that the rehearsal does not fetch.
    """
    primary = folder / "src"
    if build.handover:
        found = {}
        for name, place in build.handover.inputs.items():
            found[name] = primary if name == build.handover.primary else folder / f"src-{name}"
            _unpack(session, place, found[name])
        return {"": found.pop(build.handover.primary), **found}
    sources = {"": _source(build, session, build.project["source"], primary, build.source_version)}
    for source in build.project.get("secondarySources", []):
        name = source["sourceIdentifier"]
        sources[name] = _source(build, session, source, folder / f"src-{name}", "")
    return sources


def fetch(session: Session, place: Place) -> bytes:
    """Return an object, read as a role.

    Raises
    ------
    SourceError
        If it is missing or may not be read.
    """
    try:
        body: bytes = session.client("s3").get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
    except ClientError as error:
        raise SourceError(f"{error} (s3://{place.bucket}/{place.key})") from error
    return body


def _source(build: Build, session: Session, source: dict[str, Any], folder: Path, version: str) -> Path:
    kind = source["type"]
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "NO_SOURCE":
        return folder
    if kind == "S3":
        bucket, _, key = source["location"].removeprefix("arn:aws:s3:::").partition("/")
        _unpack(session, Place(bucket, key), folder)
        return folder
    if kind == "CODECOMMIT":
        name = source["location"].rsplit("/", 1)[-1]
        repository = repositories.find(build.account, build.region, name)
        if repository is None:
            raise SourceError(f"repository {name} does not exist")
        branches = repository.branches()
        asked = version.removeprefix("refs/heads/") or repository.default_branch() or ""
        commit = repository.commit(branches.get(asked, asked) or "-")
        if commit is None:
            raise SourceError(f"reference not found for {version or 'the default branch'} in {name}")
        build.source_version = commit.id
        unpack(repository.archive(commit.id), folder)
        return folder
    if kind == "CODEPIPELINE":
        raise SourceError("a project with source CODEPIPELINE is started by its pipeline")
    raise SourceError(f"the rehearsal does not fetch sources of type {kind}")


def _unpack(session: Session, place: Place, folder: Path) -> None:
    try:
        unpack(fetch(session, place), folder)
    except ValueError as error:
        raise SourceError(f"s3://{place.bucket}/{place.key}: {error}") from error
