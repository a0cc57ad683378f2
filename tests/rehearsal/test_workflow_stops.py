"""Executions that end before they are done: timed out, stopped, failed beside a branch, together with the cloud."""

from __future__ import annotations

import json
import time
from pathlib import Path

from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
from tests.rehearsal.flowing import SYNC, Workflows, machine, task
from tests.rehearsal.processes import left_of

SLEEP = "import time; time.sleep(60)"
FAIL = ("failed", {"Type": "Fail", "ErrorPath": "$.problem.Error", "CausePath": "$.problem.Cause"})


def test_a_branch_that_fails_stops_the_runs_of_the_others_and_is_caught(workflows: Workflows):
    account = workflows.account
    account.make_job("slow", SLEEP)
    account.make_job("bad", "import time; time.sleep(2); raise ValueError('broken')")
    branches = [machine((f"Run {name}", task(name))) for name in ("slow", "bad")]
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "failed"}]
    execution = workflows.run(
        machine(("Both", {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}), FAIL)
    )
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(execution["cause"])["ErrorMessage"] == "ValueError: broken"
    slow = workflows.wait_for_runs("slow")[0]
    assert account.wait("slow", slow["Id"])["JobRunState"] == "STOPPED"


def test_a_task_that_takes_too_long_is_timed_out_and_its_run_is_stopped(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    caught = [{"ErrorEquals": ["States.Timeout"], "Next": "late"}]
    not_caught = [{"ErrorEquals": ["States.TaskFailed"], "Next": "wrong"}]
    execution = workflows.run(
        machine(
            ("Run", task(job, TimeoutSeconds=3, Catch=not_caught + caught)),
            ("late", {"Type": "Pass", "Result": "late", "End": True}),
            ("wrong", {"Type": "Fail"}),
        )
    )
    assert (execution["status"], execution.get("output")) == ("SUCCEEDED", '"late"')
    run = workflows.wait_for_runs(job)[0]
    assert workflows.account.wait(job, run["Id"])["JobRunState"] == "STOPPED"
    kinds = workflows.kinds(execution["executionArn"])
    assert "TaskTimedOut" in kinds
    assert "TaskSucceeded" not in kinds


def test_a_machine_that_takes_too_long_is_timed_out_and_its_run_is_stopped(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    execution = workflows.run(machine(("Run", task(job)), TimeoutSeconds=3))
    assert execution["status"] == "TIMED_OUT"
    assert execution["stopDate"] >= execution["startDate"]
    machine_arn = execution["stateMachineArn"]
    (listed,) = workflows.states.list_executions(stateMachineArn=machine_arn, statusFilter="TIMED_OUT")["executions"]
    assert listed["stopDate"] == execution["stopDate"]
    run = workflows.wait_for_runs(job)[0]
    assert workflows.account.wait(job, run["Id"])["JobRunState"] == "STOPPED"


def test_a_stopped_execution_is_aborted_with_its_run_and_tries_nothing_again(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 5}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "caught"}]
    started = workflows.start(
        machine(("Run", task(job, Retry=retry, Catch=catch)), ("caught", {"Type": "Pass", "End": True}))
    )
    run = workflows.wait_for_runs(job)[0]
    workflows.account.wait(job, run["Id"], states=("RUNNING",))
    workflows.states.stop_execution(executionArn=started, error="Impatience", cause="too slow")
    execution = workflows.wait(started)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Impatience", "too slow")
    assert workflows.account.wait(job, run["Id"])["JobRunState"] == "STOPPED"
    kinds = workflows.kinds(started)
    assert kinds[-1] == "ExecutionAborted"
    assert not {"TaskSucceeded", "TaskFailed", "PassStateEntered"} & set(kinds)
    assert len(workflows.wait_for_runs(job)) == 1


def test_stopping_reaches_every_branch_and_item(workflows: Workflows):
    account = workflows.account
    for job in ("one", "two"):
        account.make_job(job, SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    items = {"Type": "Map", "ItemsPath": "$", "ItemProcessor": machine(("Two", task("two"))), "End": True}
    branches = [machine(("One", task("one"))), machine(("Each", items))]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "caught"}]
    both = {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True}
    started = workflows.start(machine(("Both", both), ("caught", {"Type": "Pass", "End": True})), [1, 2])
    runs = [("one", run["Id"]) for run in workflows.wait_for_runs("one")]
    runs += [("two", run["Id"]) for run in workflows.wait_for_runs("two", 2)]
    workflows.states.stop_execution(executionArn=started)
    assert workflows.wait(started)["status"] == "ABORTED"
    assert [account.wait(*run)["JobRunState"] for run in runs] == ["STOPPED"] * 3
    kinds = workflows.kinds(started)
    assert "ExecutionAborted" in kinds
    assert not {"TaskFailed", "TaskSucceeded", "PassStateEntered"} & set(kinds)


def test_stopping_ends_the_wait_before_a_retry(workflows: Workflows):
    job = workflows.account.make_job("x", "raise ValueError")
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 600, "MaxAttempts": 5}]
    started = workflows.start(machine(("Run", task(job, Retry=retry))))
    deadline = time.monotonic() + 30
    while "TaskFailed" not in workflows.kinds(started):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workflows.states.stop_execution(executionArn=started)
    assert workflows.wait(started, seconds=20)["status"] == "ABORTED"


def test_a_run_that_somebody_stops_fails_its_task(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    started = workflows.start(machine(("Run", task(job))))
    run = workflows.wait_for_runs(job)[0]
    workflows.account.wait(job, run["Id"], states=("RUNNING",))
    workflows.account.glue.batch_stop_job_run(JobName=job, JobRunIds=[run["Id"]])
    execution = workflows.wait(started)
    assert (execution["status"], json.loads(execution["cause"])["JobRunState"]) == ("FAILED", "STOPPED")


def test_without_sync_a_task_goes_on_at_once(workflows: Workflows):
    job = workflows.account.make_job("x", SLEEP)
    execution = workflows.run(machine(("Run", task(job, SYNC.removesuffix(".sync")))))
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    output = json.loads(execution["output"])
    assert set(output) >= {"JobName", "JobRunId"}
    assert workflows.account.look(job, output["JobRunId"])["JobRunState"] in ("STARTING", "RUNNING")
    workflows.account.glue.batch_stop_job_run(JobName=job, JobRunIds=[output["JobRunId"]])


def test_an_execution_ends_with_the_cloud(tmp_path: Path):
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(99)"
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}]
    with LocalCloud(tmp_path / "cloud") as cloud:
        flows = Workflows(Account(cloud, "200000003333"))
        flows.account.make_job("x", script)
        flows.start(machine(("Run", task("x", Retry=retry)), TimeoutSeconds=300))
        output, deadline = None, time.monotonic() + 30
        while not (output and output.exists() and output.read_text()):
            assert time.monotonic() < deadline
            output = next(iter(cloud.runs.glob("*/stdout")), None)
            time.sleep(0.05)
        processes = [int(output.read_text()), cloud._process.pid]  # type: ignore[union-attr]
    assert not left_of(processes), "the server or a run outlives the cloud"
    assert len(list((tmp_path / "cloud" / "runs").iterdir())) == 1, "the run was tried again"
    assert "Traceback" not in (tmp_path / "cloud" / "cloud.log").read_text()
