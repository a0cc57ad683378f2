"""The stack of a stage's workflows: state machines, logs and schedules."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from aws_glue_cdk_baseline.config import parse_config
from aws_glue_cdk_baseline.data_lake import DataLakeStack
from aws_glue_cdk_baseline.glue_app_stage import GlueAppStage
from aws_glue_cdk_baseline.stage_workflows import StageWorkflow, WorkflowTask
from aws_glue_cdk_baseline.workflow import WorkflowsStack
from tests.unit.checkout import Checkout
from tests.unit.test_data_lake import of_type

MACHINE = "AWS::StepFunctions::StateMachine"
SCHEDULE = "AWS::Scheduler::Schedule"


@pytest.fixture
def workflow() -> StageWorkflow:
    tasks = (WorkflowTask("LoadOrders", (), {}, 0),)
    return StageWorkflow("Refresh", None, tasks, "rate(6 hours)", None, paused=False, minutes=60)


def stack_of(config: dict[str, Any], *workflows: StageWorkflow, stage: str = "dev") -> dict[str, Any]:
    app = cdk.App()
    one = parse_config(config).stage(stage)
    env = cdk.Environment(account=one.target.aws_account_id, region=one.target.aws_region)
    lake = DataLakeStack(app, "lake", stage_name=stage, env=env)
    stack = WorkflowsStack(app, "workflows", workflows=workflows, stage=one, lake=lake.data_lake, env=env)
    return dict(Template.from_stack(stack).to_json())


def test_a_state_machine_is_named_and_tagged_by_its_stage(templates):
    for stage in ("Dev", "Prod"):
        (machine,) = of_type(templates[f"Deploy{stage}-Workflows"], MACHINE)
        assert machine["Properties"]["StateMachineName"] == f"{stage.lower()}-RefreshLegislators"
        assert machine["Properties"]["StateMachineType"] == "STANDARD"
        assert machine["Properties"]["Tags"] == [{"Key": "stage", "Value": f"Deploy{stage}"}]


def test_it_logs_every_event_without_data_encrypted_and_for_a_year_and_is_traced(templates):
    template = templates["DeployProd-Workflows"]
    (machine,) = of_type(template, MACHINE)
    logging = machine["Properties"]["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}
    (group,) = of_type(template, "AWS::Logs::LogGroup")
    assert group["Properties"]["LogGroupName"] == "/aws/vendedlogs/states/prod-RefreshLegislators"
    assert group["Properties"]["RetentionInDays"] == 365
    assert "DataLakeKey" in str(group["Properties"]["KmsKeyId"])


def test_a_schedule_is_on_in_the_last_stage_and_off_elsewhere(templates):
    states = {}
    for stage in ("Dev", "Prod"):
        (schedule,) = of_type(templates[f"Deploy{stage}-Workflows"], SCHEDULE)
        states[stage] = schedule["Properties"]["State"]
        assert schedule["Properties"]["ScheduleExpression"] == "cron(0 6 * * ? *)"
        assert schedule["Properties"]["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert states == {"Dev": "DISABLED", "Prod": "ENABLED"}


def test_a_schedule_without_a_time_zone_is_meant_in_utc(config, workflow):
    (schedule,) = of_type(stack_of(config, workflow), SCHEDULE)
    assert schedule["Properties"]["ScheduleExpressionTimezone"] == "Etc/UTC"


def test_only_states_of_this_account_assumes_the_role(templates):
    (role,) = [
        one["Properties"]
        for name, one in templates["DeployDev-Workflows"]["Resources"].items()
        if one["Type"] == "AWS::IAM::Role" and name.startswith("RefreshLegislators")
    ]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789102"}}


def test_links_and_arns_are_those_of_the_partition(config, workflow):
    for account in ("pipelineAccount", "devAccount", "prodAccount"):
        config[account]["awsRegion"] = "cn-north-1"
    config["dev"]["connections"]["CustomerDatabase"]["network"]["availabilityZone"] = "cn-north-1a"
    (machine,) = of_type(stack_of(config, workflow), MACHINE)
    written = str(machine["Properties"]["DefinitionString"])
    assert "arn:aws-cn:states:::glue:startJobRun.sync" in written
    assert "https://cn-north-1.console.amazonaws.cn/states/home" in written


def test_a_stage_without_workflows_has_no_stack_of_them(config, checkout: Checkout):
    project = checkout.check()
    config["dev"]["workflows"] = {"RefreshLegislators": False}
    app = cdk.App()
    stage = GlueAppStage(
        app,
        "DeployDev",
        config=parse_config(config),
        stage="dev",
        catalog=project.catalog,
        workflows=project.workflows,
    )
    assert "DeployDev-Workflows" not in [
        stack.stack_name for stack in app.synth().get_nested_assembly(stage.artifact_id).stacks
    ]


def test_workflows_are_deployed_after_their_jobs(assembly):
    manifest = json.loads((assembly / "assembly-PipelineStack-DeployDev" / "manifest.json").read_text(encoding="utf-8"))
    artifacts = manifest["artifacts"]
    by_name = {
        one["properties"].get("stackName"): key
        for key, one in artifacts.items()
        if "stackName" in one.get("properties", {})
    }
    depended_on = artifacts[by_name["DeployDev-Workflows"]]["dependencies"]
    assert {by_name[f"DeployDev-{layer}"] for layer in ("DataLake", "Ingestion", "Transformation")} <= set(depended_on)
