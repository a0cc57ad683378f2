"""Job runs that fail: the run's ErrorMessage says why, as the integration test and the report then repeat it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import TRUST_GLUE, Account
from tests.rehearsal.conftest import MINUTE_SECONDS
from tests.rehearsal.faults.fault import GLUE, Fault, fault, faults
from tests.rehearsal.faults.sample_stage import SampleStage, job_of

TEST = "Deploy…, IntegrationTest"
STATUSES = GLUE + "job-run-statuses.html"
ERRORS = GLUE + "glue-troubleshooting-errors.html"
RUNS = GLUE + "aws-glue-api-jobs-runs.html"
READS_A_SECRET = "import boto3\nboto3.client('secretsmanager').get_secret_value(SecretId='source')"


def run_that(
    what: str, says: str, page: str = STATUSES, aws: str = "the run is FAILED, with this ErrorMessage"
) -> Fault:
    return Fault(what, TEST, says, aws, page)


SCRIPTS = {
    run_that(
        "A script that raises", "ValueError: no such column: salary"
    ): "raise ValueError('no such column: salary')",
    run_that("A script with a syntax error", "SyntaxError: invalid syntax (x.py, line 2)"): "print()\ndef broken(:",
    run_that(
        "A script that imports what is not installed",
        "ModuleNotFoundError: No module named 'great_expectations'",
        GLUE + "aws-glue-programming-python-libraries.html",
    ): "import great_expectations",
    run_that("A script that ends itself with an error", "SystemExit: nothing to load"): "exit('nothing to load')",
    run_that(
        "A shell job out of memory",
        "MemoryError: the job needs more than the 1024 MB that its MaxCapacity gives it",
        GLUE + "add-job-python.html",
        "gives a shell job a sixteenth of a DPU by default, that is 1 GB; the run is FAILED",
    ): "rows = bytearray(1200 << 20)",
}


@faults(SCRIPTS, "script")
def test_a_script_that_fails(account: Account, fault: Fault, script: str):
    run = account.run(account.make_job("x", script))
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])
    fault.is_named_in("\n".join(account.printed(run["Id"], "error")))


SETTINGS: dict[Fault, dict[str, Any]] = {
    run_that(
        "A script that is not in its bucket",
        "LAUNCH ERROR | Error downloading from S3 for bucket: …, key: none.py",
        ERRORS,
    ): {"Command": {"Name": "pythonshell", "ScriptLocation": "s3://{bucket}/none.py"}},
    run_that(
        "A library that is not in its bucket",
        "LAUNCH ERROR | Error downloading from S3 for bucket: …, key: lib/none.whl",
        ERRORS,
    ): {"DefaultArguments": {"--extra-py-files": "s3://{bucket}/lib/none.whl"}},
    run_that(
        "A connection of a wrong name",
        "EntityNotFoundException: Connection SourceDatabse not found",
        GLUE + "aws-glue-api-catalog-connections.html",
    ): {"Connections": {"Connections": ["SourceDatabse"]}},
    run_that(
        "A security configuration that is not there",
        "EntityNotFoundException: Security configuration none not found",
        GLUE + "encryption-security-configuration.html",
    ): {"SecurityConfiguration": "none"},
    run_that(
        "A role that is not there", "role/none should be given assume role permissions for Glue Service", ERRORS
    ): {"Role": "none"},
    run_that(
        "A role that does not trust Glue",
        "role/lambda should be given assume role permissions for Glue Service",
        ERRORS,
    ): {"Role": "lambda"},
}


@faults(SETTINGS, "settings")
def test_a_job_that_cannot_be_started(account: Account, fault: Fault, settings: dict[str, Any]):
    (trusting,) = TRUST_GLUE["Statement"]
    account.make_role("lambda", trust={"Statement": [{**trusting, "Principal": {"Service": "lambda.amazonaws.com"}}]})
    script = account.put("x.py", "")
    given: dict[str, Any] = {"Role": account.job_role, "Command": {"Name": "pythonshell", "ScriptLocation": script}}
    account.glue.create_job(Name="x", **(given | _filled_in(settings, account)))
    run = account.run("x")
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])


@fault(
    "A run that is longer than its timeout",
    where=TEST,
    says="exceeded its timeout of 1 minute",
    aws="ends the run with the state TIMEOUT",
    page=STATUSES,
)
def test_a_run_that_takes_too_long(account: Account, fault: Fault):
    run = account.run(account.make_job("x", "import time; print('awake', flush=True); time.sleep(60)", Timeout=1))
    assert run["JobRunState"] == "TIMEOUT"
    assert MINUTE_SECONDS - 1 <= run["ExecutionTime"] <= MINUTE_SECONDS + 5
    fault.is_named_in(run["ErrorMessage"])
    assert account.printed(run["Id"]) == ["awake"]


@fault(
    "A job that is started while it runs",
    where=TEST,
    says="ConcurrentRunsExceededException…Concurrent runs exceeded for x",
    aws="refuses the start beyond MaxConcurrentRuns, which is 1 by default",
    page=RUNS,
)
def test_a_duplicate_run(account: Account, fault: Fault):
    job = account.make_job("x", "import time; time.sleep(60)")
    first = account.start(job)
    with pytest.raises(ClientError) as caught:
        account.start(job)
    fault.is_named_in(str(caught.value))
    account.glue.batch_stop_job_run(JobName=job, JobRunIds=[first])
    account.wait(job, first)
    assert account.start(job), "what has ended is no longer in the way"


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@fault(
    "A secret that its role may not read",
    where=TEST,
    says="(AccessDeniedException) when calling the GetSecretValue operation…is not authorized to perform: "
    "secretsmanager:GetSecretValue on resource: …secret:source",
    aws="denies the call; the run is FAILED with the script's error",
    page="secretsmanager/latest/userguide/auth-and-access.html",
)
def test_a_secret_that_the_role_may_not_read(account: Account, fault: Fault):
    account.client("secretsmanager").create_secret(Name="source", SecretString="x")
    role = account.make_role("r", allow("logs:*", "*"), allow("s3:*", "*"))
    run = account.run(account.make_job("x", READS_A_SECRET, Role=role))
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])


@fault(
    "A parameter that the script needs and the config does not give",
    where=TEST,
    says="ArgumentError: dev-ProcessLegislators needs --input_location: "
    "the config should hold dev.jobs.ProcessLegislators.inputLocation",
    aws="starts the script without the argument, which fails it at getResolvedOptions; here before Spark starts, and "
    "at synth already where the script declares it",
    page=GLUE + "aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html",
)
def test_a_missing_parameter(stage: SampleStage, fault: Fault):
    stage.deployed("DataLake")
    stage.deployed("Ingestion", lambda template: job_of(template)["DefaultArguments"].pop("--input_location"))
    run = stage.account.run("dev-ProcessLegislators")
    assert run["JobRunState"] == "FAILED"
    fault.is_named_in(run["ErrorMessage"])


def _filled_in(value: Any, account: Account) -> Any:
    if isinstance(value, dict):
        return {name: _filled_in(item, account) for name, item in value.items()}
    return value.replace("{bucket}", account.bucket) if isinstance(value, str) else value
