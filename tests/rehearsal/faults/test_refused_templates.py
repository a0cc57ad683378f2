"""Templates that CloudFormation takes none of: the action that prepares the change set, or `cdk deploy`, says why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import Account
from tests.rehearsal.faults.fault import CDK, CLOUDFORMATION, Fault, fault, faults
from tests.rehearsal.faults.sample_stage import SampleStage, job_of

TOPIC = {"Type": "AWS::SNS::Topic"}
PREPARE = "Deploy…, Prepare"
QUOTAS = CLOUDFORMATION + "cloudformation-limits.html"
REFUSES = "CreateChangeSet answers ValidationError; nothing is made"


def many(word: str, value: Any, number: int) -> dict[str, Any]:
    return {f"{word}{index}": value for index in range(number)}


def named(value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": value}}


def refused(what: str, says: str, page: str, aws: str = REFUSES) -> Fault:
    return Fault(what, PREPARE, says, aws, page)


TEMPLATES = {
    refused("A template of more than 1 MB", "Template may not exceed 1000000 bytes in size", QUOTAS): {
        "Metadata": {"Text": "x" * 1_000_000},
        "Resources": {"Topic": TOPIC},
    },
    refused("501 resources", "Number of resources, 501, is greater than maximum allowed, 500", QUOTAS): {
        "Resources": many("Topic", TOPIC, 501)
    },
    refused("201 parameters", "Number of parameters, 201, is greater than maximum allowed, 200", QUOTAS): {
        "Parameters": many("Word", {"Type": "String", "Default": ""}, 201),
        "Resources": {"Topic": TOPIC},
    },
    refused("201 outputs", "Number of outputs, 201, is greater than maximum allowed, 200", QUOTAS): {
        "Resources": {"Topic": TOPIC},
        "Outputs": many("Word", {"Value": "x"}, 201),
    },
    refused(
        "Resources that depend on each other",
        "Circular dependency between resources: [First, Second]",
        CLOUDFORMATION + "troubleshooting.html",
    ): {"Resources": {"First": {**TOPIC, "DependsOn": "Second"}, "Second": named({"Fn::Sub": "${First.TopicName}"})}},
    refused(
        "A reference to a resource that is not there",
        "Unresolved resource dependencies [Missing] in the Resources block",
        CLOUDFORMATION + "intrinsic-function-reference-ref.html",
    ): {"Resources": {"Topic": named({"Ref": "Missing"})}},
    refused(
        "DependsOn of a resource that is not there",
        "Unresolved resource dependencies [Missing] in the Resources block",
        CLOUDFORMATION + "aws-attribute-dependson.html",
    ): {"Resources": {"Topic": {**TOPIC, "DependsOn": "Missing"}}},
    refused(
        "An attribute of a resource that is not there",
        "Fn::GetAtt references undefined resource Missing",
        CLOUDFORMATION + "intrinsic-function-reference-getatt.html",
    ): {"Resources": {"Topic": TOPIC}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Missing", "Arn"]}}}},
    refused(
        "A condition that is not there",
        "Unresolved condition dependency IsProd in the Resources block",
        CLOUDFORMATION + "conditions-section-structure.html",
    ): {"Resources": {"Topic": {**TOPIC, "Condition": "IsProd"}}},
    refused(
        "A resource type that AWS does not have",
        "Unrecognized resource types: [AWS::Glue::Jobb]",
        CLOUDFORMATION + "resources-section-structure.html",
    ): {"Resources": {"Job": {"Type": "AWS::Glue::Jobb"}}},
    refused(
        "A key that resources do not have",
        "Invalid template resource property 'Propertys' (resource Topic)",
        CLOUDFORMATION + "resources-section-structure.html",
    ): {"Resources": {"Topic": {**TOPIC, "Propertys": {}}}},
    refused(
        "A parameter without a value",
        "Parameters: [Word] must have values",
        CLOUDFORMATION + "parameters-section-structure.html",
    ): {"Parameters": {"Word": {"Type": "String"}}, "Resources": {"Topic": named({"Ref": "Word"})}},
    refused(
        "A parameter with a value that is not allowed",
        "Parameter 'Stage' must be one of AllowedValues (dev, prod), not qa",
        CLOUDFORMATION + "parameters-section-structure.html",
    ): {
        "Parameters": {"Stage": {"Type": "String", "Default": "qa", "AllowedValues": ["dev", "prod"]}},
        "Resources": {"Topic": TOPIC},
    },
}


@faults(TEMPLATES, "template")
def test_a_template_that_cloudformation_refuses(account: Account, fault: Fault, template: dict[str, Any]):
    create = account.cloudformation.create_change_set
    with pytest.raises(ClientError, match="ValidationError") as caught:
        create(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=json.dumps(template))
    fault.is_named_in(str(caught.value))
    assert not account.exists("s")


@fault(
    "A job more than a stack may hold",
    where=PREPARE,
    says="Number of resources, 501, is greater than maximum allowed, 500",
    aws="refuses a layer that has grown beyond a stack's quota; the catalog has a layer per stack for that reason",
    page=QUOTAS,
)
def test_a_layer_with_too_many_jobs(stage: SampleStage, fault: Fault):
    def add_jobs(template: dict[str, Any]) -> None:
        job = job_of(template)
        for number in range(501 - len(template["Resources"])):
            template["Resources"][f"Job{number}"] = {
                "Type": "AWS::Glue::Job",
                "Properties": {**job, "Name": f"{number}"},
            }

    stage.deployed("DataLake")
    with pytest.raises(ClientError) as caught:
        stage.deploy("Ingestion", add_jobs)
    fault.is_named_in(str(caught.value))
    assert stage.account.glue.get_jobs()["Jobs"] == []


@fault(
    "A bootstrap that is too old",
    where=PREPARE,
    says="CDK bootstrap stack version 6 required. Please run 'cdk bootstrap'",
    aws="evaluates the template's rule CheckBootstrapVersion and refuses the template with the rule's own text",
    page=CLOUDFORMATION + "rules-section-structure.html",
)
def test_a_bootstrap_that_is_too_old(stage: SampleStage, fault: Fault):
    version = {"Name": "/cdk-bootstrap/hnb659fds/version", "Value": "5", "Type": "String", "Overwrite": True}
    stage.account.client("ssm").put_parameter(**version)
    template = json.dumps(stage.template("DataLake"))
    with pytest.raises(ClientError) as caught:
        stage.account.cloudformation.create_stack(StackName="s", TemplateBody=template)
    fault.is_named_in(str(caught.value))


@fault(
    "An account without a bootstrap, met by CloudFormation",
    where=PREPARE,
    says="Unable to fetch parameters [/cdk-bootstrap/hnb659fds/version] from parameter store for this account",
    aws="cannot read the bootstrap's version, which every template of the CDK asks for",
    page=CDK + "bootstrapping-troubleshoot.html",
)
def test_a_bootstrap_that_is_missing(stage: SampleStage, fault: Fault):
    stage.account.client("ssm").delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
    with pytest.raises(ClientError) as caught:
        stage.deploy("DataLake")
    fault.is_named_in(str(caught.value))


@fault(
    "Roles that nobody has acknowledged",
    where="Deploy…, Deploy",
    says="InsufficientCapabilitiesException…Requires capabilities : [CAPABILITY_IAM]",
    aws="makes no role unless the caller passes CAPABILITY_IAM, or CAPABILITY_NAMED_IAM for roles with names",
    page=CLOUDFORMATION + "using-iam-template.html",
)
def test_roles_that_nobody_has_acknowledged(stage: SampleStage, fault: Fault):
    template = json.dumps(stage.template("Ingestion"))
    with pytest.raises(ClientError) as caught:
        stage.account.cloudformation.create_stack(StackName="s", TemplateBody=template)
    fault.is_named_in(str(caught.value))
