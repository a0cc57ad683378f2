"""Deployments that fail: the stack's events and the Deploy action say at which resource and why; what was, stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import Account
from tests.rehearsal.faults.fault import CLOUDFORMATION, GLUE, Fault, fault, faults
from tests.rehearsal.faults.sample_stage import SampleStage, job_of

TOPIC = {"Type": "AWS::SNS::Topic"}
DEPLOY = "Deploy…, Deploy"
ROLLS_BACK = "CREATE_FAILED at the resource; the stack rolls back"
JOB = CLOUDFORMATION + "aws-resource-glue-job.html"


def setting(what: str, says: str, page: str = JOB, aws: str = ROLLS_BACK) -> Fault:
    return Fault(what, DEPLOY, says, aws, page)


API = GLUE + "aws-glue-api-jobs-job.html"

SETTINGS: dict[Fault, dict[str, Any]] = {
    setting(
        "A property that a resource does not have",
        "Properties validation failed for resource…extraneous key [WorkerTypes] is not permitted",
    ): {"WorkerTypes": "G.1X"},
    setting("A job without a role", "Properties validation failed for resource…required key [Role] not found"): {
        "Role": None
    },
    setting(
        "A job's name of more than 255 characters",
        "Properties validation failed for resource…#/Name: failed validation constraint for keyword [maxLength]",
    ): {"Name": "x" * 256},
    setting("One worker", "Number of workers should be at least 2", API): {"NumberOfWorkers": 1},
    setting("A worker type that Glue does not have", "WorkerType…H.1X", API): {"WorkerType": "H.1X"},
    setting("A Glue version that there is not", "Glue version 5.7 is not supported", API): {"GlueVersion": "5.7"},
    setting("A timeout of more than 7 days", "Timeout should be between 1 and 10080 minutes", API): {"Timeout": 10081},
    setting(
        "Queuing together with retries",
        "Job run queuing cannot be enabled when max retries is greater than 0",
        API,
    ): {"JobRunQueuingEnabled": True, "MaxRetries": 1},
    setting("An argument without its dashes", "Argument names should start with --: stage", API): {
        "DefaultArguments": {"stage": "dev"}
    },
}


@faults(SETTINGS, "change")
def test_a_job_that_glue_refuses(stage: SampleStage, fault: Fault, change: dict[str, Any]):
    def set_up(template: dict[str, Any]) -> None:
        job = job_of(template)
        job.update(change)
        for name in [name for name, value in job.items() if value is None]:
            del job[name]

    became = stage.deployed("DataLake").deploy("Ingestion", set_up)
    assert became.status == "ROLLBACK_COMPLETE"
    ((resource, _, reason),) = became.failures
    assert resource.startswith("ProcessLegislators")
    fault.is_named_in(reason)
    assert stage.account.glue.get_jobs()["Jobs"] == []


@fault(
    "An update that fails",
    where=DEPLOY,
    says="Timeout should be between 1 and 10080 minutes",
    aws="UPDATE_FAILED at the resource, then UPDATE_ROLLBACK_COMPLETE: every resource is again what it was",
    page=CLOUDFORMATION + "stack-failure-options.html",
)
def test_a_failed_update_leaves_the_old_jobs_intact(stage: SampleStage, fault: Fault):
    stage.deployed("DataLake").deployed("Ingestion")
    before = stage.account.glue.get_job(JobName="dev-ProcessLegislators")["Job"]

    def change(template: dict[str, Any]) -> None:
        job = job_of(template)
        template["Resources"]["More"] = {"Type": "AWS::Glue::Job", "Properties": {**job, "Name": "dev-More"}}
        template["Resources"]["ZLast"] = {
            "Type": "AWS::Glue::Job",
            "Properties": {**job, "Name": "dev-Last", "Timeout": 99999},
            "DependsOn": ["More", next(name for name in template["Resources"] if name.startswith("ProcessLeg"))],
        }
        job["Command"]["ScriptLocation"] = "s3://elsewhere/broken.py"

    became = stage.deploy("Ingestion", change)
    assert became.status == "UPDATE_ROLLBACK_COMPLETE"
    fault.is_named_in(became.reason_of("ZLast"))
    assert [job["Name"] for job in stage.account.glue.get_jobs()["Jobs"]] == ["dev-ProcessLegislators"]
    after = stage.account.glue.get_job(JobName="dev-ProcessLegislators")["Job"]
    moving = ("LastModifiedOn",)
    assert {k: v for k, v in after.items() if k not in moving} == {k: v for k, v in before.items() if k not in moving}


@fault(
    "Two stages in one account that give one physical name",
    where=DEPLOY,
    says="dev-ProcessLegislators already exists in stack arn:aws:cloudformation:…stack/DeployDev-Ingestion/",
    aws="does not replace a resource that another stack has: its name is taken",
    page=CLOUDFORMATION + "aws-properties-name.html",
)
def test_a_name_collision_between_stages(stage: SampleStage, fault: Fault):
    stage.deployed("DataLake").deployed("Ingestion")
    became = stage.account.deploy("DeployQa-Ingestion", stage.template("Ingestion")["Resources"])
    assert became.status == "ROLLBACK_COMPLETE"
    fault.is_named_in(" ".join(reason for _, _, reason in became.failures))
    assert stage.account.glue.get_job(JobName="dev-ProcessLegislators")


@fault(
    "A topic of a name that is taken",
    where=DEPLOY,
    says="news already exists in stack arn:aws:cloudformation:",
    aws="does the same for types whose API would return the existing resource",
    page=CLOUDFORMATION + "aws-properties-name.html",
)
def test_a_name_collision_that_the_api_alone_would_let_pass(account: Account, fault: Fault):
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}
    account.deploy("one", {"Topic": topic})
    fault.is_named_in(account.deploy("two", {"Topic": topic}).reason_of("Topic"))


@fault(
    "A retained bucket whose stack is made again",
    where=DEPLOY,
    says="The requested bucket name is not available",
    aws="keeps what DeletionPolicy retains, and cannot make it again under the same name",
    page=CLOUDFORMATION + "aws-attribute-deletionpolicy.html",
)
def test_a_retained_resource_that_exists_already(account: Account, fault: Fault):
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": f"lake-{account.id}"}}
    account.deploy("s", {"Bucket": bucket})
    account.cloudformation.delete_stack(StackName="s")
    fault.is_named_in(account.deploy("s", {"Bucket": bucket}).reason_of("Bucket"))


@fault(
    "An import of what no stack exports",
    where=DEPLOY,
    says="No export named DeployDev-DataLake:ExportsOutput…found",
    aws="fails the stack that imports: the lake's stack must be deployed first",
    page=CLOUDFORMATION + "intrinsic-function-reference-importvalue.html",
)
def test_a_layer_without_its_lake(stage: SampleStage, fault: Fault):
    became = stage.deploy("Ingestion")
    assert became.status == "ROLLBACK_COMPLETE"
    fault.is_named_in(" ".join(reason for _, _, reason in became.failures))


IN_USE = "as it is in use by DeployDev-Ingestion"


@faults(
    {
        Fault(
            "An export that is taken away while a stack imports it",
            DEPLOY,
            f"Export DeployDev-DataLake:ExportsOutput…cannot be deleted {IN_USE}",
            "rolls the update back",
            CLOUDFORMATION + "using-cfn-stack-exports.html",
        ): lambda outputs: outputs.clear(),
        Fault(
            "An export that is changed while a stack imports it",
            DEPLOY,
            f"Export DeployDev-DataLake:ExportsOutput…cannot be updated {IN_USE}",
            "rolls the update back",
            CLOUDFORMATION + "using-cfn-stack-exports.html",
        ): lambda outputs: [output.update(Value="another") for output in outputs.values()],
    },
    "change",
)
def test_an_export_in_use(stage: SampleStage, fault: Fault, change: Any):
    stage.deployed("DataLake").deployed("Ingestion")
    became = stage.deploy("DataLake", lambda template: change(template["Outputs"]))
    assert became.status == "UPDATE_ROLLBACK_COMPLETE"
    fault.is_named_in(became.reason)


@fault(
    "A stack that is deleted while another imports from it",
    where="cdk destroy",
    says="Export DeployDev-DataLake:ExportsOutput…cannot be deleted as it is in use by DeployDev-Ingestion",
    aws="leaves the stack as it is, with the reason in its status",
    page=CLOUDFORMATION + "using-cfn-stack-exports.html",
)
def test_a_lake_that_is_deleted_before_its_layers(stage: SampleStage, fault: Fault):
    stage.deployed("DataLake").deployed("Ingestion")
    stage.account.cloudformation.delete_stack(StackName="DeployDev-DataLake")
    stack = stage.account.stack("DeployDev-DataLake")
    assert stack.status == "CREATE_COMPLETE"
    fault.is_named_in(stack.reason)
    assert stage.account.s3.list_buckets()["Buckets"]


@fault(
    "A stack in ROLLBACK_COMPLETE that is deployed again",
    where="Deploy…, Prepare",
    says="is in ROLLBACK_COMPLETE state and can not be updated",
    aws="takes only the deletion of such a stack; the CDK's command line deletes it by itself, a pipeline does not",
    page=CLOUDFORMATION + "troubleshooting.html",
)
def test_a_stack_whose_creation_was_rolled_back(account: Account, fault: Fault):
    assert account.deploy("s", {"Topic": {**TOPIC, "Properties": {"Colour": "red"}}}).status == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError) as caught:
        account.deploy("s", {"Topic": TOPIC})
    fault.is_named_in(str(caught.value))


@fault(
    "A change set without changes",
    where="Deploy…, Prepare (green, as on AWS)",
    says="The submitted information didn't contain changes",
    aws="gives the change set the status FAILED with this reason; CodePipeline's action passes it as nothing to do",
    page=CLOUDFORMATION + "using-cfn-updating-stacks-changesets-create.html",
)
def test_a_change_set_without_changes(account: Account, fault: Fault):
    account.deploy("s", {"Topic": TOPIC})
    template = json.dumps({"Resources": {"Topic": TOPIC}, "Outputs": {}})
    given = {"StackName": "s", "ChangeSetName": "c"}
    account.cloudformation.create_change_set(**given, ChangeSetType="UPDATE", TemplateBody=template)
    described = account.cloudformation.describe_change_set(**given)
    assert described["Status"] == "FAILED"
    fault.is_named_in(described["StatusReason"])
