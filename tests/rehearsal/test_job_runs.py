"""Runs of jobs as processes: their states, limits, retries, output and identity. Python shell jobs show it fastest."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import zipfile

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.processes import left_of

SLEEP = "import time; print('awake', flush=True); time.sleep(60)"


def test_a_script_that_ends_succeeds(account: Account):
    job = account.make_job("x", "print('hello')", GlueVersion="3.0", MaxCapacity=0.0625)
    run = account.run(job)
    assert run["JobRunState"] == "SUCCEEDED"
    assert "ErrorMessage" not in run
    assert run["StartedOn"] <= run["CompletedOn"]
    assert run["ExecutionTime"] < 30
    assert (run["GlueVersion"], run["MaxCapacity"], run["Attempt"]) == ("3.0", 0.0625, 0)
    assert account.printed(run["Id"]) == ["hello"]


def test_a_script_that_raises_fails_with_the_first_line_of_its_error(account: Account):
    job = account.make_job("x", "def f():\n    raise ValueError('no such\\nthing')\nf()")
    run = account.run(job)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: no such")
    printed = "\n".join(account.printed(run["Id"], "error"))
    assert "in f\n" in printed
    assert "launch.py" not in printed


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(4)", "Command failed with exit code 4"),
        ("import os; os.kill(os.getpid(), 9)", "Command failed with exit code 137 (the process was ended by SIGKILL)"),
    ],
)
def test_every_other_end_is_a_failure_with_its_reason(account: Account, script, error):
    run = account.run(account.make_job("x", script))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", error)


def test_sys_exit_without_an_error_is_a_success(account: Account):
    assert account.run(account.make_job("x", "import sys; sys.exit(0)"))["JobRunState"] == "SUCCEEDED"


def test_arguments_are_merged_and_glue_adds_its_own(account: Account):
    job = account.make_job(
        "x",
        "import json, sys; print(json.dumps(sys.argv[1:]))",
        DefaultArguments={"--a": "default", "--b": "default", "--c": "default"},
        NonOverridableArguments={"--c": "fixed"},
    )
    run = account.run(job, Arguments={"--b": "of the run", "--c": "of the run", "--empty": ""})
    given = json.loads(account.printed(run["Id"])[0])
    values = dict(zip(given[::2], given[1::2], strict=True))
    assert (values["--a"], values["--b"], values["--c"], values["--empty"]) == ("default", "of the run", "fixed", "")
    assert (values["--JOB_NAME"], values["--JOB_RUN_ID"]) == ("x", run["Id"])
    assert values["--JOB_ID"].startswith("j_")
    assert run["Arguments"]["--c"] == "fixed"


def test_a_run_acts_as_its_job_s_role_and_sees_nothing_of_the_developer(account: Account):
    script = "import boto3, json, os; print(boto3.client('sts').get_caller_identity()['Arn'])\n"
    script += "print(json.dumps(dict(os.environ)))"
    run = account.run(account.make_job("x", script))
    arn, environment = account.printed(run["Id"])
    assert arn.startswith(f"arn:aws:sts::{account.id}:assumed-role/job/")
    variables = json.loads(environment)
    assert variables["AWS_ENDPOINT_URL"] == account.cloud.endpoint
    assert variables["AWS_REGION"] == "us-east-1"
    assert variables["JOB_BOOKMARKS_DIR"].endswith(f"/bookmarks/{account.id}/us-east-1")
    assert not variables["HOME"].startswith(os.environ.get("HOME", "/nowhere"))
    assert "aws_glue_cdk_baseline" not in variables["PYTHONPATH"]


def test_the_output_of_a_run_is_kept_in_a_folder(account: Account):
    job = account.make_job("dev-X", "print('kept')", DefaultArguments={"--stage": "dev"})
    run = account.run(job)
    folder = account.cloud.runs / f"dev-X-{run['Id']}"
    assert (folder / "stdout").read_text() == "kept\n"
    assert (folder / "dev-X.py").read_text() == "print('kept')"
    assert "--stage" in (folder / "arguments.json").read_text()


def test_a_run_can_be_stopped_with_everything_that_it_started(account: Account):
    script = "import subprocess, time; p = subprocess.Popen(['sleep', '99']); print(p.pid, flush=True); time.sleep(60)"
    job = account.make_job("x", script)
    run_id = account.start(job)
    account.wait(job, run_id, ("RUNNING",))
    output = next(account.cloud.runs.glob(f"*{run_id}")) / "stdout"
    while not output.read_text():
        time.sleep(0.05)
    answer = account.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id, "jr_none"])
    assert [each["JobRunId"] for each in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert account.wait(job, run_id)["JobRunState"] == "STOPPED"
    assert not left_of([int(output.read_text())])
    again = account.glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])
    assert "STOPPED" in again["Errors"][0]["ErrorDetail"]["ErrorMessage"]


def test_a_failed_run_is_retried_as_a_new_attempt(account: Account):
    job = account.make_job("x", "raise RuntimeError('again')", MaxRetries=2)
    first = account.start(job)
    last = account.wait_for_attempt(job, f"{first}_attempt_2")
    runs = account.glue.get_job_runs(JobName=job)["JobRuns"]
    assert [run["Id"] for run in runs] == [f"{first}_attempt_2", f"{first}_attempt_1", first]
    assert [run["Attempt"] for run in runs] == [2, 1, 0]
    assert {run["JobRunState"] for run in runs} == {"FAILED"}
    assert last["PreviousRunId"] == f"{first}_attempt_1"


def test_no_more_runs_than_allowed_are_started(account: Account):
    job = account.make_job("x", SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [account.start(job), account.start(job)]
    with pytest.raises(account.glue.exceptions.ConcurrentRunsExceededException):
        account.start(job)
    account.glue.batch_stop_job_run(JobName=job, JobRunIds=runs)
    for run in runs:
        account.wait(job, run)
    assert account.start(job)


def test_a_run_waits_for_its_turn_where_queuing_is_enabled(account: Account):
    job = account.make_job("x", "import time; time.sleep(1)", JobRunQueuingEnabled=True)
    first, second, third = (account.start(job) for _ in range(3))
    assert account.look(job, second)["JobRunState"] == "WAITING"
    account.glue.batch_stop_job_run(JobName=job, JobRunIds=[third])
    assert account.wait(job, third)["JobRunState"] == "STOPPED"
    assert account.wait(job, first)["JobRunState"] == "SUCCEEDED"
    assert account.wait(job, second)["JobRunState"] == "SUCCEEDED"


def test_libraries_and_files_reach_the_script(account: Account):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("zipped_library/__init__.py", "NAME = 'zipped'")
    account.s3.put_object(Bucket=account.bucket, Key="lib/z.zip", Body=packed.getvalue())
    module = account.put("lib/plain_module.py", "NAME = 'plain'")
    note = account.put("files/note.txt", "a note")
    job = account.make_job(
        "x",
        "import plain_module, zipped_library; print(plain_module.NAME, zipped_library.NAME, open('note.txt').read())",
        DefaultArguments={"--extra-py-files": f"s3://{account.bucket}/lib/z.zip,{module}", "--extra-files": note},
    )
    run = account.run(job)
    assert account.printed(run["Id"]) == ["plain zipped a note"], run


@pytest.mark.parametrize(
    ("command", "arguments", "reason"),
    [("glueray", {}, "no Ray jobs"), ("glueetl", {"--job-language": "scala"}, "no Scala jobs")],
)
def test_other_runtimes_are_refused_not_skipped(account: Account, command, arguments, reason):
    run = account.run(account.make_job("x", "print()", command=command, DefaultArguments=arguments))
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", f"The rehearsal runs {reason}")


def test_starting_a_job_that_does_not_exist_is_an_error(account: Account):
    with pytest.raises(account.glue.exceptions.EntityNotFoundException):
        account.start("none")


def test_a_process_that_is_killed_from_outside_fails_its_run(account: Account):
    job = account.make_job("x", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    run_id = account.start(job)
    account.wait(job, run_id, ("RUNNING",))
    output = next(account.cloud.runs.glob(f"*{run_id}")) / "stdout"
    while not output.read_text():
        time.sleep(0.05)
    os.kill(int(output.read_text()), signal.SIGKILL)
    assert "SIGKILL" in account.wait(job, run_id)["ErrorMessage"]
