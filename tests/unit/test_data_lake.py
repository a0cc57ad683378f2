"""The data lake of a stage: kept, encrypted, private."""

from aws_cdk import App
from aws_cdk.assertions import Match, Template

from aws_glue_cdk_baseline.data_lake import DataLakeStack


def of_type(template, kind):
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


def test_data_survives_the_stack_but_a_failed_first_deployment_leaves_nothing(templates):
    lake = templates["DeployProd-DataLake"]
    kept = [r for kind in ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database") for r in of_type(lake, kind)]
    assert len(kept) == 7
    assert {one["DeletionPolicy"] for one in kept} == {"RetainExceptOnCreate"}
    assert {one["UpdateReplacePolicy"] for one in kept} == {"Retain"}


def test_each_layer_has_a_database_named_after_stage_and_zone(templates):
    names = [
        r["Properties"]["DatabaseInput"]["Name"]
        for r in of_type(templates["DeployDev-DataLake"], "AWS::Glue::Database")
    ]
    assert names == ["dev_bronze", "dev_silver", "dev_gold", "dev_loading"]


def test_buckets_are_private_and_refuse_plain_http(templates):
    lake = templates["DeployDev-DataLake"]
    buckets = of_type(lake, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets:
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    for policy in of_type(lake, "AWS::S3::BucketPolicy"):
        denied = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_lake_is_versioned_and_encrypted_with_a_rotating_key(templates):
    template = Template.from_json(templates["DeployDev-DataLake"])
    template.has_resource_properties("AWS::KMS::Key", {"EnableKeyRotation": True})
    template.has_resource_properties(
        "AWS::S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": Match.object_like({}),
            "LoggingConfiguration": Match.object_like({"LogFilePrefix": "lake-access/"}),
        },
    )


def test_runs_encrypt_their_data_logs_and_bookmarks(templates):
    lake = templates["DeployDev-DataLake"]
    (configuration,) = of_type(lake, "AWS::Glue::SecurityConfiguration")
    encryption = configuration["Properties"]["EncryptionConfiguration"]
    assert encryption["S3Encryptions"][0]["S3EncryptionMode"] == "SSE-KMS"
    assert encryption["CloudWatchEncryption"]["CloudWatchEncryptionMode"] == "SSE-KMS"
    assert encryption["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"
    for stack in ("DeployDev-Ingestion", "DeployDev-Transformation"):
        for job in of_type(templates[stack], "AWS::Glue::Job"):
            imported = job["Properties"]["SecurityConfiguration"]["Fn::ImportValue"]
            assert imported.startswith("DeployDev-DataLake:") and "Encryption" in imported  # noqa: PT018 - one fact


def test_cloudwatch_logs_may_use_the_key_for_the_log_groups_of_glue_and_of_the_stages_workflows_only(templates):
    (key,) = of_type(templates["DeployDev-DataLake"], "AWS::KMS::Key")
    (logs,) = [s for s in key["Properties"]["KeyPolicy"]["Statement"] if s.get("Sid") == "GlueLogs"]
    group = "arn:aws:logs:us-east-1:123456789102:log-group:"
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": [f"{group}/aws-glue/*", f"{group}/aws/vendedlogs/states/dev-*"]
        }
    }


def test_the_topic_is_encrypted_and_refuses_plain_http(templates):
    lake = templates["DeployDev-DataLake"]
    (topic,) = of_type(lake, "AWS::SNS::Topic")
    assert topic["Properties"]["TopicName"] == "dev-notifications"
    assert "DataLakeKey" in str(topic["Properties"]["KmsMasterKeyId"])
    (policy,) = of_type(lake, "AWS::SNS::TopicPolicy")
    (denied,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_people_are_subscribed_once_each():
    stack = DataLakeStack(App(), "lake", stage_name="dev", notify=["a@example.com", "b@example.com", "a@example.com"])
    template = Template.from_stack(stack).to_json()
    found = [one["Properties"] for one in of_type(template, "AWS::SNS::Subscription")]
    assert sorted((one["Protocol"], one["Endpoint"]) for one in found) == [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    ]
