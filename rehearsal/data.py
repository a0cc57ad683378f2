"""The buckets that jobs read from: sample data, and the user's own laid over it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from rehearsal.errors import SampleDataError
from rehearsal.local_cloud import LocalCloud

SAMPLE_DATA = Path(__file__).parent / "sample_data"

PUBLIC_ACCOUNT = "100000000001"
"""Owner of the data's buckets: an account of its own, as with public data sets."""

_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def objects_in(folder: Path) -> dict[tuple[str, str], Path]:
    """Find the objects in a folder that is laid out as ``<bucket>/<key>``.

    Parameters
    ----------
    folder
        The folder. Files beside the buckets, such as a README, are no objects.

    Returns
    -------
    dict
        Files by bucket and key.

    Raises
    ------
    SampleDataError
        If the folder is missing, holds no object, or has a folder that cannot be a bucket.
    """
    if not folder.is_dir():
        raise SampleDataError(f"the data folder {folder} does not exist; it is to be laid out as <bucket>/<key>")
    found = {}
    for bucket in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = list(_files(bucket))
        if files and not _BUCKET_NAME.fullmatch(bucket.name):
            raise SampleDataError(
                f"{bucket} cannot be a bucket: its name may have 3 to 63 lower-case letters, digits, dots and hyphens. "
                f"The folder is to be laid out as <bucket>/<key>"
            )
        found.update({(bucket.name, path.relative_to(bucket).as_posix()): path for path in files})
    if not found:
        raise SampleDataError(f"the data folder {folder} holds no object; it is to be laid out as <bucket>/<key>")
    return found


def lay(cloud: LocalCloud, region: str, folder: Path | None) -> str:
    """Lay the sample data into buckets, and the user's data over it.

    Parameters
    ----------
    cloud
        Where to lay it.
    region
        Region of the buckets.
    folder
        The user's data, if there is any.

    Returns
    -------
    str
        What was laid, in a few words.
    """
    objects = objects_in(SAMPLE_DATA)
    own = objects_in(folder) if folder else {}
    objects.update(own)
    s3 = cloud.client("s3", PUBLIC_ACCOUNT, region)
    for bucket in sorted({bucket for bucket, _ in objects}):
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **where)
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_open_to_all(bucket, region)))
    for (bucket, key), path in objects.items():
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    buckets = len({bucket for bucket, _ in objects})
    whose = f", {len(own)} of them from {folder}" if folder else ", all of them samples"
    return f"{len(objects)} objects in {buckets} bucket(s){whose}"


def _open_to_all(bucket: str, region: str) -> dict[str, Any]:
    """Return the policy of a public data set: whose own policies allow it may read it, from any account."""
    arn = f"arn:{_partition(region)}:s3:::{bucket}"
    reading = [("s3:GetObject", f"{arn}/*"), ("s3:ListBucket", arn), ("s3:GetBucketLocation", arn)]
    statements = [
        {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource} for action, resource in reading
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _partition(region: str) -> str:
    return str(boto3.session.Session().get_partition_for_region(region))


def _files(bucket: Path) -> Iterator[Path]:
    return (path for path in sorted(bucket.rglob("*")) if path.is_file() and path.name != ".DS_Store")
