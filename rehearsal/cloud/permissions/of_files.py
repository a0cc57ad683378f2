"""What a role may do to objects as Spark does it, which finds objects by listing before it reads them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from moto.s3.models import FakeDeleteMarker, s3_backends

from rehearsal.cloud.permissions.buckets import denied_list, denied_object
from rehearsal.cloud.permissions.decision import Caller

_GLOB = "*?[{"


class FileAccess:
    """What a run may do to files behind ``s3://``; each answer is the text of the denial, or None.

    Parameters
    ----------
    caller
        The run's role, whose policies are those of the run's start.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._denied = cache(self._decide)
        self._unlisted = cache(self._decide_listing)

    def find(self, bucket: str, key: str) -> str | None:
        """Say why an object is not there for the run: no listing that it may do has it."""
        if any(self._unlisted(bucket, prefix) is None for prefix in _ancestors(key)):
            return None
        return self._unlisted(bucket, f"{key}/")

    def read(self, bucket: str, key: str) -> str | None:
        """Say why the run may not read an object."""
        return self._denied("s3:GetObject", bucket, key)

    def write(self, bucket: str, key: str) -> str | None:
        """Say why the run may not write an object."""
        return self._denied("s3:PutObject", bucket, key)

    def delete(self, bucket: str, key: str) -> str | None:
        """Say why the run may not delete an object."""
        return self._denied("s3:DeleteObject", bucket, key)

    def missing_at(self, url: str) -> str | None:
        """Say why the run may not read what there is at a location.

        Parameters
        ----------
        url
            ``s3://`` URL of an object, of what lies below a prefix, or with wildcards.

        Returns
        -------
        str or None
            None also if there is nothing at the location.
        """
        bucket, plain, keys = _objects_at(url)
        if not plain:  # the root of a lake is named for what is below it: it need not be listed itself
            denials = [self.read(bucket, one) or self.find(bucket, one) for one in keys]
            return denials[0] if denials and all(denials) else None
        if not keys:
            return None
        if plain in keys:
            return self.read(bucket, plain) or self.find(bucket, plain)
        return self._unlisted(bucket, f"{plain}/") or next(filter(None, (self.read(bucket, one) for one in keys)), None)

    def any_readable(self, url: str) -> bool:
        """Say whether the run may read any object at a location."""
        bucket, _, keys = _objects_at(url)
        return any((self.read(bucket, key) or self.find(bucket, key)) is None for key in keys)

    def _decide(self, action: str, bucket: str, key: str) -> str | None:
        denial = denied_object(self._caller, action, bucket, key)
        return str(denial) if denial else None

    def _decide_listing(self, bucket: str, prefix: str) -> str | None:
        denial = denied_list(self._caller, bucket, prefix)
        return str(denial) if denial else None


def _objects_at(url: str) -> tuple[str, str, list[str]]:
    """Return a location's bucket, its key without wildcards, and the keys there are at and below it."""
    bucket, _, key = url.partition("://")[2].partition("/")
    plain = _without_wildcards(key)
    return bucket, plain, [one for one in _keys(bucket) if one == plain or one.startswith(f"{plain}/" if plain else "")]


def _keys(bucket: str) -> list[str]:
    if bucket not in s3_backends.bucket_accounts:
        return []
    partition, account = s3_backends.bucket_accounts[bucket]
    stored = s3_backends[account][partition].buckets[bucket].keys
    return [key for key, one in list(stored.items()) if not isinstance(one, FakeDeleteMarker) and key[-1:] != "/"]


def _ancestors(key: str) -> Iterator[str]:
    """Yield the prefixes by whose listing an object is found, the longest first."""
    yield f"{key}/"
    while key:
        key = key.rpartition("/")[0]
        yield f"{key}/" if key else ""


def _without_wildcards(key: str) -> str:
    parts = key.strip("/").split("/")
    named = next((at for at, part in enumerate(parts) if any(sign in part for sign in _GLOB)), len(parts))
    return "/".join(parts[:named])
