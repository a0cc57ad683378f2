"""Files of the lake by their names, in S3 or in a folder: whole, so that a name stands for a finished file or none.

S3 is reached by boto3, which is the same on Glue, in the Glue image and in a rehearsal.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlparse

from migration.failures import MigrationError


class Storage(Protocol):
    """What a migration does with files. Names are relative to the lake's location and have slashes between parts."""

    def put(self, name: str, content: bytes | memoryview) -> None:
        """Write a file: all of it is there afterwards, or nothing of it."""

    def get(self, name: str) -> bytes | None:
        """Return a file, None if there is none."""

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin so, sorted."""

    def remove(self, names: list[str]) -> None:
        """Remove files."""


def storage_at(location: str) -> Storage:
    """Return the files below a location.

    Parameters
    ----------
    location
        ``s3://bucket``, with a prefix or without; or a folder, also as ``file:///...``.
    """
    parsed = urlparse(location)
    if parsed.scheme in ("s3", "s3a"):
        return S3(parsed.netloc, parsed.path.strip("/"))
    return Folder(Path(unquote(parsed.path) if parsed.scheme == "file" else location))


def put_json(storage: Storage, name: str, content: dict[str, Any]) -> None:
    """Write a file of JSON."""
    storage.put(name, json.dumps(content, indent=1).encode())


def get_json(storage: Storage, name: str) -> dict[str, Any] | None:
    """Return a file of JSON, None if there is none."""
    content = storage.get(name)
    found: dict[str, Any] | None = json.loads(content) if content is not None else None
    return found


class Folder:
    """Files below a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, content: bytes | memoryview) -> None:
        """See Storage."""
        path = self._root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # the name of a worker's own: what a killed one left can be met by none
            beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
            beside.write_bytes(content)
            beside.replace(path)
        except OSError as error:
            raise MigrationError(f"{path} could not be written: {error.strerror}; make room and run again") from error

    def get(self, name: str) -> bytes | None:
        """See Storage."""
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None

    def names(self, prefix: str) -> list[str]:
        """See Storage."""
        base = self._root / prefix.rpartition("/")[0]
        found = (path.relative_to(self._root).as_posix() for path in base.rglob("*") if path.is_file())
        return sorted(name for name in found if name.startswith(prefix) and not name.rpartition("/")[2].startswith("."))

    def remove(self, names: list[str]) -> None:
        """See Storage."""
        for name in names:
            (self._root / name).unlink(missing_ok=True)


class S3:
    """Objects of a bucket, below a prefix or not."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._made: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the client behind: a Spark worker makes its own."""
        return {**self.__dict__, "_made": None}

    @property
    def _client(self) -> Any:
        if self._made is None:
            import boto3  # noqa: PLC0415 - a run on folders need not wait for it
            from botocore.config import Config  # noqa: PLC0415 - as above

            self._made = boto3.client("s3", config=Config(retries={"mode": "standard", "max_attempts": 10}))
        return self._made

    def put(self, name: str, content: bytes | memoryview) -> None:
        """See Storage."""
        self._call("put_object", name, Body=bytes(content))

    def get(self, name: str) -> bytes | None:
        """See Storage."""
        answer = self._call("get_object", name)
        body: bytes | None = answer["Body"].read() if answer else None
        return body

    def names(self, prefix: str) -> list[str]:
        """See Storage."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - as boto3

        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=f"{self._prefix}{prefix}"
            )
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        except ClientError as error:
            raise MigrationError(f"s3://{self._bucket}/{self._prefix}{prefix} could not be listed: {error}") from error
        return sorted(key.removeprefix(self._prefix) for key in keys)

    def remove(self, names: list[str]) -> None:
        """See Storage."""
        for start in range(0, len(names), 1000):  # what one call takes
            keys = [{"Key": f"{self._prefix}{name}"} for name in names[start : start + 1000]]
            self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": keys, "Quiet": True})

    def _call(self, operation: str, name: str, **parameters: Any) -> Any:
        from botocore.exceptions import ClientError  # noqa: PLC0415 - as boto3

        try:
            return getattr(self._client, operation)(Bucket=self._bucket, Key=f"{self._prefix}{name}", **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise MigrationError(f"s3://{self._bucket}/{self._prefix}{name}: {operation} failed: {error}") from error
