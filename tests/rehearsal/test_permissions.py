"""Calls by a role's session: denied where its policies deny them, in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import ALLOW_ALL, REGION, Account
from tests.rehearsal.small_pipeline import GOOD

TRUST_BUILD = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codebuild.amazonaws.com"}}]
}


def trust(*principals: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": list(principals)}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}


class Session:
    """A session of a role with the given statements."""

    def __init__(self, account: Account, *statements: dict[str, Any], name: str = "build") -> None:
        self.cloud = account.cloud
        self.role = account.make_role(name, *statements, trust=TRUST_BUILD)
        self.credentials = self.cloud.credentials_of_role(self.role, REGION, "codebuild.amazonaws.com")

    def client(self, service: str) -> Any:
        return self.cloud._client(service, REGION, self.credentials)


def denied(call, **parameters) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    return str(caught.value)


def test_a_session_without_policies_may_only_ask_who_it_is(account: Account):
    session = Session(account)
    assert session.client("sts").get_caller_identity()["Account"] == account.id
    assert denied(session.client("glue").get_table, DatabaseName="d", Name="t") == (
        "An error occurred (AccessDeniedException) when calling the GetTable operation: "
        f"User: arn:aws:sts::{account.id}:assumed-role/build/rehearsal is not authorized to perform: glue:GetTable "
        f"on resource: arn:aws:glue:{REGION}:{account.id}:catalog "
        "because no identity-based policy allows the glue:GetTable action"
    )


def test_the_catalog_asks_for_catalog_database_and_table(account: Account):
    arn = f"arn:aws:glue:{REGION}:{account.id}:"
    account.glue.create_database(DatabaseInput={"Name": "d"})
    most = Session(account, allow("glue:*Table", [f"{arn}catalog", f"{arn}table/d/*"]), name="most").client("glue")
    assert f"{arn}database/d " in denied(most.create_table, DatabaseName="d", TableInput={"Name": "t"})
    everything = allow("glue:*Table", [f"{arn}catalog", f"{arn}database/d", f"{arn}table/d/*"])
    glue = Session(account, everything).client("glue")
    glue.create_table(DatabaseName="d", TableInput={"Name": "t"})
    assert glue.get_table(DatabaseName="d", Name="t")["Table"]["Name"] == "t"
    assert "glue:GetTables on resource" in denied(glue.get_tables, DatabaseName="d")


def test_a_secret_is_known_by_its_arn_however_it_is_asked_for(account: Account):
    arns = [account.client("secretsmanager").create_secret(Name=n, SecretString=n)["ARN"] for n in ("ours", "theirs")]
    session = Session(account, allow("secretsmanager:GetSecretValue", f"{arns[0][:-6]}??????"))
    secrets = session.client("secretsmanager")
    assert secrets.get_secret_value(SecretId="ours")["SecretString"] == "ours"
    assert arns[1] in denied(secrets.get_secret_value, SecretId="theirs")


def test_state_machines_are_started_by_those_who_may(account: Account):
    arn = f"arn:aws:states:{REGION}:{account.id}:stateMachine:flow"
    said = denied(Session(account).client("stepfunctions").start_execution, stateMachineArn=arn)
    assert f"states:StartExecution on resource: {arn} because" in said


@pytest.mark.parametrize("allowed", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])
def test_objects_are_read_written_and_deleted_by_those_who_may(account: Account, allowed):
    account.put("in/a", "text")
    s3 = Session(account, allow(allowed, f"arn:aws:s3:::{account.bucket}/in/*")).client("s3")
    at = {"Bucket": account.bucket}
    calls = {
        "s3:GetObject": lambda key: s3.get_object(**at, Key=key),
        "s3:PutObject": lambda key: s3.put_object(**at, Key=key, Body=b""),
        "s3:DeleteObject": lambda key: s3.delete_object(**at, Key=key),
    }
    calls.pop(allowed)("in/a")
    for action, call in calls.items():
        said = denied(call, key="in/a")
        assert "(AccessDenied)" in said
        assert f'is not authorized to perform: {action} on resource: "arn:aws:s3:::{account.bucket}/in/a"' in said
    assert "not authorized" in denied(s3.copy_object, **at, Key="in/b", CopySource={**at, "Key": "secret"})
    assert "s3:ListBucket" in denied(s3.list_objects_v2, **at)


def test_a_deletion_of_several_objects_is_answered_for_each(account: Account):
    for key in ("in/a", "in/b", "out/c"):
        account.put(key, "text")
    s3 = Session(account, allow("s3:DeleteObject", f"arn:aws:s3:::{account.bucket}/in/*")).client("s3")
    keys = [{"Key": key} for key in ("in/a", "out/c", "in/b")]
    told = s3.delete_objects(Bucket=account.bucket, Delete={"Objects": keys})
    assert [each["Key"] for each in told["Deleted"]] == ["in/a", "in/b"]
    assert [(each["Key"], each["Code"]) for each in told["Errors"]] == [("out/c", "AccessDenied")]
    assert f's3:DeleteObject on resource: "arn:aws:s3:::{account.bucket}/out/c"' in told["Errors"][0]["Message"]
    told = s3.delete_objects(Bucket=account.bucket, Delete={"Objects": [{"Key": "out/c"}]})
    assert ("Deleted" in told, [each["Key"] for each in told["Errors"]]) == (False, ["out/c"])
    assert [each["Key"] for each in account.s3.list_objects_v2(Bucket=account.bucket)["Contents"]] == ["out/c"]


def test_a_missing_object_is_found_missing_by_those_only_who_may_list_the_bucket(account: Account):
    account.put("a", "text")
    arn = f"arn:aws:s3:::{account.bucket}"
    s3 = Session(account, allow("s3:GetObject", f"{arn}/*"), name="reader").client("s3")
    assert s3.get_object(Bucket=account.bucket, Key="a")["Body"].read() == b"text"
    said = denied(s3.get_object, Bucket=account.bucket, Key="none")
    assert f"(AccessDenied) when calling the GetObject operation: User: arn:aws:sts::{account.id}" in said
    assert f's3:ListBucket on resource: "{arn}" because no identity-based policy' in said
    assert "(403)" in denied(s3.head_object, Bucket=account.bucket, Key="none")
    both = Session(account, allow(["s3:GetObject", "s3:ListBucket"], [arn, f"{arn}/*"]), name="both").client("s3")
    with pytest.raises(both.exceptions.NoSuchKey):
        both.get_object(Bucket=account.bucket, Key="none")
    with pytest.raises(ClientError, match="404"):
        both.head_object(Bucket=account.bucket, Key="none")


def test_a_prefix_is_listed_by_those_who_may(account: Account):
    account.put("in/a", "text")
    like = {"StringLike": {"s3:prefix": ["in", "in/*"]}}
    s3 = Session(account, allow("s3:ListBucket", f"arn:aws:s3:::{account.bucket}", **like)).client("s3")
    assert s3.list_objects_v2(Bucket=account.bucket, Prefix="in/")["KeyCount"] == 1
    assert "no identity-based policy allows the s3:ListBucket" in denied(s3.list_objects_v2, Bucket=account.bucket)
    assert "s3:ListBucket" in denied(s3.list_objects_v2, Bucket=account.bucket, Prefix="inside/")


def test_the_bucket_of_another_account_must_be_open_too(account: Account, cloud):
    other = Account(cloud, f"9{account.id[1:]}")
    other.put("a", "text")
    s3 = Session(account, ALLOW_ALL).client("s3")
    said = denied(s3.get_object, Bucket=other.bucket, Key="a")
    assert "no resource-based policy allows the s3:GetObject action" in said
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
    policy = {"Statement": [{**statement, "Resource": f"arn:aws:s3:::{other.bucket}/*"}]}
    other.s3.put_bucket_policy(Bucket=other.bucket, Policy=json.dumps(policy))
    assert s3.get_object(Bucket=other.bucket, Key="a")["Body"].read() == b"text"
    assert "ListBucket" in denied(s3.list_objects_v2, Bucket=other.bucket)


def test_objects_of_a_bucket_with_a_key_need_the_key(account: Account):
    arn = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    account.put("a", "text")
    account.s3.put_bucket_encryption(Bucket=account.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    at = {"Bucket": account.bucket, "Key": "a"}
    s3 = Session(account, allow("s3:*", "*"), name="keyless").client("s3")
    assert f"kms:Decrypt on resource: {arn} because" in denied(s3.get_object, **at)
    assert f"kms:GenerateDataKey on resource: {arn} because" in denied(s3.put_object, **at, Body=b"")
    s3 = Session(account, allow("s3:*", "*"), allow("kms:Decrypt", arn)).client("s3")
    assert s3.get_object(**at)["Body"].read() == b"text"


def test_a_test_build_needs_both_its_own_policy_and_the_trust(account: Account, cloud):
    stage = Account(cloud, f"8{account.id[1:]}")
    target = f"arn:aws:iam::{stage.id}:role/test"
    without = Session(account, name="without")
    build = Session(account, allow("sts:AssumeRole", target))
    stage.make_role("test", ALLOW_ALL, trust=trust(without.role, build.role))
    asked = {"RoleArn": target, "RoleSessionName": "test"}
    said = denied(without.client("sts").assume_role, **asked)
    assert f"(AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::{account.id}" in said
    assert f"sts:AssumeRole on resource: {target} because no identity-based policy allows" in said
    assert build.client("sts").assume_role(**asked)["Credentials"]
    untrusted = Session(account, ALLOW_ALL, name="untrusted")
    assert "no resource-based policy allows" in denied(untrusted.client("sts").assume_role, **asked)


def test_roles_are_assumed_by_their_tags_as_self_mutation_does(account: Account, cloud):
    tagged = {"ForAnyValue:StringEquals": {"iam:ResourceTag/aws-cdk:bootstrap-role": ["deploy"]}}
    build = Session(account, allow("sts:AssumeRole", "arn:*:iam::*:role/*", **tagged))
    other = Account(cloud, f"7{account.id[1:]}")
    assume = build.client("sts").assume_role
    for name in ("deploy", "lookup"):
        other.make_role(name, ALLOW_ALL, trust=trust(build.role))
        tag = {"Key": "aws-cdk:bootstrap-role", "Value": name}
        other.client("iam").tag_role(RoleName=name, Tags=[tag])
    assert assume(RoleArn=f"arn:aws:iam::{other.id}:role/deploy", RoleSessionName="cdk")["Credentials"]
    assert "sts:AssumeRole" in denied(assume, RoleArn=f"arn:aws:iam::{other.id}:role/lookup", RoleSessionName="cdk")


def test_a_test_role_runs_the_jobs_of_its_own_stage_only(account: Account):
    for stage in ("Dev", "Qa"):
        account.make_job(f"dev-In{stage}", GOOD, Tags={"stage": f"Deploy{stage}"})
    account.make_job("dev-Untagged", GOOD)
    actions = ["glue:StartJobRun", "glue:GetJobRun", "glue:BatchStopJobRun"]
    condition = {"StringEquals": {"aws:ResourceTag/stage": "DeployDev"}}
    jobs = allow(actions, f"arn:aws:glue:{REGION}:{account.id}:job/dev-*", **condition)
    glue = Session(account, jobs, allow("glue:ListJobs", "*")).client("glue")
    assert glue.list_jobs(Tags={"stage": "DeployDev"})["JobNames"] == ["dev-InDev"]
    run = glue.start_job_run(JobName="dev-InDev")["JobRunId"]
    assert glue.get_job_run(JobName="dev-InDev", RunId=run)["JobRun"]["Id"] == run
    for other in ("dev-InQa", "dev-Untagged", "prod-None"):
        said = denied(glue.start_job_run, JobName=other)
        assert f"glue:StartJobRun on resource: arn:aws:glue:{REGION}:{account.id}:job/{other} because" in said
        assert "glue:BatchStopJobRun" in denied(glue.batch_stop_job_run, JobName=other, JobRunIds=[run])


def test_a_role_is_given_to_a_service_by_those_who_may_pass_it(account: Account):
    command = {"Name": "glueetl", "ScriptLocation": "s3://b/k.py"}
    job = {"Name": "x", "Role": account.job_role, "Command": command}
    glue = Session(account, allow("glue:*", "*"), name="without").client("glue")
    assert f"iam:PassRole on resource: {account.job_role} because" in denied(glue.create_job, **job)
    to_glue = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    glue = Session(account, allow("glue:*", "*"), allow("iam:PassRole", account.job_role, **to_glue)).client("glue")
    assert glue.create_job(**job)["Name"] == "x"


def test_cloudformation_is_given_a_role_by_those_who_may_pass_it(account: Account):
    change = {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE", "RoleARN": account.job_role}
    change["TemplateBody"] = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    changing = allow("cloudformation:CreateChangeSet", "*")
    cloudformation = Session(account, changing, name="without").client("cloudformation")
    said = denied(cloudformation.create_change_set, **change)
    assert f"iam:PassRole on resource: {account.job_role} because" in said
    cloudformation = Session(account, changing, allow("iam:PassRole", account.job_role)).client("cloudformation")
    assert cloudformation.create_change_set(**change)["Id"]


def test_managed_policies_of_a_template_count_and_updates_of_it_too(account: Account):
    def role(**properties: Any) -> dict[str, Any]:
        named = {"RoleName": "made", "AssumeRolePolicyDocument": TRUST_BUILD, **properties}
        return {"Role": {"Type": "AWS::IAM::Role", "Properties": named}}

    def glue() -> Any:
        credentials = account.cloud.credentials_of_role(arn, REGION, "codebuild.amazonaws.com")
        return account.cloud._client("glue", REGION, credentials)

    arn = f"arn:aws:iam::{account.id}:role/made"
    account.deploy("s", role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]))
    assert glue().get_databases()["DatabaseList"] == []
    account.deploy("s", role(Description="none"))
    assert "glue:GetDatabases" in denied(glue().get_databases)
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": [allow("glue:*", "*")]}}
    account.deploy("s", role(Policies=[policy]))
    assert glue().get_databases()["DatabaseList"] == []
    account.cloudformation.delete_stack(StackName="s")
    with pytest.raises(ClientError, match="AccessDenied"):
        glue()
