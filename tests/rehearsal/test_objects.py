"""Objects in S3 and in directories: neither side loses, invents or escapes anything."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from rehearsal.cloud.objects import ObjectStore

BUCKET = "lake"


@pytest.fixture
def s3():
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects")


def keys(s3) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def files(store: ObjectStore) -> list[str]:
    base = store.folder / BUCKET
    return sorted(path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file())


def test_objects_are_laid_out_as_files(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a/b.json", Body=b"1")
    with store.opened():
        assert (store.folder / BUCKET / "a/b.json").read_bytes() == b"1"


def test_what_a_run_writes_changes_and_removes_is_taken_in(s3, store: ObjectStore):
    for key in ("changed", "removed", "same"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"old")
    same = s3.head_object(Bucket=BUCKET, Key="same")["LastModified"]
    with store.opened():
        base = store.folder / BUCKET
        (base / "changed").write_bytes(b"newer")
        (base / "removed").unlink()
        (base / "made").mkdir()
        (base / "made/part.parquet").write_bytes(b"p")
    assert keys(s3) == ["changed", "made/part.parquet", "same"]
    assert s3.get_object(Bucket=BUCKET, Key="changed")["Body"].read() == b"newer"
    assert s3.head_object(Bucket=BUCKET, Key="same")["LastModified"] == same


def test_uncommitted_work_and_empty_directories_are_no_objects(s3, store: ObjectStore):
    with store.opened():
        base = store.folder / BUCKET
        (base / "t/_temporary/0").mkdir(parents=True)
        (base / "t/_temporary/0/part").write_bytes(b"half")
        (base / "empty").mkdir()
        (base / ".a.crc").write_bytes(b"c")
    assert keys(s3) == []
    assert not (store.folder / BUCKET / "t").exists()
    assert not (store.folder / BUCKET / "empty").exists()


def test_an_object_that_was_deleted_leaves_no_file_and_no_directory(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a/b/c", Body=b"1")
    with store.opened():
        assert files(store) == ["a/b/c"]
    s3.delete_object(Bucket=BUCKET, Key="a/b/c")
    with store.opened():
        assert not (store.folder / BUCKET / "a").exists()
    assert keys(s3) == []


@pytest.mark.parametrize("key", ["../escaped", "a/../../escaped", "/absolute", "a//b", "folder/"])
def test_a_key_that_is_no_place_in_a_folder_stays_in_s3_alone(s3, store: ObjectStore, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    with store.opened():
        assert files(store) == []
    assert not list(store.folder.parent.rglob("escaped"))
    assert keys(s3) == [key]


def test_a_key_that_is_also_a_prefix_is_not_lost(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="a/b", Body=b"2")
    with store.opened():
        pass
    assert keys(s3) == ["a", "a/b"]


def test_two_runs_share_what_they_write(s3, store: ObjectStore):
    with store.opened():
        with store.opened():
            (store.folder / BUCKET / "first").write_bytes(b"1")
        assert keys(s3) == ["first"]
        (store.folder / BUCKET / "second").write_bytes(b"2")
    assert keys(s3) == ["first", "second"]


def test_versions_are_kept_where_the_bucket_keeps_them(s3, store: ObjectStore):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"old")
    with store.opened():
        (store.folder / BUCKET / "a").unlink()
    assert keys(s3) == []
    with store.opened():
        assert files(store) == []
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
