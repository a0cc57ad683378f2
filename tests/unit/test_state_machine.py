"""A workflow's definition in Amazon States Language: what runs when, what is tried again, what a failure does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.account import Account
from aws_glue_cdk_baseline.stage_workflows import StageWorkflow, WorkflowTask
from aws_glue_cdk_baseline.state_machine import definition, limit_mistake
from tests.unit.states_language import Failure, Interpreter, run_failed
from tests.unit.test_job_order import Graph, closure, graphs

ACCOUNT = Account.model_validate({"awsAccountId": "123456789102", "awsRegion": "eu-west-1"})
TOPIC = "arn:aws:sns:eu-west-1:123456789102:dev-notifications"
DIAMOND: Graph = {"Read": [], "Left": ["Read"], "Right": ["Read"], "Load": ["Left", "Right"]}
BUSY = Failure("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded for dev-Read")


def workflow(graph: Graph, *, retries: int = 0, arguments: Mapping[str, str] | None = None) -> StageWorkflow:
    tasks = tuple(WorkflowTask(job, tuple(after), arguments or {}, retries) for job, after in graph.items())
    return StageWorkflow("Refresh", "Every morning", tasks, None, None, paused=False, minutes=90)


def written(graph: Graph, **options: Any) -> dict[str, Any]:
    """The definition as the service reads it."""
    text = json.dumps(definition(workflow(graph, **options), stage="dev", account=ACCOUNT, topic_arn=TOPIC))
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def state_names(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for branch in state.get("Branches", []):
            yield from state_names(branch)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(graphs(), st.lists(st.floats(0.1, 100), min_size=9, max_size=9))
def test_every_job_runs_once_and_after_what_it_waits_for_however_long_each_takes(graph: Graph, times: list[float]):
    execution = Interpreter(seconds={f"dev-{job}": time for job, time in zip(graph, times, strict=False)})
    execution.execute(written(graph))
    runs = {run.job.removeprefix("dev-"): run for run in execution.runs}
    assert sorted(run.job for run in execution.runs) == sorted(f"dev-{job}" for job in graph)
    for job, other in closure(graph):
        assert runs[job].began >= runs[other].ended, f"{job} began before {other} ended"


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(graphs(), st.data())
def test_after_a_failure_what_depends_on_it_never_starts_and_the_execution_fails(graph: Graph, data: st.DataObject):
    broken = data.draw(st.sampled_from(list(graph)))
    execution = Interpreter(outcomes={f"dev-{broken}": [run_failed(f"dev-{broken}")]})
    with pytest.raises(Failure) as failed:
        execution.execute(written(graph))
    assert failed.value.error == "JobFailed"
    ran = {run.job.removeprefix("dev-") for run in execution.runs}
    assert not ran & {job for job, other in closure(graph) if other == broken}
    assert [message["Subject"] for message in execution.messages] == [f"dev-{broken} failed in the workflow Refresh"]


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(graphs())
def test_a_definition_keeps_the_services_schema_and_limits(graph: Graph):
    machine = written(graph)
    names = list(state_names(machine))
    assert len(names) == len(set(names)), "a state's name is unique in the whole definition"
    assert max(map(len, names)) <= 80
    properties = {"RoleArn": "arn:aws:iam::123456789102:role/r", "Definition": machine}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    assert found_by_cfn_lint({"Resources": {"Machine": resource}}) == []


def test_names_of_states_have_room_for_the_longest_name_of_a_job():
    assert max(map(len, state_names(written({"J" * 70: [], "K" * 70: []})))) <= 80


def test_side_by_side_means_at_the_same_time():
    execution = Interpreter(seconds={"dev-Left": 5, "dev-Right": 7})
    execution.execute(written(DIAMOND))
    assert execution.began("dev-Left") == execution.began("dev-Right") == 1
    assert execution.began("dev-Load") == 8


def test_what_does_not_depend_on_a_failed_job_runs_to_its_end():
    graph = {**DIAMOND, "AfterRight": ["Right"], "Apart": [], "AfterApart": ["Apart"]}
    graph["Load"] = ["Left"]
    execution = Interpreter(outcomes={"dev-Left": [run_failed("dev-Left")]})
    with pytest.raises(Failure):
        execution.execute(written(graph))
    ran = {run.job for run in execution.runs}
    assert ran == {"dev-Read", "dev-Left", "dev-Right", "dev-AfterRight", "dev-Apart", "dev-AfterApart"}


def test_a_failure_is_reported_with_run_error_and_links():
    execution = Interpreter(outcomes={"dev-Left": [run_failed("dev-Left")]})
    with pytest.raises(Failure) as failed:
        execution.execute(written(DIAMOND))
    (message,) = execution.messages
    assert message["TopicArn"] == TOPIC
    console = "https://eu-west-1.console.aws.amazon.com"
    assert message["Message"] == (
        "dev-Left failed in the workflow Refresh of dev.\n\n"
        "State: FAILED\nError: no such table\nRun: jr_dev-Left\n\n"
        f"Run and logs: {console}/gluestudio/home?region=eu-west-1#/job/dev-Left/run/jr_dev-Left\n"
        f"Execution: {console}/states/home?region=eu-west-1#/v2/executions/details/arn:aws:states:::execution:morning"
    )
    assert failed.value == Failure("JobFailed", "dev-Left: FAILED, run jr_dev-Left: no such table")


def test_a_run_without_an_error_message_is_reported_too():
    stopped = run_failed("dev-Read", JobRunState="STOPPED", ErrorMessage=None)
    execution = Interpreter(outcomes={"dev-Read": [stopped]})
    with pytest.raises(Failure) as failed:
        execution.execute(written(DIAMOND))
    assert failed.value.cause == "dev-Read: STOPPED, run jr_dev-Read: Glue gives no error message"


def test_a_job_that_glue_never_took_is_reported_too():
    denied = Failure("Glue.AccessDeniedException", "not authorized to perform: glue:StartJobRun")
    execution = Interpreter(outcomes={"dev-Read": [denied]})
    with pytest.raises(Failure) as failed:
        execution.execute(written(DIAMOND))
    assert failed.value.cause == f"dev-Read: {denied.error}, run none: {denied.cause}"
    assert len(execution.runs) == 1


def test_each_of_several_failures_is_reported_and_the_first_of_the_file_ends_the_execution():
    outcomes = {"dev-Left": [run_failed("dev-Left")], "dev-Right": [run_failed("dev-Right")]}
    execution = Interpreter(seconds={"dev-Left": 9}, outcomes=outcomes)
    with pytest.raises(Failure) as failed:
        execution.execute(written(DIAMOND))
    assert len(execution.messages) == 2
    assert failed.value.cause.startswith("dev-Left: ")


def test_a_report_that_cannot_be_sent_hides_no_failure():
    def refuse(message: Mapping[str, Any]) -> None:
        raise Failure("SNS.KmsException", "no")

    execution = Interpreter(outcomes={"dev-Left": [run_failed("dev-Left")]}, publish=refuse)
    with pytest.raises(Failure) as failed:
        execution.execute(written(DIAMOND))
    assert failed.value.cause.startswith("dev-Left: FAILED")


@pytest.mark.parametrize(
    "error",
    ["Glue.ConcurrentRunsExceededException", "Glue.ResourceNumberLimitExceededException", "Glue.ThrottlingException",
     "Glue.AWSGlueException", "Glue.InternalServiceException", "Glue.SdkClientException"],
)  # fmt: skip
def test_capacity_throttling_and_faults_are_tried_again(error: str):
    execution = Interpreter(outcomes={"dev-Read": [Failure(error, "not now")] * 5})
    execution.execute(written(DIAMOND))
    assert [run.job for run in execution.runs].count("dev-Read") == 6


@pytest.mark.parametrize("failure", [run_failed("dev-Read"), Failure("Glue.EntityNotFoundException", "no such job")])
def test_a_failed_script_is_not_tried_again_unless_the_workflow_asks_for_it(failure: Failure):
    outcomes = {"dev-Read": [failure, failure]}
    once = Interpreter(outcomes=outcomes)
    with pytest.raises(Failure):
        once.execute(written(DIAMOND))
    assert len(once.runs) == 1
    often = Interpreter(outcomes=outcomes)
    often.execute(written(DIAMOND, retries=2))
    assert [run.job for run in often.runs].count("dev-Read") == 3
    assert often.messages == []


def test_waits_between_attempts_grow_and_are_spread():
    for retrier in written(DIAMOND, retries=1)["States"]["Read"]["Retry"]:
        assert retrier["BackoffRate"] > 1
        assert retrier["MaxDelaySeconds"] > retrier["IntervalSeconds"]
        assert retrier["JitterStrategy"] == "FULL"


def test_a_run_knows_its_workflow_and_execution_and_has_the_workflows_parameters():
    execution = Interpreter()
    execution.execute(written({"Read": []}, arguments={"--tables": "$.orders"}))
    (run,) = execution.runs
    assert run.arguments == {"--workflow": "Refresh", "--workflow_run_id": "morning", "--tables": "$.orders"}


def test_the_input_of_an_execution_changes_nothing():
    execution = Interpreter()
    execution.execute(written(DIAMOND), {"failed": {"job": "x"}, "failures": [1]})
    assert len(execution.runs) == 4


def test_the_time_limit_is_the_executions():
    assert written(DIAMOND)["TimeoutSeconds"] == 90 * 60


def test_limits_of_the_service_are_kept_or_told():
    def wide(jobs: int) -> StageWorkflow:
        return workflow({f"{'J' * 50}{number}": [] for number in range(jobs)})

    assert limit_mistake(wide(100)) is None
    assert str(limit_mistake(wide(400))).endswith("Step Functions takes 1,000,000: divide it")
    task = WorkflowTask("J", (), {}, retries=10)
    many = replace(wide(1), tasks=tuple(replace(task, job=f"J{number}") for number in range(190)))
    assert str(limit_mistake(many)).endswith("an execution may have 25,000: divide it")


def test_cfn_lint_would_find_a_mistake_in_a_definition():
    machine = {**written(DIAMOND), "StartAt": "Nowhere"}
    properties = {"RoleArn": "arn:aws:iam::123456789102:role/r", "Definition": machine}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    assert found_by_cfn_lint({"Resources": {"Machine": resource}})


def found_by_cfn_lint(template: Mapping[str, Any]) -> list[str]:
    return [str(found) for found in lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))]
