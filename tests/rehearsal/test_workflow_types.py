"""State machines, schedules and topics as resources of a stack: made, changed, refused, taken away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.acting import ALLOW_ALL, REGION, TRUST_GLUE, Account
from tests.rehearsal.flowing import Workflows, machine, task

KIND = "AWS::StepFunctions::StateMachine"
SAY = machine(("a", {"Type": "Pass", "Result": "${word}", "End": True}))
TRUST_SCHEDULER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "scheduler.amazonaws.com"}}],
}


def test_a_definition_with_references_is_deployed_and_runs(workflows: Workflows):
    account = workflows.account
    location = account.put("x.py", "print('hello')")
    definition = json.dumps(machine(("Run", task("JOB")))).split("JOB")
    deployed = account.deploy(
        "s",
        {
            "Machine": {
                "Type": KIND,
                "Properties": {
                    "StateMachineName": "dev-Flow",
                    "RoleArn": workflows.role,
                    "DefinitionString": {"Fn::Join": ["", [definition[0], {"Ref": "Job"}, definition[1]]]},
                    "TracingConfiguration": {"Enabled": True},
                    "Tags": [{"Key": "stage", "Value": "dev"}],
                },
            },
            "Job": {
                "Type": "AWS::Glue::Job",
                "Properties": {
                    "Name": "dev-Job",
                    "Role": account.job_role,
                    "Command": {"Name": "pythonshell", "ScriptLocation": location},
                },
            },
        },
        {name: {"Value": {"Fn::GetAtt": ["Machine", name]}} for name in ("Arn", "Name", "StateMachineRevisionId")}
        | {"Ref": {"Value": {"Ref": "Machine"}}},
    )
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    arn = f"arn:aws:states:{REGION}:{account.id}:stateMachine:dev-Flow"
    assert deployed.outputs == {"Arn": arn, "Ref": arn, "Name": "dev-Flow", "StateMachineRevisionId": "INITIAL"}
    (listed,) = workflows.states.list_state_machines()["stateMachines"]
    assert (listed["name"], listed["type"]) == ("dev-Flow", "STANDARD")
    tags = workflows.states.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "stage", "value": "dev"}]
    started = workflows.states.start_execution(stateMachineArn=arn)["executionArn"]
    assert workflows.wait(started)["status"] == "SUCCEEDED"
    account.cloudformation.delete_stack(StackName="s")
    assert workflows.states.list_state_machines()["stateMachines"] == []


def said(workflows: Workflows, arn: str) -> str:
    started = workflows.states.start_execution(stateMachineArn=arn)["executionArn"]
    return str(json.loads(workflows.wait(started)["output"]))


def test_a_definition_may_lie_in_a_bucket_and_have_substitutions(workflows: Workflows):
    account = workflows.account
    account.put("flow.asl.json", json.dumps(SAY))
    account.put("flow.yaml", "StartAt: a\nStates: {a: {Type: Pass, Result: '${word}', End: true}}")
    places = {
        "Bucket": {"DefinitionS3Location": {"Bucket": account.bucket, "Key": "flow.asl.json"}},
        "Yaml": {"DefinitionS3Location": {"Bucket": account.bucket, "Key": "flow.yaml"}},
        "Object": {"Definition": SAY},
    }
    word = {"DefinitionSubstitutions": {"word": 'a "word"'}}
    common = {"RoleArn": workflows.role, **word}
    deployed = account.deploy(
        "s",
        {name: {"Type": KIND, "Properties": {**place, **common}} for name, place in places.items()},
        {name: {"Value": {"Ref": name}} for name in places},
    )
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    assert [said(workflows, arn) for arn in deployed.outputs.values()] == ['a "word"'] * 3


def test_an_update_changes_the_machine_in_place_and_keeps_its_executions(workflows: Workflows):
    def stack(word: str, tags: dict[str, str]) -> dict[str, Any]:
        properties = {
            "RoleArn": workflows.role,
            "DefinitionString": json.dumps(SAY).replace("${word}", word),
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        return {"Machine": {"Type": KIND, "Properties": properties}}

    outputs = {name: {"Value": {"Fn::GetAtt": ["Machine", name]}} for name in ("Arn", "StateMachineRevisionId")}
    first = workflows.account.deploy("s", stack("one", {"a": "1", "b": "1"}), outputs)
    arn = first.outputs["Arn"]
    assert said(workflows, arn) == "one"
    second = workflows.account.deploy("s", stack("two", {"b": "2"}), outputs)
    assert second.status == "UPDATE_COMPLETE", second.failures
    assert second.outputs["Arn"] == arn
    assert second.outputs["StateMachineRevisionId"] != first.outputs["StateMachineRevisionId"]
    assert said(workflows, arn) == "two"
    assert len(workflows.states.list_executions(stateMachineArn=arn)["executions"]) == 2
    assert workflows.states.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]


def wrong(workflows: Workflows, **changes: object) -> dict[str, Any]:
    return {"RoleArn": workflows.role, "DefinitionString": json.dumps(SAY)} | changes


def test_a_wrong_definition_fails_the_deployment_in_the_words_of_the_service(workflows: Workflows):
    definition = json.dumps(machine(("a", {"Type": "Pass", "Next": "b"}), ("c", {"Type": "Succeed"})))
    properties = wrong(workflows, DefinitionString=definition)
    deployed = workflows.account.deploy("s", {"M": {"Type": KIND, "Properties": properties}})
    assert deployed.status == "ROLLBACK_COMPLETE"
    assert deployed.reason_of("M") == (
        "Resource handler returned message: \"Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: "
        "Missing 'Next' target: b at /States/a/Next, MISSING_TRANSITION_TARGET: State \"c\" is not reachable. "
        "at /States/c'\" (Error Code: InvalidDefinition)"
    )


def test_a_role_of_another_service_fails_the_deployment(workflows: Workflows):
    role = workflows.account.make_role("glue", ALLOW_ALL, trust=TRUST_GLUE)
    deployed = workflows.account.deploy("s", {"M": {"Type": KIND, "Properties": wrong(workflows, RoleArn=role)}})
    assert "nor the regional one is authorized to assume the provided role" in deployed.reason_of("M")


def test_a_name_that_is_taken_fails_the_deployment(workflows: Workflows):
    arn = workflows.make("taken", SAY)
    properties = wrong(workflows, StateMachineName="taken")
    deployed = workflows.account.deploy("s", {"M": {"Type": KIND, "Properties": properties}})
    assert f"State Machine Already Exists: '{arn}'" in deployed.reason_of("M")
    assert workflows.states.describe_state_machine(stateMachineArn=arn)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"StateMachineKind": "x"}, "extraneous key [StateMachineKind] is not permitted"),
        ({"StateMachineType": "EXPRESS"}, "The rehearsal does not execute state machines of type EXPRESS"),
    ],
)
def test_properties_are_checked(workflows: Workflows, changes, said):
    deployed = workflows.account.deploy("s", {"M": {"Type": KIND, "Properties": wrong(workflows, **changes)}})
    assert said in deployed.reason_of("M")


def test_the_service_says_what_is_wrong_with_a_definition(workflows: Workflows):
    validate = workflows.states.validate_state_machine_definition
    assert validate(definition=json.dumps(SAY))["result"] == "OK"
    (found,) = (answer := validate(definition=json.dumps(machine(("a", {"Type": "Pass"})))))["diagnostics"]
    assert (answer["result"], found["severity"], found["location"]) == ("FAIL", "ERROR", "/States/a")


def schedule(role: str, expression: str, **more: object) -> dict[str, Any]:
    target = {"Arn": f"arn:aws:states:{REGION}:200000000001:stateMachine:x", "RoleArn": role, "Input": "{}"}
    return {
        "Name": "nightly",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target,
        **more,
    }


def test_a_schedule_is_made_changed_and_taken_away(account: Account):
    scheduler = account.client("scheduler")
    role = account.make_role("scheduler", ALLOW_ALL, trust=TRUST_SCHEDULER)

    def stack(expression: str, state: str) -> dict[str, Any]:
        properties = schedule(role, expression, GroupName={"Ref": "Group"}, State=state)
        return {
            "Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": properties},
            "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "workflows"}},
        }

    for expression, state in (("cron(0 2 * * ? *)", "ENABLED"), ("rate(1 hour)", "DISABLED")):
        deployed = account.deploy(
            "s", stack(expression, state), {"Arn": {"Value": {"Fn::GetAtt": ["Schedule", "Arn"]}}}
        )
        assert deployed.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), deployed.failures
        found = scheduler.get_schedule(Name="nightly", GroupName="workflows")
        assert (found["ScheduleExpression"], found["State"]) == (expression, state)
        assert deployed.outputs["Arn"] == found["Arn"]
    account.cloudformation.delete_stack(StackName="s")
    assert scheduler.list_schedules()["Schedules"] == []
    assert [group["Name"] for group in scheduler.list_schedule_groups()["ScheduleGroups"]] == ["default"]


@pytest.mark.parametrize(
    ("trust", "expression", "said"),
    [
        (TRUST_SCHEDULER, "cron(0 2 * * *)", "Invalid Schedule Expression cron(0 2 * * *)."),
        (TRUST_GLUE, "rate(1 day)", "must allow AWS EventBridge Scheduler to assume the role"),
    ],
)
def test_a_schedule_that_aws_would_refuse_fails_the_deployment(account: Account, trust, expression, said):
    properties = schedule(account.make_role("r", ALLOW_ALL, trust=trust), expression)
    deployed = account.deploy("s", {"S": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}})
    assert said in deployed.reason_of("S")


def test_an_update_of_a_topic_keeps_its_subscriptions_and_its_policy(account: Account):
    def stack(name: str) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sns:Publish",
                     "Resource": "*"}  # fmt: skip
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        subscription = {"TopicArn": {"Ref": "T"}, "Protocol": "email", "Endpoint": "a@example.com"}
        return {
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": name}},
            "S": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
            "P": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": [{"Ref": "T"}], "PolicyDocument": policy}},
        }

    sns = account.client("sns")
    for name in ("one", "two"):
        deployed = account.deploy("s", stack(name), {"Arn": {"Value": {"Ref": "T"}}})
        assert deployed.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), deployed.failures
        found = sns.get_topic_attributes(TopicArn=deployed.outputs["Arn"])["Attributes"]
        assert found["DisplayName"] == name
        assert "x.amazonaws.com" in found["Policy"]
        assert len(sns.list_subscriptions_by_topic(TopicArn=deployed.outputs["Arn"])["Subscriptions"]) == 1
    account.cloudformation.delete_stack(StackName="s")
    assert sns.list_topics()["Topics"] == []
