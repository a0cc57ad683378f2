"""A workflow's role is what calls: a permission that it lacks fails the state that needed it, and names the action."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.rehearsal.acting import ALLOW_ALL, REGION, TRUST_GLUE
from tests.rehearsal.flowing import TRUST_STATES, Workflows, machine, task

SLEEP = "import time; time.sleep(60)"
PASS = {"Type": "Pass", "End": True}


def allow(actions: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def arn_of_job(workflows: Workflows, name: str) -> str:
    return f"arn:aws:glue:{REGION}:{workflows.account.id}:job/{name}"


def test_a_role_with_what_it_needs_runs_its_job_and_no_other(workflows: Workflows):
    for name in ("mine", "yours"):
        workflows.account.make_job(name, "")
    actions = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    role = workflows.role_of("narrow", allow(actions, arn_of_job(workflows, "mine")))
    execution = workflows.run(machine(("Run", task("mine"))), roleArn=role)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    execution = workflows.run(machine(("Run", task("yours"))), roleArn=role)
    assert (execution["status"], execution["error"]) == ("FAILED", "Glue.AccessDeniedException")
    assert f"arn:aws:sts::{workflows.account.id}:assumed-role/narrow/" in execution["cause"]
    missing = f"glue:StartJobRun on resource: {arn_of_job(workflows, 'yours')} because no identity-based policy allows"
    assert missing in execution["cause"]
    assert workflows.account.glue.get_job_runs(JobName="yours")["JobRuns"] == []


def test_a_role_that_may_start_but_not_look_fails(workflows: Workflows):
    workflows.account.make_job("x", "")
    role = workflows.role_of("blind", allow("glue:StartJobRun", "*"))
    execution = workflows.run(machine(("Run", task("x"))), roleArn=role)
    assert execution["error"] == "Glue.AccessDeniedException"
    assert "not authorized to perform: glue:GetJobRun on resource" in execution["cause"]


def test_a_role_that_may_not_stop_leaves_its_run_behind(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    role = workflows.role_of("careless", allow(["glue:StartJobRun", "glue:GetJobRun"], "*"))
    execution = workflows.run(machine(("Run", task(job)), TimeoutSeconds=3), roleArn=role)
    assert execution["status"] == "TIMED_OUT"
    run = workflows.wait_for_runs(job)[0]
    assert run["JobRunState"] in ("STARTING", "RUNNING")
    workflows.account.glue.batch_stop_job_run(JobName=job, JobRunIds=[run["Id"]])


def publishing(topic: str) -> dict[str, Any]:
    say = {"TopicArn": topic, "Subject": "s", "Message": {"a.$": "$.a"}}
    return machine(("Tell", {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": say,
                             "End": True}))  # fmt: skip


def test_publishing_needs_the_action_on_the_topic(workflows: Workflows):
    sns = workflows.account.client("sns")
    topics = [sns.create_topic(Name=name)["TopicArn"] for name in ("mine", "yours")]
    role = workflows.role_of("teller", allow("sns:Publish", topics[0]))
    told = workflows.run(publishing(topics[0]), {"a": 1}, roleArn=role)
    assert told["status"] == "SUCCEEDED", told.get("cause")
    assert "MessageId" in json.loads(told["output"])
    denied = workflows.run(publishing(topics[1]), {"a": 1}, roleArn=role)
    assert denied["error"] == "SNS.AuthorizationErrorException"
    assert f"sns:Publish on resource: {topics[1]} because no identity-based policy allows" in denied["cause"]


def test_publishing_is_denied_by_the_topic_s_policy(workflows: Workflows):
    sns = workflows.account.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    denied = workflows.run(publishing(topic), {"a": 1})
    assert denied["error"] == "SNS.AuthorizationErrorException"
    assert "with an explicit deny in a resource-based policy" in denied["cause"]


@pytest.mark.parametrize("by", ["Arn", "alias"])
def test_publishing_to_an_encrypted_topic_needs_its_key(workflows: Workflows, by):
    account = workflows.account
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Action": "kms:*",
            "Resource": "*"}  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    key = account.client("kms").create_key(Policy=policy)["KeyMetadata"]
    account.client("kms").create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    named = {"Arn": key["Arn"], "alias": "alias/mine"}[by]
    topic = account.client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": named})["TopicArn"]
    publish = allow("sns:Publish", topic)
    without = workflows.role_of("without", publish)
    having = workflows.role_of("having", publish, allow(["kms:GenerateDataKey*", "kms:Decrypt"], key["Arn"]))
    denied = workflows.run(publishing(topic), {"a": 1}, roleArn=without)
    assert denied["error"] == "SNS.KMSAccessDeniedException"
    assert f"kms:GenerateDataKey on resource: {key['Arn']} because no identity-based policy" in denied["cause"]
    told = workflows.run(publishing(topic), {"a": 1}, roleArn=having)
    assert told["status"] == "SUCCEEDED", told.get("cause")


@pytest.mark.parametrize("trust", [TRUST_GLUE, None])
def test_a_role_that_step_functions_may_not_assume_is_refused(workflows: Workflows, trust):
    account = workflows.account
    role = account.make_role("other", ALLOW_ALL, trust=trust) if trust else f"arn:aws:iam::{account.id}:role/none"
    with pytest.raises(workflows.states.exceptions.ClientError) as refused:
        workflows.make("m", machine(("a", PASS)), roleArn=role)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "Neither the global service principal states.amazonaws.com, nor the regional one" in str(refused.value)


def test_a_role_may_trust_the_regional_name(workflows: Workflows):
    statement = {**TRUST_STATES["Statement"][0], "Principal": {"Service": f"states.{REGION}.amazonaws.com"}}  # type: ignore[dict-item]
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    role = workflows.role_of("regional", ALLOW_ALL, trust=trust)
    workflows.account.make_job("x", "")
    assert workflows.run(machine(("Run", task("x"))), roleArn=role)["status"] == "SUCCEEDED"


def test_a_role_that_lost_its_trust_fails_the_task(workflows: Workflows):
    workflows.account.make_job("x", "")
    arn = workflows.make("m", machine(("Run", task("x"))))
    iam = workflows.account.client("iam")
    iam.update_assume_role_policy(RoleName="workflow", PolicyDocument=json.dumps(TRUST_GLUE))
    started = workflows.states.start_execution(stateMachineArn=arn)["executionArn"]
    execution = workflows.wait(started)
    assert execution["status"] == "FAILED"
    assert "states.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: " in execution["cause"]


def test_a_machine_that_logs_needs_a_log_group_and_the_permission_of_log_delivery(workflows: Workflows):
    logs = workflows.account.client("logs")
    logs.create_log_group(logGroupName="/workflows")
    prefix = f"arn:aws:logs:{REGION}:{workflows.account.id}:log-group:"

    def to(group: str) -> dict[str, Any]:
        return {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{prefix}{group}"}}]}

    definition = machine(("a", PASS))
    workflows.make("good", definition, loggingConfiguration=to("/workflows:*"))
    for group in ("/none:*", "/workflows"):
        with pytest.raises(workflows.states.exceptions.InvalidLoggingConfiguration):
            workflows.make("m", definition, loggingConfiguration=to(group))
    mute = workflows.role_of("mute", allow("glue:*", "*"))
    with pytest.raises(workflows.states.exceptions.ClientError, match="not authorized to access the Log Destination"):
        workflows.make("m", definition, roleArn=mute, loggingConfiguration=to("/workflows:*"))


def test_a_session_is_held_to_its_policies_when_it_starts_an_execution(workflows: Workflows):
    arn = workflows.make("m", machine(("a", PASS)))
    call = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
    role = workflows.role_of("starter", allow("states:StartExecution", arn))
    calls = machine(("Run", {**call, "Parameters": {"StateMachineArn": arn}}))
    assert workflows.run(calls, roleArn=role)["status"] == "SUCCEEDED"
    other = workflows.make("other", machine(("a", PASS)))
    denied = workflows.run(machine(("Run", {**call, "Parameters": {"StateMachineArn": other}})), roleArn=role)
    assert "not authorized to perform: states:StartExecution on resource" in denied["cause"]


def test_a_condition_may_ask_for_a_machines_tag(workflows: Workflows):
    call = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution", "End": True}
    of_dev = {"Condition": {"StringEquals": {"aws:ResourceTag/stage": "DeployDev"}}}
    role = workflows.role_of("tester", {**allow("states:StartExecution", "*"), **of_dev})
    ends = {}
    for stage in ("DeployDev", "DeployProd"):
        arn = workflows.make(stage, machine(("a", PASS)), tags=[{"key": "stage", "value": stage}])
        ends[stage] = workflows.run(machine(("Run", {**call, "Parameters": {"StateMachineArn": arn}})), roleArn=role)
    assert ends["DeployDev"]["status"] == "SUCCEEDED", ends["DeployDev"].get("cause")
    assert "not authorized to perform: states:StartExecution on resource" in ends["DeployProd"]["cause"]
