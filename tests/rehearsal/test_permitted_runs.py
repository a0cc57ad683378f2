"""Runs whose role lacks something: they end as on AWS, and say which action was missing on what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.small_pipeline import GOOD

LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def allow(action: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


def scripts_of(account: Account) -> dict[str, Any]:
    return allow("s3:GetObject", f"arn:aws:s3:::{account.bucket}/scripts/*")


def session(account: Account, role: str) -> str:
    return f"arn:aws:sts::{account.id}:assumed-role/{role}/GlueJobRunnerSession"


def test_a_script_that_the_role_may_not_read_is_not_run(account: Account):
    run = account.run(account.make_job("x", GOOD, Role=account.make_role("r", LOGS)))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == (
        f"LAUNCH ERROR | Error downloading from S3 for bucket: {account.bucket}, key: scripts/x.py. Access Denied: "
        f"{session(account, 'r')} is not authorized to perform: s3:GetObject on resource: "
        f'"arn:aws:s3:::{account.bucket}/scripts/x.py" because no identity-based policy allows the s3:GetObject '
        "action. Please refer logs for details."
    )


def test_a_library_that_the_role_may_not_read_fails_the_run(account: Account):
    library = account.put("lib/library.py", "")
    role = account.make_role("r", LOGS, scripts_of(account))
    run = account.run(account.make_job("x", GOOD, Role=role, DefaultArguments={"--extra-py-files": library}))
    assert "lib/library.py. Access Denied" in run["ErrorMessage"]


def test_a_connection_that_the_role_may_not_read_fails_the_run(account: Account):
    made = {"Name": "db", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    account.glue.create_connection(ConnectionInput=made)
    role = account.make_role("r", LOGS, scripts_of(account))
    run = account.run(account.make_job("x", GOOD, Role=role, Connections={"Connections": ["db"]}))
    assert f"glue:GetConnection on resource: arn:aws:glue:{REGION}:{account.id}:catalog" in run["ErrorMessage"]


def test_calls_of_a_script_are_its_role_s(account: Account):
    role = account.make_role("r", LOGS, scripts_of(account))
    script = "import boto3\nboto3.client('glue').get_table(DatabaseName='d', Name='t')"
    run = account.run(account.make_job("x", script, Role=role))
    assert run["ErrorMessage"] == (
        "AccessDeniedException: An error occurred (AccessDeniedException) when calling the GetTable operation: User: "
        f"{session(account, 'r')} is not authorized to perform: glue:GetTable on resource: "
        f"arn:aws:glue:{REGION}:{account.id}:catalog because no identity-based policy allows the glue:GetTable action"
    )


def test_a_run_without_permission_to_log_has_no_logs_and_says_so(account: Account):
    run = account.run(account.make_job("x", GOOD, Role=account.make_role("r", scripts_of(account))))
    assert run["JobRunState"] == "SUCCEEDED"
    assert account.client("logs").describe_log_groups()["logGroups"] == []
    said = next(account.cloud.runs.glob(f"*{run['Id']}/stderr")).read_text()
    assert f"No logs of this run in CloudWatch Logs: User: {session(account, 'r')} is not authorized" in said
    assert "logs:CreateLogStream" in said


READS = """
import sys
from pyspark.sql import SparkSession

def given(name):
    return sys.argv[sys.argv.index(name) + 1]

spark = SparkSession.builder.getOrCreate()
rows = spark.read.json(given("--input_location"))
print("read", rows.count())
"""

WRITES = (
    READS
    + """
import boto3
rows.write.mode("overwrite").parquet(given("--output_location"))
table = {"Name": "t", "StorageDescriptor": {"Location": given("--output_location")}}
try:
    boto3.client("glue").create_table(DatabaseName="d", TableInput=table)
except Exception as error:
    print(error)
"""
)

CARELESS = """
from pyspark.sql import SparkSession
SparkSession.builder.getOrCreate()
print("nothing to do")
"""

MISSING = "because no identity-based policy allows the"


class SparkRuns:
    """Runs of Spark jobs whose roles differ; all are started before the first is waited for."""

    def __init__(self, account: Account) -> None:
        self.account, self.bucket = account, account.bucket
        self.arn = f"arn:aws:s3:::{account.bucket}"
        self.started: dict[str, str] = {}
        account.glue.create_database(DatabaseInput={"Name": "d"})
        for name in ("a", "b"):
            account.put(f"in/{name}.json", '{"id": 1}')

    def listing(self, *prefixes: str) -> dict[str, Any]:
        return allow("s3:ListBucket", self.arn, StringLike={"s3:prefix": list(prefixes)})

    def start(self, name: str, script: str, *statements: dict[str, Any], location: str = "in/") -> None:
        role = self.account.make_role(name, LOGS, scripts_of(self.account), *statements)
        arguments = {"--input_location": f"s3://{self.bucket}/{location}"}
        arguments["--output_location"] = f"s3://{self.bucket}/{name}/t"
        job = self.account.make_job(name, script, command="glueetl", Role=role, DefaultArguments=arguments)
        self.started[name] = self.account.start(job, Timeout=100)

    def ended(self, name: str) -> tuple[dict[str, Any], list[str]]:
        run = self.account.wait(name, self.started[name])
        return run, self.account.printed(self.started[name])

    def keys(self, prefix: str) -> list[str]:
        found = self.account.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]


@pytest.fixture(scope="module")
def spark(cloud) -> SparkRuns:
    runs = SparkRuns(Account(cloud, "200000006666"))
    reading, listing = allow("s3:GetObject", f"{runs.arn}/in/*"), runs.listing("in", "in/*")
    writing = [allow(["s3:PutObject", "s3:DeleteObject"], f"{runs.arn}/writes/*"), allow("glue:*", "*")]
    runs.start("writes", WRITES, reading, listing, *writing)
    runs.start("cannot-write", WRITES, reading, listing, *writing)
    runs.start("cannot-read", READS)
    runs.start("cannot-list", READS, reading)
    runs.start("cannot-read-all", READS, allow("s3:GetObject", f"{runs.arn}/in/a*"), listing)
    runs.start("careless", CARELESS)
    return runs


def test_a_run_with_all_that_it_needs_reads_and_writes(spark: SparkRuns):
    run, printed = spark.ended("writes")
    assert (run["JobRunState"], printed) == ("SUCCEEDED", ["read 2"])
    assert any(key.endswith(".parquet") for key in spark.keys("writes/"))
    assert spark.account.glue.get_table(DatabaseName="d", Name="t")["Table"]["StorageDescriptor"]["Location"]


def test_a_run_that_wrote_where_it_may_not_fails_and_leaves_nothing(spark: SparkRuns):
    run, printed = spark.ended("cannot-write")
    assert run["JobRunState"] == "FAILED"
    who = session(spark.account, "cannot-write")
    said = f"AccessDenied: {who} is not authorized to perform: s3:PutObject on resource: "
    assert run["ErrorMessage"].startswith(f'{said}"{spark.arn}/cannot-write/t/')
    assert f"{MISSING} s3:PutObject action (s3://{spark.bucket}/cannot-write/t/" in run["ErrorMessage"]
    assert "AccessDeniedException) when calling the CreateTable operation" in printed[1]  # nor is a table made of it
    assert spark.keys("cannot-write/") == []


@pytest.mark.parametrize("name", ["cannot-read", "careless"])
def test_an_input_that_the_role_may_not_read_fails_the_run_whatever_the_script_made_of_it(spark: SparkRuns, name):
    run, _ = spark.ended(name)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        f"AccessDenied: {session(spark.account, name)} is not authorized to perform: "
    )
    assert f'on resource: "{spark.arn}' in run["ErrorMessage"]
    assert f"{MISSING} s3:ListBucket action" in run["ErrorMessage"]


def test_what_cannot_be_listed_is_not_found(spark: SparkRuns):
    run, printed = spark.ended("cannot-list")
    assert printed == []
    assert f'perform: s3:ListBucket on resource: "{spark.arn}" {MISSING} s3:ListBucket action' in run["ErrorMessage"]
    assert (
        f"The script ended with: AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3://{spark.bucket}/in"
        in (run["ErrorMessage"])
    )
    assert spark.account.printed(run["Id"], "error")[-1] == run["ErrorMessage"]


@pytest.mark.usefixtures("times_of_access")
def test_one_object_that_cannot_be_read_among_others_fails_the_run(spark: SparkRuns):
    run, _ = spark.ended("cannot-read-all")
    assert run["JobRunState"] == "FAILED"
    assert f's3:GetObject on resource: "{spark.arn}/in/b.json" {MISSING} s3:GetObject action' in run["ErrorMessage"]
