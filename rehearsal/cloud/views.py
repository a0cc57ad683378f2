"""What one run sees behind ``s3://``: directories with the objects that its role may read, and what it writes there."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

from moto.s3.models import FakeDeleteMarker, S3Backend, s3_backends

log = logging.getLogger(__name__)

_NEVER = 1_000_000_000
"""Time of access, in nanoseconds, of what was not read yet: so old that also ``relatime`` notes the first reading."""

_UNCOMMITTED = ("_temporary", ".spark-staging")


class Access(Protocol):
    """What a run may do to objects; each answer is the text of the denial, or None."""

    def find(self, bucket: str, key: str) -> str | None:
        """Say why the run may not find an object by listing what it is in."""

    def read(self, bucket: str, key: str) -> str | None:
        """Say why the run may not read an object."""

    def write(self, bucket: str, key: str) -> str | None:
        """Say why the run may not write an object."""

    def delete(self, bucket: str, key: str) -> str | None:
        """Say why the run may not delete an object."""


@dataclass(frozen=True)
class _Seen:
    """An object and its file as they were when they were last the same."""

    size: int
    modified: int
    etag: str


class View:
    """The buckets as directories of one run.

    Parameters
    ----------
    folder
        Gets one directory per bucket.
    pool
        Folder for files that several runs share, since none of them may write them.
    access
        What the run may do.

    Attributes
    ----------
    refused
        Why the run may not have read, written or deleted what it did, by the ``s3://`` URLs.
    access_key
        The key of the run's calls, once it has one.
    """

    def __init__(self, folder: Path, pool: Path, access: Access) -> None:
        self.folder = folder
        self.refused: dict[str, str] = {}
        self.access_key = ""
        self.buckets: set[str] = set()
        self._pool = pool
        self._access = access
        self._seen: dict[str, dict[str, _Seen]] = {}
        self._sealed: dict[Path, tuple[str, str, str]] = {}

    def lay_out(self, bucket: str) -> None:
        """Make the directory of a bucket hold what S3 holds, as far as the run may see it.

        Parameters
        ----------
        bucket
            Name of an existing bucket.
        """
        base = self.folder / bucket
        base.mkdir(parents=True, exist_ok=True)
        self.buckets.add(bucket)
        seen = self._seen.setdefault(bucket, {})
        live = set()
        for key, stored in list(_backend(bucket).buckets[bucket].keys.items()):
            if isinstance(stored, FakeDeleteMarker) or key.endswith("/"):
                continue
            if (path := _path_of(base, key)) is None:
                log.warning("s3://%s/%s has no place in a file system: jobs do not see it", bucket, key)
                continue
            last = seen.get(key)
            if last is None and self._access.find(bucket, key):
                continue
            live.add(key)
            if last and last.etag == stored.etag and _same(path, last):
                continue
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lay(path, bucket, key, stored)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                log.warning("s3://%s/%s is both an object and a prefix: jobs do not see it", bucket, key)
                continue
            seen[key] = _state(path, stored.etag)
        for key in set(seen) - live:
            (base / key).unlink(missing_ok=True)
            _remove_empty((base / key).parent, base)
            del seen[key]

    def take_in(self, bucket: str) -> bool:
        """Make S3 hold what the run wrote into the directory of a bucket, as far as it may write it.

        Parameters
        ----------
        bucket
            Name of an existing bucket that was laid out.

        Returns
        -------
        bool
            Whether S3 changed.
        """
        base, s3 = self.folder / bucket, _backend(bucket)
        seen, live, changed = self._seen.setdefault(bucket, {}), set(), False
        for path in _committed_files(base):
            key = path.relative_to(base).as_posix()
            live.add(key)
            last = seen.get(key)
            if (last and _same(path, last)) or self._refuses(self._access.write(bucket, key), bucket, key):
                continue
            try:
                content = path.read_bytes()
            except FileNotFoundError:  # Spark moved it between the listing and now: the next look finds it
                live.discard(key)
                continue
            stored = s3.put_object(bucket, key, content)
            _set_time(path, stored)
            seen[key] = _state(path, stored.etag)
            changed = True
        for key in set(seen) - live:
            if key in s3.buckets[bucket].keys and not self._refuses(self._access.delete(bucket, key), bucket, key):
                s3.delete_object(bucket, key)
                changed = True
            del seen[key]
        return changed

    def check_reads(self) -> None:
        """Refuse what the run read although it may not: such an object is a file of zeros until somebody reads it."""
        for path, (bucket, key, denial) in self._sealed.items():
            last = self._seen.get(bucket, {}).get(key)
            # where the file system keeps no times of access, the zeros must speak for themselves
            if last and _same(path, last) and path.stat().st_atime_ns != _NEVER:
                self._refuses(denial, bucket, key)

    def remove(self) -> None:
        """Remove the directories."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _refuses(self, denial: str | None, bucket: str, key: str) -> bool:
        if denial:
            self.refused[f"s3://{bucket}/{key}"] = denial
        return denial is not None

    def _lay(self, path: Path, bucket: str, key: str, stored: Any) -> None:
        # a new file, not a rewritten one: a job that is reading the old object goes on reading the old object
        unfinished = path.with_name(f".{path.name[:200]}.laying-out")
        denial = self._access.read(bucket, key)
        if denial:
            unfinished.touch()
            os.truncate(unfinished, stored.size)
            os.utime(unfinished, ns=(_NEVER, _time_of(stored)))
            self._sealed[path] = (bucket, key, denial)
        elif self._access.write(bucket, key):
            unfinished.unlink(missing_ok=True)
            os.link(self._pooled(bucket, key, stored), unfinished)
        else:
            unfinished.write_bytes(stored.value)
            _set_time(unfinished, stored)
        os.replace(unfinished, path)

    def _pooled(self, bucket: str, key: str, stored: Any) -> Path:
        time = _time_of(stored)
        path = self._pool / hashlib.sha256(f"{bucket}/{key}/{stored.etag}/{time}".encode()).hexdigest()
        # a run that writes where it may not writes here; the next one must not see that
        if not path.exists() or (path.stat().st_size, path.stat().st_mtime_ns) != (stored.size, time):
            self._pool.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(stored.value)
            _set_time(unfinished, stored)
            os.replace(unfinished, path)
        return path


def _backend(bucket: str) -> S3Backend:
    partition, account = s3_backends.bucket_accounts[bucket]
    return s3_backends[account][partition]


def _path_of(base: Path, key: str) -> Path | None:
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in key or any(len(part.encode()) > 255 for part in parts):
        return None
    return base.joinpath(*parts)


def _time_of(stored: Any) -> int:
    moment = stored.last_modified
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000_000) * 1000


def _set_time(path: Path, stored: Any) -> None:
    # bookmarks and the removal of old versions go by it: it must be the same for every run
    os.utime(path, ns=(_time_of(stored), _time_of(stored)))


def _same(path: Path, last: _Seen) -> bool:
    try:
        return _state(path, last.etag) == last
    except (FileNotFoundError, NotADirectoryError):
        return False


def _state(path: Path, etag: str) -> _Seen:
    stat = path.stat()
    return _Seen(stat.st_size, stat.st_mtime_ns, etag)


def _committed_files(base: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(base):
        folders[:] = [name for name in folders if not name.startswith(_UNCOMMITTED)]
        for name in files:
            if not name.endswith((".crc", ".laying-out")) or not name.startswith("."):
                yield Path(folder, name)


def _remove_empty(path: Path, base: Path) -> None:
    while path != base:
        try:
            path.rmdir()
        except OSError:
            return
        path = path.parent
