"""Executions of state machines over real runs of the local Glue. Python shell jobs show it fastest."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.flowing import Workflows, machine, task

# fails for the first of its runs: a file in the bucket says whether there was one
SECOND_TIME = """
import boto3, sys
s3, bucket = boto3.client("s3"), sys.argv[sys.argv.index("--bucket") + 1]
tried = s3.list_objects_v2(Bucket=bucket, Prefix="tried")["KeyCount"]
s3.put_object(Bucket=bucket, Key=f"tried/{tried}", Body=b"")
if not tried:
    raise ValueError("not the first time")
"""


def test_a_task_waits_for_its_run_and_gives_it_as_aws_does(workflows: Workflows):
    job = workflows.account.make_job("x", "import sys; print(sys.argv)")
    arguments = {"--table.$": "States.Format('t_{}', $.n)", "--workflow_run_id.$": "$$.Execution.Name"}
    execution = workflows.run(machine(("Run", task(job, arguments=arguments))), {"n": 7})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    run = json.loads(execution["output"])
    seen = workflows.account.glue.get_job_runs(JobName=job)["JobRuns"]
    assert [one["Id"] for one in seen] == [run["Id"]]
    assert run["Arguments"] == {"--table": "t_7", "--workflow_run_id": execution["name"]}
    assert (run["JobName"], run["JobRunState"]) == ("x", "SUCCEEDED")
    assert abs(run["StartedOn"] / 1000 - datetime.now(tz=UTC).timestamp()) < 60
    assert "'--workflow_run_id', '" + execution["name"] in workflows.account.printed(run["Id"])[0]


def test_a_failed_run_fails_its_execution_with_job_run_and_error(workflows: Workflows):
    job = workflows.account.make_job("x", "raise ValueError('no such table')")
    execution = workflows.run(machine(("Run", task(job))))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(execution["cause"])
    assert (cause["JobName"], cause["JobRunState"]) == ("x", "FAILED")
    assert cause["ErrorMessage"] == "ValueError: no such table"
    assert cause["Id"].startswith("jr_")
    kinds = workflows.kinds(execution["executionArn"])
    assert kinds[-2:] == ["TaskFailed", "ExecutionFailed"]
    assert "TaskSucceeded" not in kinds


def test_a_retry_runs_the_job_once_more_and_succeeds(workflows: Workflows):
    account = workflows.account
    job = account.make_job("x", SECOND_TIME, DefaultArguments={"--bucket": account.bucket})
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.5}]
    begun = time.monotonic()
    execution = workflows.run(machine(("Run", task(job, Retry=retry))))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert time.monotonic() - begun > 1
    runs = account.glue.get_job_runs(JobName=job)["JobRuns"]
    assert [run["JobRunState"] for run in runs] == ["SUCCEEDED", "FAILED"]
    kinds = workflows.kinds(execution["executionArn"])
    assert (kinds.count("TaskScheduled"), kinds.count("TaskFailed"), kinds.count("TaskSucceeded")) == (2, 1, 1)


def test_a_run_too_many_is_an_error_that_a_retry_can_name(workflows: Workflows):
    job = workflows.account.make_job("x", "import time; time.sleep(2)")
    first = workflows.account.start(job)
    retry = [{"ErrorEquals": ["Glue.ConcurrentRunsExceededException"], "MaxAttempts": 20, "BackoffRate": 1}]
    plain = workflows.run(machine(("Run", task(job))))
    assert plain["error"] == "Glue.ConcurrentRunsExceededException"
    assert "Concurrent runs exceeded for x (Service: AWSGlue; Status Code: 400; Error Code: " in plain["cause"]
    patient = workflows.run(machine(("Run", task(job, Retry=retry))))
    assert patient["status"] == "SUCCEEDED", patient.get("cause")
    assert workflows.account.wait(job, first)["JobRunState"] == "SUCCEEDED"


def test_branches_run_side_by_side_and_a_choice_reads_what_they_give(workflows: Workflows):
    account = workflows.account
    # each waits for the other: one after the other they would never end
    script = (
        "import boto3, sys, time\n"
        "bucket, me, other = [sys.argv[sys.argv.index(f'--{name}') + 1] for name in ('b', 'm', 'o')]\n"
        "s3 = boto3.client('s3')\n"
        "s3.put_object(Bucket=bucket, Key=me, Body=b'')\n"
        "while not s3.list_objects_v2(Bucket=bucket, Prefix=other)['KeyCount']: time.sleep(0.1)\n"
    )
    names = [("one", "two"), ("two", "one")]
    for me, other in names:
        account.make_job(me, script, DefaultArguments={"--b": account.bucket, "--m": me, "--o": other})
    branches = [machine((f"Run {me}", task(me))) for me, _ in names]
    rule = {"Variable": "$[1].JobRunState", "StringEquals": "SUCCEEDED", "Next": "done"}
    execution = workflows.run(
        machine(
            ("Both", {"Type": "Parallel", "Branches": branches, "Next": "which"}),
            ("which", {"Type": "Choice", "Choices": [rule], "Default": "no"}),
            ("done", {"Type": "Pass", "Parameters": {"jobs.$": "$[*].JobName"}, "End": True}),
            ("no", {"Type": "Fail"}),
        )
    )
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == {"jobs": ["one", "two"]}


def test_each_item_of_a_map_has_a_run(workflows: Workflows):
    job = workflows.account.make_job("x", "", ExecutionProperty={"MaxConcurrentRuns": 2})
    chosen = {"table.$": "$.Arguments.--table"}
    each = machine(("Run", task(job, arguments={"--table.$": "$"}, ResultSelector=chosen)))
    items = {"Type": "Map", "ItemsPath": "$.tables", "ItemProcessor": each, "MaxConcurrency": 2, "End": True}
    execution = workflows.run(machine(("Each", items)), {"tables": ["a", "b", "c"]})
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert [one["table"] for one in json.loads(execution["output"])] == ["a", "b", "c"]


def test_states_runtime_is_not_caught_by_states_all(workflows: Workflows):
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "caught"}]
    wrong = task("x", arguments={"--a.$": "$.missing"}, Catch=catch)
    execution = workflows.run(machine(("Run", wrong), ("caught", {"Type": "Pass", "End": True})))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")
    assert "$.missing" in execution["cause"]


def test_an_aws_sdk_task_calls_the_service(workflows: Workflows):
    workflows.account.make_job("x", "")
    call = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:glue:getJob", "End": True}
    found = workflows.run(machine(("Look", {**call, "Parameters": {"JobName": "x"}})))
    assert found["status"] == "SUCCEEDED", found.get("cause")
    assert datetime.fromisoformat(json.loads(found["output"])["Job"]["CreatedOn"]).tzinfo
    missing = workflows.run(machine(("Look", {**call, "Parameters": {"JobName": "y"}})))
    assert missing["error"] == "Glue.EntityNotFoundException"


def test_a_machine_can_run_a_machine(workflows: Workflows):
    inner = workflows.make("inner", machine(("Say", {"Type": "Pass", "Result": {"said": 1}, "End": True})))
    call = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True}
    execution = workflows.run(machine(("Run", {**call, "Parameters": {"StateMachineArn": inner}})))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"])["Output"] == {"said": 1}


def test_history_comes_in_pages_and_either_order_with_its_moments(workflows: Workflows):
    states = [(f"s{n}", {"Type": "Pass", "Next": f"s{n + 1}"}) for n in range(3)]
    execution = workflows.run(machine(*states, ("s3", {"Type": "Succeed"})))["executionArn"]
    events = workflows.history(execution)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert abs((datetime.now(tz=UTC) - events[0]["timestamp"]).total_seconds()) < 60
    first = workflows.states.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=2)
    assert [event["type"] for event in first["events"]] == ["ExecutionSucceeded", "SucceedStateExited"]
    more = workflows.states.get_execution_history(
        executionArn=execution, reverseOrder=True, maxResults=2, nextToken=first["nextToken"]
    )
    assert [event["id"] for event in more["events"]] == [len(events) - 2, len(events) - 3]


def test_a_name_is_used_once_and_one_that_is_not_given_is_made(workflows: Workflows):
    arn = workflows.make("m", machine(("Say", {"Type": "Pass", "End": True})))
    start = workflows.states.start_execution
    first = start(stateMachineArn=arn, name="n")["executionArn"]
    workflows.wait(first)
    with pytest.raises(workflows.states.exceptions.ExecutionAlreadyExists):
        start(stateMachineArn=arn, name="n")
    with pytest.raises(workflows.states.exceptions.InvalidExecutionInput):
        start(stateMachineArn=arn, input="{")
    other = workflows.wait(start(stateMachineArn=arn)["executionArn"])
    assert len(other["name"]) > len("None")
    found = workflows.states.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    assert {one["executionArn"] for one in found} == {first, other["executionArn"]}


def test_accounts_run_their_own_jobs_side_by_side(workflows: Workflows, cloud):
    other = Workflows(Account(cloud, "200000006666"))
    started = []
    for where in (workflows, other):
        where.account.make_job("x", f"print('{where.account.id}')")
        started.append((where, where.start(machine(("Run", task("x"))))))
    for where, execution in started:
        found = where.wait(execution)
        assert found["status"] == "SUCCEEDED", found.get("cause")
        run = json.loads(found["output"])
        assert where.account.printed(run["Id"]) == [where.account.id]
        assert len(where.account.glue.get_job_runs(JobName="x")["JobRuns"]) == 1
    with pytest.raises(other.states.exceptions.ExecutionDoesNotExist):
        other.look(started[0][1])
