"""Policies that AWS does not store: the resource that brings them fails, and the stack rolls back."""

from __future__ import annotations

from typing import Any

from tests.rehearsal.acting import TRUST_GLUE, Account
from tests.rehearsal.faults.fault import IAM, Fault, fault, faults
from tests.rehearsal.faults.sample_stage import SampleStage

DEPLOY = "Deploy…, Deploy"
ROLLS_BACK = "CREATE_FAILED at the resource; the stack rolls back"
QUOTAS = IAM + "reference_iam-quotas.html"


def policy(*resources: str, principal: str = "") -> dict[str, Any]:
    named = {"Principal": {"AWS": principal}} if principal else {}
    statements = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": each, **named} for each in resources]
    return {"Version": "2012-10-17", "Statement": statements}


def many(number: int) -> list[str]:
    return [f"arn:aws:s3:::orders/{index:060}" for index in range(number)]


@fault(
    "A trust of a role that is not there",
    where="DeployDev, IntegrationTest.Deploy",
    says='Invalid principal in policy: "AWS":"arn:aws:iam::…role/…IntegrationTestBuild',
    aws="stores no trust in a role that does not exist: the pipeline's stack makes the test's build role first",
    page=IAM + "reference_policies_elements_principal.html",
)
def test_a_test_role_that_trusts_a_missing_build(stage: SampleStage, fault: Fault):
    became = stage.deploy("IntegrationTest")
    assert became.status == "ROLLBACK_COMPLETE"
    fault.is_named_in(became.failures[0][2])


@fault(
    "A policy that is none",
    where=DEPLOY,
    says='Resource lake must be in ARN format or "*"',
    aws="answers MalformedPolicyDocument; the stack rolls back",
    page=IAM + "troubleshoot_policies.html",
)
def test_a_malformed_policy(stage: SampleStage, fault: Fault):
    def malform(template: dict[str, Any]) -> None:
        of_role = next(body for body in template["Resources"].values() if body["Type"] == "AWS::IAM::Policy")
        of_role["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] = "lake"

    became = stage.deployed("DataLake").deploy("Ingestion", malform)
    assert became.status == "ROLLBACK_COMPLETE"
    fault.is_named_in(became.failures[0][2])


@fault(
    "A layer whose role has grown beyond a role's policies",
    where=DEPLOY,
    says="Maximum policy size of 10240 bytes exceeded for role DeployDev-Ingestion-IngestionRole",
    aws="answers LimitExceeded; the update rolls back, and the role is what it was",
    page=QUOTAS,
)
def test_a_role_with_too_many_grants(stage: SampleStage, fault: Fault):
    def grow(template: dict[str, Any]) -> None:
        of_role = next(body for body in template["Resources"].values() if body["Type"] == "AWS::IAM::Policy")
        of_role["Properties"]["PolicyDocument"]["Statement"] += policy(*many(100))["Statement"]

    became = stage.deployed("DataLake").deployed("Ingestion").deploy("Ingestion", grow)
    assert became.status == "UPDATE_ROLLBACK_COMPLETE"
    fault.is_named_in(became.failures[0][2])
    iam = stage.account.client("iam")
    (role,) = (each["RoleName"] for each in iam.list_roles()["Roles"] if "IngestionRole" in each["RoleName"])
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    assert "orders" not in str(kept)


RESOURCES = {
    Fault(
        "A managed policy that is too long",
        DEPLOY,
        "Cannot exceed quota for PolicySize: 6144",
        ROLLS_BACK,
        QUOTAS,
    ): {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(*many(60))}},
    Fault(
        "A managed policy that is not there",
        DEPLOY,
        "Policy arn:aws:iam::aws:policy/AWSGlueServiceRolle does not exist",
        ROLLS_BACK,
        IAM + "troubleshoot_policies.html",
    ): {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": TRUST_GLUE,
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSGlueServiceRolle"],
        },
    },
    Fault(
        "A bucket's policy that names another bucket",
        DEPLOY,
        "Policy has invalid resource: arn:aws:s3:::other/*…MalformedPolicy",
        ROLLS_BACK,
        "AmazonS3/latest/userguide/bucket-policies.html",
    ): {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": "{bucket}", "PolicyDocument": policy("arn:aws:s3:::other/*", principal="*")},
    },
    Fault(
        "A key's policy that names a role that is not there",
        DEPLOY,
        "Policy contains a statement with one or more invalid principals: arn:aws:iam::111122223333:role/gone",
        ROLLS_BACK,
        "kms/latest/developerguide/key-policies.html",
    ): {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": policy("*", principal="arn:aws:iam::111122223333:role/gone")},
    },
}


@faults(RESOURCES, "resource")
def test_a_policy_that_is_refused(account: Account, fault: Fault, resource: dict[str, Any]):
    properties = dict(resource["Properties"])
    if "Bucket" in properties:
        properties["Bucket"] = account.bucket
    became = account.deploy("s", {"It": {**resource, "Properties": properties}})
    assert became.status == "ROLLBACK_COMPLETE"
    fault.is_named_in(became.reason_of("It"))
