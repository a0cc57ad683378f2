"""Data: the samples, and a folder of the user's own over them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal.data import PUBLIC_ACCOUNT, SAMPLE_DATA, lay, objects_in
from rehearsal.errors import SampleDataError
from rehearsal.local_cloud import LocalCloud


def put(folder: Path, name: str, text: str = "{}") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_objects_are_the_files_below_the_buckets(tmp_path: Path):
    for name in ("bucket-a/x/y.json", "bucket-b/z.json", "README.md", ".git/config"):
        put(tmp_path, name)
    assert list(objects_in(tmp_path)) == [("bucket-a", "x/y.json"), ("bucket-b", "z.json")]


def test_the_samples_are_laid_out_in_the_same_way():
    assert ("awsglue-datasets", "examples/us-legislators/all/persons.json") in objects_in(SAMPLE_DATA)


def test_a_missing_folder_is_refused(tmp_path: Path):
    with pytest.raises(SampleDataError, match=r"none does not exist; it is to be laid out as <bucket>/<key>"):
        objects_in(tmp_path / "none")


@pytest.mark.parametrize("names", [[], ["persons.json"], [".hidden/a"]])
def test_a_folder_without_objects_is_refused(tmp_path: Path, names):
    for name in names:
        put(tmp_path, name)
    (tmp_path / "empty-bucket").mkdir()
    with pytest.raises(SampleDataError, match="holds no object"):
        objects_in(tmp_path)


def test_a_folder_that_cannot_be_a_bucket_is_refused(tmp_path: Path):
    put(tmp_path, "US_Legislators/persons.json")
    with pytest.raises(SampleDataError, match="US_Legislators cannot be a bucket"):
        objects_in(tmp_path)


def test_own_data_lies_over_the_samples(tmp_path: Path, cloud: LocalCloud):
    put(tmp_path, "awsglue-datasets/examples/us-legislators/all/persons.json", "own")
    put(tmp_path, "another-bucket/key", "more")
    told = lay(cloud, "us-east-1", tmp_path)
    assert told.startswith("4 objects in 2 bucket(s), 2 of them from")
    s3 = cloud.client("s3", PUBLIC_ACCOUNT, "us-east-1")
    for key, expected in (("persons.json", b"own"), ("organizations.json", b"{")):
        body = s3.get_object(Bucket="awsglue-datasets", Key=f"examples/us-legislators/all/{key}")["Body"].read()
        assert body.startswith(expected)
