"""Runs whose role lacks something: they end as on AWS, and say which action was missing on what."""

from __future__ import annotations

from typing import Any

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
        f'"arn:aws:s3:::{account.bucket}/scripts/x.py" because no identity-based policy allows the s3:GetObject action '
        "Please refer logs for details."
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
