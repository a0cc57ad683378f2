"""Runs of a real job on Spark, with the shared library, each with one thing taken away that its stage gives it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
from tests.rehearsal.faults.fault import GLUE, Fault, fault, faults
from tests.rehearsal.faults.sample_stage import Change, SampleStage, job_of, without

JOB = "dev-ProcessLegislators"
TEST = "DeployDev, IntegrationTest"
DENIED = "the call is denied; the run is FAILED with the error that Spark makes of it"
ROLE = GLUE + "create-an-iam-role.html"


WRITES_PERSONS = """
from job_runtime import glue_job
from pyspark.sql.types import StructType
with glue_job("input_location") as job:
    schema = StructType().add("id", "string").add("name", "string")
    persons = job.read(job.args["input_location"], format="json", schema=schema)
    job.write(persons, table="persons")
"""

WRITES_ELSEWHERE = """
from job_runtime import glue_job
with glue_job("input_location") as job:
    job.spark.range(1).write.parquet(job.args["lake_location"] + "/dev_gold/mine")
"""

NEEDS_MEMORY = """
from job_runtime import glue_job
with glue_job("input_location") as job:
    job.spark.range(1).selectExpr("size(sequence(id, id + 100000000L))").collect()
"""


@dataclass(frozen=True)
class Seed:
    """How a fault gets into the stage.

    Parameters
    ----------
    change
        What changes the layer's template.
    afterwards
        What is done when the stage is deployed.
    script
        The job's.
    """

    change: Change | None = None
    afterwards: Callable[[Account], Any] = lambda account: None
    script: str = WRITES_PERSONS


def read_elsewhere(template: dict[str, Any]) -> None:
    """Give job and role a parameter that names no object, as a slip in the config would."""
    job_of(template)["DefaultArguments"]["--input_location"] = "s3://awsglue-datasets/examples/us-legislators/all/none"


def give_little_memory(template: dict[str, Any]) -> None:
    job_of(template)["DefaultArguments"]["--conf"] = "spark.driver.memory=480m"


SEEDS = {
    Fault(
        "A job's role without access to its input",
        TEST,
        "AccessDenied: …assumed-role/…is not authorized to perform: s3:GetObject on resource: "
        '"arn:aws:s3:::awsglue-datasets/examples/us-legislators/all/persons.json',
        DENIED,
        ROLE,
    ): Seed(without("s3:GetObject", resource="awsglue-datasets")),
    Fault(
        "A job's role that may not write its part of the lake",
        TEST,
        "AccessDenied: …is not authorized to perform: s3:PutObject on resource: …/dev_bronze/",
        DENIED,
        ROLE,
    ): Seed(without("s3:PutObject", resource="dev_bronze")),
    Fault(
        "A job that writes another layer's table",
        TEST,
        "TableError: dev_gold.persons could not be looked up: …is not authorized to perform: glue:GetTable on "
        "resource: …database/dev_gold",
        DENIED,
        ROLE,
    ): Seed(lambda template: job_of(template)["DefaultArguments"].update({"--database": "dev_gold"})),
    Fault(
        "A job that writes beyond its layer's part of the lake",
        TEST,
        "AccessDenied: …is not authorized to perform: s3:PutObject on resource: …/dev_gold/mine",
        DENIED,
        ROLE,
    ): Seed(script=WRITES_ELSEWHERE),
    Fault(
        "A job's role without the lake's key",
        TEST,
        "AccessDenied: …is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:",
        DENIED,
        "AmazonS3/latest/userguide/UsingKMSEncryption.html",
    ): Seed(without("kms:Decrypt")),
    Fault(
        "A job's role that may not write tables",
        TEST,
        "is not authorized to perform: glue:GetTable on resource: arn:aws:glue:…catalog",
        DENIED,
        ROLE,
    ): Seed(without("glue:CreateTable")),
    Fault(
        "An input that is not there",
        TEST,
        "s3://awsglue-datasets/examples/us-legislators/all/none",
        "Spark finds no path; the run is FAILED with its AnalysisException",
        GLUE + "glue-troubleshooting-errors.html",
    ): Seed(read_elsewhere),
    Fault(
        "A database that is not there when a job writes its table",
        TEST,
        "TableError: dev_bronze.persons was not published: there is no database dev_bronze; deploy the stage's "
        "data lake",
        "CreateTable answers EntityNotFoundException; the run is FAILED",
        GLUE + "aws-glue-api-catalog-tables.html",
    ): Seed(afterwards=lambda account: account.glue.delete_database(Name="dev_bronze")),
    Fault(
        "A job on Spark out of memory",
        TEST,
        "java.lang.OutOfMemoryError: Java heap space",
        "ends the run as FAILED; its log has the OutOfMemoryError or the container that YARN killed",
        GLUE + "monitor-profile-debug-oom-abnormalities.html",
    ): Seed(give_little_memory, script=NEEDS_MEMORY),
}

_accounts = itertools.count(210000000001)


@pytest.fixture(scope="module")
def started(cloud: LocalCloud, stage_in: Callable[[Account], SampleStage]) -> dict[Fault, tuple[Account, str]]:
    """The runs of all faults: every one is started before the first is waited for."""
    found = {}
    for each, seed in SEEDS.items():
        stage = stage_in(Account(cloud, str(next(_accounts))))
        stage.deployed("DataLake").deployed("Ingestion", seed.change)
        stage.use_script("Ingestion", seed.script)
        seed.afterwards(stage.account)
        found[each] = stage.account, stage.account.start(JOB)
    return found


@faults(dict.fromkeys(SEEDS, ()))
def test_a_run_of_a_real_job(started: dict[Fault, tuple[Account, str]], fault: Fault):
    account, run_id = started[fault]
    run = account.wait(JOB, run_id, seconds=240)
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])
    assert tables(account) == [], "a failed run makes no table"


def tables(account: Account) -> list[tuple[str, str]]:
    found = []
    for database in account.glue.get_databases()["DatabaseList"]:
        for table in account.glue.get_tables(DatabaseName=database["Name"])["TableList"]:
            found.append((table["Name"], table["StorageDescriptor"]["Location"]))
    return found


@fault(
    "A run that fails after one that succeeded",
    where=TEST,
    says="records of s3://",
    aws="keeps table and files as the last good run left them: the table is re-pointed by the run's last call",
    page=GLUE + "aws-glue-api-catalog-tables.html",
)
def test_a_failed_run_leaves_the_table_as_it_was(stage: SampleStage, fault: Fault):
    account = stage.account
    location = account.put("in/persons.json", '{"id": "a", "name": "Ann"}\n')

    def read_ours(template: dict[str, Any]) -> None:
        job_of(template)["DefaultArguments"]["--input_location"] = location
        for body in template["Resources"].values():
            if body["Type"] == "AWS::IAM::Policy":
                arn = f"arn:aws:s3:::{account.bucket}"
                reading = {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": [arn, f"{arn}/*"],
                }
                body["Properties"]["PolicyDocument"]["Statement"].append(reading)

    stage.deployed("DataLake").deployed("Ingestion", read_ours)
    stage.use_script("Ingestion", WRITES_PERSONS)
    run = account.run(JOB)
    assert run["JobRunState"] == "SUCCEEDED", run["ErrorMessage"]
    before = tables(account), objects(account)
    account.put("in/persons.json", '{"id": "b", "name": \n')
    run = account.run(JOB)
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])
    assert (tables(account), objects(account)) == before


def objects(account: Account) -> list[str]:
    (lake,) = {location.split("/")[2] for _, location in tables(account)}
    return [each["Key"] for each in account.s3.list_objects_v2(Bucket=lake).get("Contents", [])]
