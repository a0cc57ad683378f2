"""Every resource type that is added to moto: made, changed, taken away."""

from __future__ import annotations

import json

import pytest

from tests.rehearsal.acting import Account


def role(account):
    return f"arn:aws:iam::{account.id}:role/r"


def jobs(account):
    return [(job["Name"], job.get("Timeout")) for job in account.glue.get_jobs()["Jobs"]]


def databases(account):
    return [
        (database["Name"], database.get("Description")) for database in account.glue.get_databases()["DatabaseList"]
    ]


def connections(account):
    found = account.glue.get_connections()["ConnectionList"]
    return [(each["Name"], each["ConnectionProperties"].get("HOST")) for each in found]


def security_configurations(account):
    found = account.glue.get_security_configurations()["SecurityConfigurations"]
    return [(each["Name"], each["EncryptionConfiguration"]["S3Encryption"][0]["S3EncryptionMode"]) for each in found]


def secrets(account):
    return [
        (each["Name"], each.get("Description"))
        for each in account.client("secretsmanager").list_secrets()["SecretList"]
    ]


def keys(account):
    kms = account.client("kms")
    described = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return [("key", key["Description"]) for key in described if key["KeyState"] == "Enabled"]


def log_groups(account):
    return [
        (each["logGroupName"], each["retentionInDays"])
        for each in account.client("logs").describe_log_groups()["logGroups"]
    ]


def alarms(account):
    return [
        (each["AlarmName"], each["Threshold"])
        for each in account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ]


def projects(account):
    codebuild = account.client("codebuild")
    names = codebuild.list_projects()["projects"]
    found = codebuild.batch_get_projects(names=names)["projects"] if names else []
    return [(each["name"], each.get("description")) for each in found]


def group_rules(account):
    found = account.client("ec2").describe_security_groups(Filters=[{"Name": "description", "Values": ["of the test"]}])
    return [(group["GroupName"], group["IpPermissions"][0]["FromPort"]) for group in found["SecurityGroups"]]


def group(account, port):
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/8"}
    return {"GroupName": "x", "GroupDescription": "of the test", "SecurityGroupIngress": [rule]}


def security(mode):
    return {"Name": "x", "EncryptionConfiguration": {"S3Encryptions": [{"S3EncryptionMode": mode}]}}


def connection(host):
    return {
        "CatalogId": "c",
        "ConnectionInput": {"Name": "x", "ConnectionType": "JDBC", "ConnectionProperties": {"HOST": host}},
    }


def alarm(threshold):
    return {
        "AlarmName": "x",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "m",
        "Namespace": "n",
        "Period": 60,
        "Statistic": "Sum",
        "Threshold": threshold,
    }


def project(account, description):
    return {
        "Name": "build",
        "Description": description,
        "ServiceRole": role(account),
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": "{}"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/standard:7.0",
            "EnvironmentVariables": [{"Name": "A", "Type": "PLAINTEXT", "Value": "b"}],
        },
    }


COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}

CASES = {
    "AWS::Glue::Job": (lambda a, v: {"Name": "x", "Role": role(a), "Command": COMMAND, "Timeout": v}, jobs, (5, 6)),
    "AWS::Glue::Database": (
        lambda a, v: {"CatalogId": a.id, "DatabaseInput": {"Name": "x", "Description": v}},
        databases,
        ("a", "b"),
    ),
    "AWS::Glue::Connection": (lambda a, v: connection(v), connections, ("a", "b")),
    "AWS::Glue::SecurityConfiguration": (lambda a, v: security(v), security_configurations, ("DISABLED", "SSE-S3")),
    "AWS::SecretsManager::Secret": (lambda a, v: {"Name": "x", "Description": v}, secrets, ("a", "b")),
    "AWS::KMS::Key": (lambda a, v: {"Description": v, "KeyPolicy": {"Statement": []}}, keys, ("a", "b")),
    "AWS::Logs::LogGroup": (lambda a, v: {"LogGroupName": "x", "RetentionInDays": v}, log_groups, (7, 14)),
    "AWS::CloudWatch::Alarm": (lambda a, v: alarm(v), alarms, (1.0, 2.0)),
    "AWS::EC2::SecurityGroup": (group, group_rules, (1, 2)),
    "AWS::CodeBuild::Project": (project, projects, ("a", "b")),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_resource_is_made_changed_in_place_and_taken_away(account: Account, kind):
    properties, look, (first, second) = CASES[kind]
    for value in (first, second):
        deployed = account.deploy("s", {"It": {"Type": kind, "Properties": properties(account, value)}})
        assert deployed.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), deployed.failures
        assert look(account) == [(look(account)[0][0], value)]
    account.cloudformation.delete_stack(StackName="s")
    assert look(account) == []


def test_a_table_is_made_in_its_database(account: Account):
    table = {
        "CatalogId": account.id,
        "DatabaseName": {"Ref": "Database"},
        "TableInput": {"Name": "t", "Description": "d"},
    }
    database = {"Type": "AWS::Glue::Database", "Properties": {"CatalogId": account.id, "DatabaseInput": {"Name": "x"}}}
    account.deploy("s", {"Table": {"Type": "AWS::Glue::Table", "Properties": table}, "Database": database})
    assert account.glue.get_table(DatabaseName="x", Name="t")["Table"]["Description"] == "d"


def test_an_update_of_a_job_keeps_its_runs_and_changes_its_tags(account: Account):
    def job(**tags):
        return {
            "It": {
                "Type": "AWS::Glue::Job",
                "Properties": {"Name": "x", "Role": role(account), "Command": COMMAND, "Tags": tags},
            }
        }

    account.deploy("s", job(a="1", b="1"))
    run = account.start("x")
    account.deploy("s", job(b="2", c="3"))
    assert account.wait("x", run)["Id"] == run
    arn = f"arn:aws:glue:us-east-1:{account.id}:job/x"
    assert account.glue.get_tags(ResourceArn=arn)["Tags"] == {"b": "2", "c": "3"}


def test_a_bucket_policy_is_put_with_its_conditions(account: Account):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    secure = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policy = {"Bucket": account.bucket, "PolicyDocument": {"Version": "2012-10-17", "Statement": [secure, allow]}}
    deployed = account.deploy("s", {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}})
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    kept = json.loads(account.s3.get_bucket_policy(Bucket=account.bucket)["Policy"])["Statement"]
    assert kept == [secure, allow]
    account.put("a", "readable, as it is over https on AWS")


def test_a_policy_of_a_missing_bucket_fails(account: Account):
    policy = {"Bucket": f"none-{account.id}", "PolicyDocument": {"Statement": []}}
    deployed = account.deploy("s", {"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}})
    assert "NoSuchBucket" in deployed.reason_of("Policy")


def test_topics_get_subscriptions_and_policies(account: Account):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    topic = {"Ref": "Topic"}
    deployed = account.deploy(
        "s",
        {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Mail": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"},
            },
            "Policy": {
                "Type": "AWS::SNS::TopicPolicy",
                "Properties": {
                    "Topics": [topic],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
                },
            },
        },
        {"Topic": {"Value": topic}},
    )
    sns, arn = account.client("sns"), deployed.outputs["Topic"]
    assert sns.list_subscriptions()["Subscriptions"][0]["Endpoint"] == "a@example.com"
    assert "events.amazonaws.com" in sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]


def test_a_secret_without_a_value_stays_empty_until_its_owner_fills_it_and_keeps_that(account: Account):
    def secret(description):
        properties = {"Name": "x", "Description": description}
        return {"It": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}

    manager = account.client("secretsmanager")
    account.deploy("s", secret("a"))
    with pytest.raises(manager.exceptions.ResourceNotFoundException, match="AWSCURRENT"):
        manager.get_secret_value(SecretId="x")
    manager.put_secret_value(SecretId="x", SecretString="theirs")
    account.deploy("s", secret("b"))
    assert manager.get_secret_value(SecretId="x")["SecretString"] == "theirs"


def test_rules_between_groups_come_and_go(account: Account):
    own = {"Fn::GetAtt": ["Group", "GroupId"]}
    ports = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}
    made = {"Type": "AWS::EC2::SecurityGroup", "Properties": group(account, 1)}
    rules = {
        "In": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {"GroupId": own, "SourceSecurityGroupId": own, **ports},
        },
        "Out": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {"GroupId": own, "DestinationSecurityGroupId": own, **ports},
        },
    }

    def peers():
        found = account.client("ec2").describe_security_groups(GroupNames=["x"])["SecurityGroups"][0]
        return [
            [pair["GroupId"] for rule in found[key] for pair in rule["UserIdGroupPairs"]]
            for key in ("IpPermissions", "IpPermissionsEgress")
        ]

    deployed = account.deploy("s", {"Group": made, **rules}, {"Id": {"Value": {"Ref": "Group"}}})
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    assert peers() == [[deployed.outputs["Id"]], [deployed.outputs["Id"]]]
    account.deploy("s", {"Group": made})
    assert peers() == [[], []]


def test_a_generated_secret_has_the_asked_shape_and_lasts_over_updates(account: Account):
    def secret(description):
        wanted = {"SecretStringTemplate": '{"username": "u"}', "GenerateStringKey": "password", "PasswordLength": 20}
        properties = {"Name": "x", "Description": description, "GenerateSecretString": wanted}
        return {"It": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}

    manager = account.client("secretsmanager")
    account.deploy("s", secret("a"))
    made = json.loads(manager.get_secret_value(SecretId="x")["SecretString"])
    account.deploy("s", secret("b"))
    assert made["username"] == "u"
    assert len(made["password"]) == 20
    assert json.loads(manager.get_secret_value(SecretId="x")["SecretString"]) == made
