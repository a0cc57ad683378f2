"""GlueAppStack by itself: it takes the plain dict of a config and only what it needs of it."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from aws_glue_cdk_baseline.catalog import load_catalog
from aws_glue_cdk_baseline.errors import BaselineError
from aws_glue_cdk_baseline.glue_app_stack import GlueAppStack
from tests.conftest import SAMPLE

CATALOG = load_catalog(SAMPLE / "aws_glue_cdk_baseline" / "job_scripts")
LEGISLATORS = "s3://awsglue-datasets/examples/us-legislators/all"


@pytest.fixture
def config() -> dict[str, Any]:
    return {
        "pipelineAccount": {"awsAccountId": "123456789101", "awsRegion": "us-east-1"},
        "dev": {
            "jobs": {
                "ProcessLegislators": {"inputLocation": f"{LEGISLATORS}/persons.json"},
                "JoinLegislators": {
                    "inputLocationOrgs": f"{LEGISLATORS}/organizations.json",
                    "inputLocationPersons": f"{LEGISLATORS}/persons.json",
                    "inputLocationMemberships": f"{LEGISLATORS}/memberships.json",
                },
                "DimCustomers": {"inputLocation": "s3://raw-data/customers/"},
            }
        },
    }


def template_of(config: dict[str, Any], stage: str = "dev", **kwargs: Any) -> Template:
    env = cdk.Environment(account="123456789102", region="us-east-1")
    stack = GlueAppStack(cdk.App(), "jobs", config=config, stage=stage, catalog=CATALOG, env=env, **kwargs)
    return Template.from_stack(stack)


def job_names(template: Template) -> set[str]:
    return {job["Properties"]["Name"] for job in template.find_resources("AWS::Glue::Job").values()}


def test_every_layers_jobs_and_a_lake_of_its_own(config):
    template = template_of(config)
    assert job_names(template) == {"dev-ProcessLegislators", "dev-JoinLegislators", "dev-DimCustomers"}
    template.resource_count_is("AWS::Glue::Database", 4)


def test_one_layers_jobs(config):
    assert job_names(template_of(config, layer="ingestion")) == {"dev-ProcessLegislators"}


def test_a_job_that_is_false_is_left_out(config):
    config["dev"]["jobs"]["DimCustomers"] = False
    assert "dev-DimCustomers" not in job_names(template_of(config))


def test_a_stage_overrides_a_jobs_settings(config):
    config["dev"]["jobs"]["DimCustomers"]["NumberOfWorkers"] = 10
    template = template_of(config)
    workers = {
        job["Properties"]["Name"]: job["Properties"]["NumberOfWorkers"]
        for job in template.find_resources("AWS::Glue::Job").values()
    }
    assert workers["dev-DimCustomers"] == 10
    assert workers["dev-JoinLegislators"] == 2


def test_a_role_for_each_layer(config):
    roles = template_of(config).find_resources("AWS::IAM::Role").values()
    assert {role["Properties"]["Description"] for role in roles} == {
        "Runs the ingestion jobs",
        "Runs the transformation jobs",
    }


def test_a_location_that_a_parameter_names_may_be_read(config):
    policies = template_of(config).find_resources("AWS::IAM::Policy")
    assert ":s3:::raw-data/customers/*" in str(policies)


def test_a_missing_stage_is_named(config):
    with pytest.raises(BaselineError, match="prd is missing"):
        template_of(config, stage="prd")


def test_without_an_account_and_a_region_the_stack_fits_any():
    stack = GlueAppStack(
        cdk.App(),
        "jobs",
        config={
            "pipelineAccount": {"awsAccountId": "123456789101", "awsRegion": "us-east-1"},
            "dev": {
                "jobs": {
                    "ProcessLegislators": False,
                    "JoinLegislators": False,
                    "DimCustomers": {"inputLocation": "s3://a-bucket/x"},
                }
            },
        },
        stage="dev",
        catalog=CATALOG,
    )
    assert job_names(Template.from_stack(stack)) == {"dev-DimCustomers"}
