"""Objects in S3 and in directories: neither side loses, invents or escapes anything."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from rehearsal.cloud.objects import ObjectStore
from rehearsal.cloud.views import View

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


class Anything:
    """May do everything."""

    def read(self, bucket: str, key: str) -> str | None:
        return None

    find = write = delete = read


class Only(Anything):
    """May do everything below some prefixes: reading, writing and deleting."""

    def __init__(self, find: str = "", read: str = "", write: str = "", delete: str = "") -> None:
        self.prefixes = {"find": find, "read": read, "write": write, "delete": delete}

    def find(self, bucket: str, key: str) -> str | None:
        return None if key.startswith(self.prefixes["find"]) else f"no finding of {key}"

    def read(self, bucket: str, key: str) -> str | None:
        return None if key.startswith(self.prefixes["read"]) else f"no reading of {key}"

    def write(self, bucket: str, key: str) -> str | None:
        return None if key.startswith(self.prefixes["write"]) else f"no writing of {key}"

    def delete(self, bucket: str, key: str) -> str | None:
        return None if key.startswith(self.prefixes["delete"]) else f"no deleting of {key}"


def files(view: View) -> list[str]:
    base = view.folder / BUCKET
    return sorted(path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file())


def test_objects_are_laid_out_as_files(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a/b.json", Body=b"1")
    with store.opened("run", Anything()) as view:
        assert (view.folder / BUCKET / "a/b.json").read_bytes() == b"1"


def test_what_a_run_writes_changes_and_removes_is_taken_in(s3, store: ObjectStore):
    for key in ("changed", "removed", "same"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"old")
    same = s3.head_object(Bucket=BUCKET, Key="same")["LastModified"]
    with store.opened("run", Anything()) as view:
        base = view.folder / BUCKET
        (base / "changed").write_bytes(b"newer")
        (base / "removed").unlink()
        (base / "made").mkdir()
        (base / "made/part.parquet").write_bytes(b"p")
    assert keys(s3) == ["changed", "made/part.parquet", "same"]
    assert s3.get_object(Bucket=BUCKET, Key="changed")["Body"].read() == b"newer"
    assert s3.head_object(Bucket=BUCKET, Key="same")["LastModified"] == same


def test_uncommitted_work_and_empty_directories_are_no_objects(s3, store: ObjectStore):
    with store.opened("run", Anything()) as view:
        base = view.folder / BUCKET
        (base / "t/_temporary/0").mkdir(parents=True)
        (base / "t/_temporary/0/part").write_bytes(b"half")
        (base / "empty").mkdir()
        (base / ".a.crc").write_bytes(b"c")
    assert keys(s3) == []
    assert not view.folder.exists()


def test_an_object_that_was_deleted_leaves_no_file_and_no_directory(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a/b/c", Body=b"1")
    with store.opened("run", Anything()) as view:
        assert files(view) == ["a/b/c"]
    s3.delete_object(Bucket=BUCKET, Key="a/b/c")
    with store.opened("run", Anything()) as view:
        assert not (view.folder / BUCKET / "a").exists()
    assert keys(s3) == []


@pytest.mark.parametrize("key", ["../escaped", "a/../../escaped", "/absolute", "a//b", "folder/"])
def test_a_key_that_is_no_place_in_a_folder_stays_in_s3_alone(s3, store: ObjectStore, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    with store.opened("run", Anything()) as view:
        assert files(view) == []
    assert not list(store.folder.parent.rglob("escaped"))
    assert keys(s3) == [key]


def test_a_key_that_is_also_a_prefix_is_not_lost(s3, store: ObjectStore):
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="a/b", Body=b"2")
    with store.opened("run", Anything()):
        pass
    assert keys(s3) == ["a", "a/b"]


def test_two_runs_share_what_they_write(s3, store: ObjectStore):
    with store.opened("run", Anything()) as view:
        with store.opened("other", Anything()) as other:
            (other.folder / BUCKET / "first").write_bytes(b"1")
        assert keys(s3) == ["first"]
        assert files(view) == ["first"]
        (view.folder / BUCKET / "second").write_bytes(b"2")
    assert keys(s3) == ["first", "second"]


def test_versions_are_kept_where_the_bucket_keeps_them(s3, store: ObjectStore):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"old")
    with store.opened("run", Anything()) as view:
        (view.folder / BUCKET / "a").unlink()
    assert keys(s3) == []
    with store.opened("run", Anything()) as view:
        assert files(view) == []
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1


def test_a_run_sees_what_it_may_find_and_nothing_of_the_rest(s3, store: ObjectStore):
    for key in ("in/a", "secret/b"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    with store.opened("run", Only(find="in/")) as view:
        assert files(view) == ["in/a"]
    assert keys(s3) == ["in/a", "secret/b"]


def test_what_a_run_may_not_write_or_delete_is_refused_and_not_taken_in(s3, store: ObjectStore):
    for key in ("in/a", "in/b", "out/c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"old")
    with store.opened("run", Only(write="out/", delete="out/")) as view:
        base = view.folder / BUCKET
        (base / "in/a").unlink()
        (base / "in/b").write_bytes(b"overwritten")
        (base / "in/new").write_bytes(b"n")
        (base / "out/c").unlink()
        (base / "out/d").write_bytes(b"d")
    assert view.refused == {
        "s3://lake/in/a": "no deleting of in/a",
        "s3://lake/in/b": "no writing of in/b",
        "s3://lake/in/new": "no writing of in/new",
    }
    assert keys(s3) == ["in/a", "in/b", "out/d"]
    assert s3.get_object(Bucket=BUCKET, Key="in/b")["Body"].read() == b"old"
    with store.opened("next", Only(write="out/")) as view:
        assert (view.folder / BUCKET / "in/b").read_bytes() == b"old"


def test_every_run_sees_the_same_time_of_an_object(s3, store: ObjectStore):
    with store.opened("run", Anything()) as view:
        (view.folder / BUCKET / "a").write_bytes(b"1")
    times = set()
    for name, access in (("one", Anything()), ("two", Only(write="none")), ("three", Anything())):
        with store.opened(name, access) as view:
            times.add((view.folder / BUCKET / "a").stat().st_mtime_ns)
    assert len(times) == 1


@pytest.mark.usefixtures("times_of_access")
def test_what_a_run_may_find_but_not_read_is_refused_when_it_is_read(s3, store: ObjectStore):
    for key in ("in/a", "secret/b", "secret/c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"text")
    with store.opened("run", Only(read="in/")) as view:
        base = view.folder / BUCKET
        assert files(view) == ["in/a", "secret/b", "secret/c"]
        assert (base / "in/a").read_bytes() == b"text"
        assert (base / "secret/b").read_bytes() == b"\0\0\0\0"
    assert view.refused == {"s3://lake/secret/b": "no reading of secret/b"}
    assert keys(s3) == ["in/a", "secret/b", "secret/c"]
    assert s3.get_object(Bucket=BUCKET, Key="secret/b")["Body"].read() == b"text"
