"""Runs on local Spark: s3:// is the S3 of the local cloud, in both directions and while the job runs."""

from __future__ import annotations

import io

import pyarrow.parquet
import pytest

from tests.rehearsal.acting import Account

SEES_ONE_S3 = """
import sys
import boto3
from pyspark.sql import SparkSession

bucket = sys.argv[sys.argv.index("--bucket") + 1]
spark = SparkSession.builder.getOrCreate()
s3 = boto3.client("s3")

people = spark.read.json(f"s3://{bucket}/in/")
print("read", sorted(row.id for row in people.collect()))

people.filter("id > 1").write.mode("overwrite").parquet(f"s3://{bucket}/out/people")
keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]]
print("the API sees", sum(key.endswith(".parquet") for key in keys) > 0, any("_temporary" in key for key in keys))

s3.put_object(Bucket=bucket, Key="in/late.json", Body=b'{"id": 9}')
print("Spark sees", spark.read.json(f"s3://{bucket}/in/").count())

s3.delete_object(Bucket=bucket, Key="in/late.json")
print("and no more", spark.read.json(f"s3://{bucket}/in/").count())
print("settings", spark.conf.get("spark.sql.shuffle.partitions"), spark.conf.get("spark.sql.ansi.enabled"))
print("zone", spark.sql("select timestamp'1970-01-01 00:00:00'").first()[0].timestamp())
try:
    spark.read.json(f"s3://{bucket}/none/")
except Exception as error:
    print(error)
spark.read.json("s3://no-such-bucket-anywhere/none/")
"""


@pytest.fixture(scope="module")
def run(cloud):
    account = Account(cloud, "200000009999")
    account.put("in/a.json", '{"id": 1}\n{"id": 2}\n')
    account.put("in/b.json", '{"id": 3}\n')
    arguments = {
        "--bucket": account.bucket,
        "--conf": "spark.sql.shuffle.partitions=7 --conf spark.sql.ansi.enabled=true",
    }
    job = account.make_job("x", SEES_ONE_S3, command="glueetl", DefaultArguments=arguments, GlueVersion="5.1")
    ended = account.run(job)
    return account, ended, account.printed(ended["Id"])


def test_spark_and_the_s3_api_see_the_same_objects_while_a_job_runs(run):
    _, _, printed = run
    assert printed[:4] == ["read [1, 2, 3]", "the API sees True False", "Spark sees 4", "and no more 3"]


def test_what_spark_wrote_is_in_s3_when_the_run_has_ended(run):
    account, _, _ = run
    found = account.s3.list_objects_v2(Bucket=account.bucket, Prefix="out/")["Contents"]
    parquet = [each["Key"] for each in found if each["Key"].endswith(".parquet")]
    assert not [each["Key"] for each in found if each["Key"].endswith(".crc") or "_temporary" in each["Key"]]
    bodies = [account.s3.get_object(Bucket=account.bucket, Key=key)["Body"].read() for key in parquet]
    assert sum(pyarrow.parquet.read_metadata(io.BytesIO(body)).num_rows for body in bodies) == 2


def test_the_conf_argument_and_glue_s_time_zone_hold(run):
    _, _, printed = run
    assert printed[4:6] == ["settings 7 true", "zone 0.0"]


def test_errors_name_the_s3_url(run):
    account, ended, printed = run
    assert printed[6] == f"[PATH_NOT_FOUND] Path does not exist: s3://{account.bucket}/none."
    assert ended["JobRunState"] == "FAILED"
    assert "The specified bucket does not exist" in ended["ErrorMessage"]
