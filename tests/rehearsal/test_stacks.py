"""Deployments of stacks: what fails says why and is taken back, what succeeds tells its outputs."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.rehearsal.acting import TRUST_GLUE, Account

BUCKET = {"Type": "AWS::S3::Bucket"}
TOPIC = {"Type": "AWS::SNS::Topic"}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST_GLUE}}


def job(**properties):
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/job.py"}
    return {"Type": "AWS::Glue::Job", "Properties": {"Role": "arn:aws:iam::1:role/r", "Command": command, **properties}}


def test_an_unknown_type_fails_the_stack_before_anything_is_made(account: Account):
    deployed = account.deploy("s", {"Bucket": BUCKET, "Mesh": {"Type": "AWS::AppMesh::Mesh"}})
    assert deployed.status == "ROLLBACK_COMPLETE"
    assert deployed.reason_of("Mesh") == "The rehearsal has no CloudFormation support for AWS::AppMesh::Mesh"
    assert account.s3.list_buckets()["Buckets"] == []


def test_a_custom_resource_is_refused_since_nothing_would_carry_it_out(account: Account):
    deployed = account.deploy("s", {"Deletes": {"Type": "Custom::S3AutoDeleteObjects"}})
    assert "would need a Lambda function" in deployed.reason_of("Deletes")


def test_a_failed_creation_is_taken_back(account: Account):
    deployed = account.deploy("s", {"Bucket": BUCKET, "Job": {**job(WorkerType="H.1X"), "DependsOn": "Bucket"}})
    assert deployed.status == "ROLLBACK_COMPLETE"
    assert "Job" in deployed.reason
    assert ("Bucket", "DELETE_COMPLETE", "") in deployed.events
    assert account.s3.list_buckets()["Buckets"] == []


def test_listing_a_stack_that_was_taken_back_does_not_make_its_resources_again(account: Account):
    account.deploy("s", {"Bucket": BUCKET, "Job": {**job(Foo=1), "DependsOn": "Bucket"}})
    assert account.cloudformation.describe_stack_resources(StackName="s")["StackResources"] == []
    assert account.cloudformation.list_stack_resources(StackName="s")["StackResourceSummaries"] == []
    assert account.s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize("resource", [job(Foo=1), {"Type": "AWS::S3::Bucket", "Properties": {"Foo": 1}}])
def test_an_unknown_property_fails_the_resource(account: Account, resource):
    assert "extraneous key [Foo] is not permitted" in account.deploy("s", {"It": resource}).reason_of("It")


def test_an_update_adds_changes_and_removes_in_the_order_of_dependencies(account: Account):
    account.deploy("s", {"Old": TOPIC, "Job": job(Name="j", Timeout=5)})
    added = {"Type": "AWS::SNS::Topic", "DependsOn": ["Later"]}
    deployed = account.deploy("s", {"First": added, "Later": BUCKET, "Job": job(Name="j", Timeout=6)})
    assert deployed.status == "UPDATE_COMPLETE"
    names = [name for name, status, _ in deployed.events if status in ("CREATE_COMPLETE", "DELETE_COMPLETE")]
    assert names.index("Later") < names.index("First") < names.index("Old", 1)
    assert account.glue.get_job(JobName="j")["Job"]["Timeout"] == 6


def test_a_change_reaches_those_that_refer_to_the_changed_resource(account: Account):
    def resources(name):
        arguments = {"--topic": {"Fn::Sub": "is ${Topic}"}}
        return {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
            "Job": job(Name="j", DefaultArguments=arguments),
        }

    account.deploy("s", resources("a"))
    account.deploy("s", resources("b"))
    assert account.glue.get_job(JobName="j")["Job"]["DefaultArguments"]["--topic"].endswith(":b")


def test_outputs_and_exports_of_one_stack_reach_the_next(account: Account):
    value = {"Name": {"Value": {"Ref": "Topic"}, "Export": {"Name": "the-topic"}}}
    made = account.deploy("a", {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}}, value)
    arguments = {"--topic": {"Fn::ImportValue": "the-topic"}}
    account.deploy("b", {"Job": job(Name="j", DefaultArguments=arguments)})
    assert account.glue.get_job(JobName="j")["Job"]["DefaultArguments"] == {"--topic": made.outputs["Name"]}


def test_an_attribute_that_a_resource_does_not_have_is_an_error(account: Account):
    arguments = {"--x": {"Fn::GetAtt": ["Topic", "Nonsense"]}}
    deployed = account.deploy("s", {"Topic": TOPIC, "Job": job(DefaultArguments=arguments)})
    assert "does not support attribute type Nonsense" in deployed.reason_of("Job")


def test_deleting_a_stack_keeps_what_its_template_retains(account: Account):
    account.deploy("s", {"Kept": {**BUCKET, "DeletionPolicy": "Retain"}, "Topic": TOPIC})
    account.cloudformation.delete_stack(StackName="s")
    assert len(account.s3.list_buckets()["Buckets"]) == 1
    assert account.client("sns").list_topics()["Topics"] == []
    assert not account.exists("s")


@pytest.mark.parametrize(("policy", "buckets"), [("Retain", 1), ("RetainExceptOnCreate", 0), ("Delete", 0)])
def test_a_failed_creation_leaves_only_what_says_retain(account: Account, policy, buckets):
    failing = {**job(Foo=1), "DependsOn": "Bucket"}
    account.deploy("s", {"Bucket": {**BUCKET, "DeletionPolicy": policy}, "Job": failing})
    assert len(account.s3.list_buckets()["Buckets"]) == buckets


def test_a_stack_whose_bucket_is_not_empty_cannot_be_deleted(account: Account):
    account.deploy("s", {"Bucket": {**BUCKET, "Properties": {"BucketName": f"full-{account.id}"}}})
    account.s3.put_object(Bucket=f"full-{account.id}", Key="a", Body=b"a")
    account.cloudformation.delete_stack(StackName="s")
    assert account.stack("s").status == "DELETE_FAILED"


def test_change_sets_are_found_by_stack_and_a_missing_one_is_told(account: Account):
    cloudformation = account.cloudformation
    cloudformation.delete_change_set(StackName="none", ChangeSetName="change")  # no error
    with pytest.raises(cloudformation.exceptions.ChangeSetNotFoundException, match="does not exist"):
        cloudformation.describe_change_set(StackName="none", ChangeSetName="change")
    for name in ("a", "b"):
        template = json.dumps({"Resources": {name: TOPIC}})
        cloudformation.create_change_set(
            StackName=name, ChangeSetName="same", ChangeSetType="CREATE", TemplateBody=template
        )
    described = cloudformation.describe_change_set(StackName="a", ChangeSetName="same")
    assert [change["ResourceChange"]["LogicalResourceId"] for change in described["Changes"]] == ["a"]


def test_previous_values_of_parameters_from_the_parameter_store_can_be_used(account: Account):
    account.client("ssm").put_parameter(Name="/version", Value="30", Type="String")
    parameters = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"}}
    for number, resources in enumerate(({"A": TOPIC}, {"A": TOPIC, "B": TOPIC})):
        template = json.dumps({"Parameters": parameters, "Resources": resources})
        given = [{"ParameterKey": "Version", "UsePreviousValue": True}] if number else []
        account.cloudformation.create_change_set(
            StackName="s",
            ChangeSetName=f"c{number}",
            ChangeSetType="UPDATE" if number else "CREATE",
            TemplateBody=template,
            Parameters=given,
        )
        account.cloudformation.execute_change_set(StackName="s", ChangeSetName=f"c{number}")
    assert account.stack("s").status == "UPDATE_COMPLETE"


def test_a_template_is_read_from_the_url_that_the_cli_makes(account: Account):
    account.put("templates/t.json", json.dumps({"Resources": {"Topic": TOPIC}}))
    host = account.cloud.endpoint.removeprefix("http://")
    url = f"https://s3.us-east-1.{host}/{account.bucket}/templates/t.json"
    account.cloudformation.create_stack(StackName="s", TemplateURL=url)
    assert account.stack("s").status == "CREATE_COMPLETE"


def test_the_partition_is_that_of_the_region(account: Account):
    cloudformation = account.client("cloudformation", "cn-north-1")
    value = {"Fn::Join": [" ", [{"Ref": "AWS::Partition"}, {"Ref": "AWS::URLSuffix"}]]}
    template = {"Resources": {"Topic": TOPIC}, "Outputs": {"Where": {"Value": value}}}
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(template))
    outputs = cloudformation.describe_stacks(StackName="s")["Stacks"][0]["Outputs"]
    assert outputs[0]["OutputValue"] == "aws-cn amazonaws.com.cn"


def test_the_cdk_cli_shows_the_resource_that_failed_and_why(account: Account, assembly_of, tmp_path):
    from tests.rehearsal.conftest import ROOT

    assembly = assembly_of("Broken", account.id, {"Resources": {"Job": job(WorkerType="H.1X", NumberOfWorkers=2)}})
    environment = account.cloud.environment(account.cloud.credentials(account.id), "us-east-1")
    ended = subprocess.run(
        [ROOT / "node_modules/.bin/cdk", "deploy", "--app", assembly, "--require-approval", "never", "--no-notices"],
        env=environment | {"HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, said
    assert "CREATE_FAILED" in said, said
    assert "H.1X" in said
    assert os.listdir(tmp_path / "cdk.out")  # the assembly is as it was
