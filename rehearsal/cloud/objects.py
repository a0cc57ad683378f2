"""The same objects in moto's S3 and in the directories that Spark sees behind ``s3://``.

S3 is the truth while no job runs. While one runs its directories are taken into S3 before every S3 request and at the
end of the run, and what a request changed is laid out again, so that Spark and the S3 API see one state.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.s3.models import FakeDeleteMarker, S3Backend, s3_backends
from moto.s3.responses import S3Response

log = logging.getLogger(__name__)

_UNCOMMITTED = ("_temporary", ".spark-staging")


@dataclass(frozen=True)
class _Seen:
    """An object and its file as they were when they were last the same."""

    size: int
    modified: int
    etag: str


class ObjectStore:
    """Buckets as directories, kept in step with moto's S3.

    Parameters
    ----------
    folder
        Absolute path that gets one directory per bucket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, dict[str, _Seen]] = {}
        self._lock = threading.RLock()
        self._open = 0

    @contextmanager
    def opened(self) -> Iterator[list[str]]:
        """Lay every bucket out for a run, and take in what the run wrote when it ends.

        Yields
        ------
        list of str
            The names of the buckets that were laid out.
        """
        with self._lock:
            self._open += 1
            names = sorted(s3_backends.bucket_accounts)
            for name in names:
                self.lay_out(name)
        try:
            yield names
        finally:
            with self._lock:
                self._open -= 1
                for name in sorted(set(names) & set(s3_backends.bucket_accounts)):
                    self.take_in(name)
                    if not self._open:
                        _prune(self.folder / name)

    def take_in_if_open(self, bucket: str) -> None:
        """Take the directory of a bucket into S3 when a job may be writing to it."""
        with self._lock:
            if self._open and bucket in self._seen and bucket in s3_backends.bucket_accounts:
                self.take_in(bucket)

    def lay_out_if_open(self, bucket: str) -> None:
        """Lay a bucket out again when a job may be reading it."""
        with self._lock:
            if self._open and bucket in s3_backends.bucket_accounts:
                self.lay_out(bucket)

    def lay_out(self, bucket: str) -> None:
        """Make the directory of a bucket hold what S3 holds.

        Parameters
        ----------
        bucket
            Name of an existing bucket.
        """
        base = self.folder / bucket
        base.mkdir(parents=True, exist_ok=True)
        seen = self._seen.setdefault(bucket, {})
        live = set()
        for key, stored in list(_backend(bucket).buckets[bucket].keys.items()):
            if isinstance(stored, FakeDeleteMarker) or key.endswith("/"):
                continue
            path = _path_of(base, key)
            if path is None:
                log.warning("s3://%s/%s has no place in a file system: jobs do not see it", bucket, key)
                continue
            live.add(key)
            last = seen.get(key)
            if last and last.etag == stored.etag and _same(path, last):
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _replace(path, stored.value)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                log.warning("s3://%s/%s is both an object and a prefix: jobs do not see it", bucket, key)
                continue
            seen[key] = _state(path, stored.etag)
        for key in set(seen) - live:
            (base / key).unlink(missing_ok=True)
            _remove_empty((base / key).parent, base)
            del seen[key]

    def take_in(self, bucket: str) -> None:
        """Make S3 hold what the directory of a bucket holds.

        Parameters
        ----------
        bucket
            Name of an existing bucket.
        """
        base, s3 = self.folder / bucket, _backend(bucket)
        seen = self._seen.setdefault(bucket, {})
        live = set()
        for path in _committed_files(base):
            key = path.relative_to(base).as_posix()
            live.add(key)
            last = seen.get(key)
            if last and _same(path, last):
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # Spark moved it between the listing and now: the next look finds it
                live.discard(key)
                continue
            stored = s3.put_object(bucket, key, content)
            seen[key] = _state(path, stored.etag)
        for key in set(seen) - live:
            if key in s3.buckets[bucket].keys:
                s3.delete_object(bucket, key)
            del seen[key]


def install(store: ObjectStore) -> None:
    """Let every S3 request see, and be seen by, the jobs that run.

    Parameters
    ----------
    store
        The directories that jobs work in.
    """

    def in_step(answer: Callable[..., Any]) -> Callable[..., Any]:
        def respond(self: S3Response, request: Any, full_url: str) -> Any:
            store.take_in_if_open(self.bucket_name)
            response = answer(self, request, full_url)
            if request.method not in ("GET", "HEAD"):
                store.lay_out_if_open(self.bucket_name)
            return response

        return respond

    S3Response._bucket_response = in_step(S3Response._bucket_response)  # type: ignore[method-assign]
    S3Response._key_response = in_step(S3Response._key_response)  # type: ignore[method-assign]


def _backend(bucket: str) -> S3Backend:
    partition, account = s3_backends.bucket_accounts[bucket]
    return s3_backends[account][partition]


def _path_of(base: Path, key: str) -> Path | None:
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in key or any(len(part.encode()) > 255 for part in parts):
        return None
    return base.joinpath(*parts)


def _replace(path: Path, content: bytes) -> None:
    # a new file, not a rewritten one: a job that is reading the old object goes on reading the old object
    unfinished = path.with_name(f".{path.name[:200]}.laying-out")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def _same(path: Path, last: _Seen) -> bool:
    try:
        stat = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (stat.st_size, stat.st_mtime_ns) == (last.size, last.modified)


def _state(path: Path, etag: str) -> _Seen:
    stat = path.stat()
    return _Seen(stat.st_size, stat.st_mtime_ns, etag)


def _committed_files(base: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(base):
        folders[:] = [name for name in folders if not name.startswith(_UNCOMMITTED)]
        for name in files:
            if not name.endswith((".crc", ".laying-out")) or not name.startswith("."):
                yield Path(folder, name)


def _prune(base: Path) -> None:
    """Remove what S3 does not have: empty directories and the work of writers that were killed."""
    for folder, _, files in os.walk(base, topdown=False):
        path = Path(folder)
        if any(part.startswith(_UNCOMMITTED) for part in path.relative_to(base).parts):
            for name in files:
                (path / name).unlink(missing_ok=True)
        _remove_empty(path, base)


def _remove_empty(path: Path, base: Path) -> None:
    while path != base:
        try:
            path.rmdir()
        except OSError:
            return
        path = path.parent
