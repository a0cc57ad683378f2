"""However the integration test ends before its runs do, it stops those that it started, and says so."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from tests.unit.integ.call import IntegrationTest
from tests.unit.integ.scripted_glue import Course, Fault, ScriptedGlue

ENDLESS = Course(("RUNNING",))
INTERRUPTED = 2


def interrupt(process: subprocess.Popen[str], glue: ScriptedGlue, *, after: str, number: signal.Signals) -> None:
    """Send a signal once every job was read, the job named ``after`` twice."""
    give_up_at = time.monotonic() + 20
    while glue.count("GetJobRun", after) < 2:
        assert process.poll() is None, "the integration test ended by itself"
        assert time.monotonic() < give_up_at, "the integration test did not come to watch its runs"
        time.sleep(0.02)
    process.send_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_test_stops_its_runs_once(
    glue: ScriptedGlue, integration_test: IntegrationTest, number: signal.Signals
):
    glue.add_job("dev-A", ENDLESS)
    glue.add_job("dev-B", ENDLESS)
    glue.add_job("dev-Done", Course(("SUCCEEDED",)))
    process = integration_test.start()
    interrupt(process, glue, after="dev-B", number=number)
    called = integration_test.end(process)
    assert called.exit_code == INTERRUPTED, called.output
    assert {run.job: run.state for run in glue.runs} == {
        "dev-A": "STOPPING",
        "dev-B": "STOPPING",
        "dev-Done": "SUCCEEDED",
    }
    assert sorted(job for operation, job in glue.calls if operation == "BatchStopJobRun") == ["dev-A", "dev-B"]
    assert f"{number.name}: stopping the runs that this test started" in called.output
    assert f"dev-A: its run was stopped: {glue.runs[0].run_id}" in called.output
    assert "Traceback" not in called.output


def test_a_signal_between_asking_for_a_run_and_knowing_its_id_loses_no_run(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-A", ENDLESS)
    glue.add_job("dev-B", ENDLESS)
    started: list[subprocess.Popen[str]] = []
    glue.before_answer["StartJobRun", "dev-A"] = lambda: started[0].send_signal(signal.SIGTERM)
    started.append(integration_test.start())
    called = integration_test.end(started[0])
    assert called.exit_code == INTERRUPTED, called.output
    assert [(run.job, run.state) for run in glue.runs] == [("dev-A", "STOPPING")]


def test_later_signals_do_not_keep_it_from_stopping_all_runs(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-A", ENDLESS)
    glue.add_job("dev-B", ENDLESS)
    process = integration_test.start()
    glue.before_answer["BatchStopJobRun", "dev-A"] = lambda: process.send_signal(signal.SIGINT)
    glue.before_answer["BatchStopJobRun", "dev-B"] = lambda: process.send_signal(signal.SIGTERM)
    interrupt(process, glue, after="dev-B", number=signal.SIGTERM)
    called = integration_test.end(process)
    assert called.exit_code == INTERRUPTED, called.output
    assert [run.state for run in glue.runs] == ["STOPPING", "STOPPING"]
    assert "Traceback" not in called.output


def test_an_attempt_that_glue_started_meanwhile_is_stopped(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-A", Course(("RUNNING", "FAILED")), ENDLESS, retries=1)
    process = integration_test.start()
    # the run fails at the second look, and Glue has restarted it by then
    glue.before_answer["GetJob", "dev-A"] = lambda: process.send_signal(signal.SIGTERM)
    called = integration_test.end(process)
    assert [(run.attempt, run.state) for run in glue.runs] == [(0, "FAILED"), (1, "STOPPING")], called.output
    assert f"dev-A: its run was stopped: {glue.runs[1].run_id}\n" in called.output


def test_the_first_failure_ends_a_test_called_with_x_and_the_other_runs(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-A", Course(("RUNNING", "FAILED")))
    glue.add_job("dev-B", ENDLESS)
    called = integration_test("-x")
    assert called.exit_code == 1
    assert set(called.failures) == {"dev-A"}
    assert {run.job: run.state for run in glue.runs} == {"dev-A": "FAILED", "dev-B": "STOPPING"}
    assert "dev-B: its run was stopped" in called.output


def test_a_signal_while_runs_are_stopped_after_a_failure_loses_none(
    glue: ScriptedGlue, integration_test: IntegrationTest
):
    glue.add_job("dev-A", Course(("RUNNING", "FAILED")))
    glue.add_job("dev-B", ENDLESS)
    glue.add_job("dev-C", ENDLESS)
    process = integration_test.start("-x")
    glue.before_answer["BatchStopJobRun", "dev-B"] = lambda: process.send_signal(signal.SIGTERM)
    called = integration_test.end(process)
    assert [run.state for run in glue.runs] == ["FAILED", "STOPPING", "STOPPING"], called.output
    assert "Traceback" not in called.output


def test_throttling_does_not_keep_it_from_stopping_a_run(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-A", Course(("RUNNING", "FAILED")))
    glue.add_job("dev-B", ENDLESS)
    glue.faults["BatchStopJobRun", "dev-B"] = [Fault("ThrottlingException")] * 2
    called = integration_test("-x")
    assert {run.job: run.state for run in glue.runs} == {"dev-A": "FAILED", "dev-B": "STOPPING"}, called.output


def test_a_run_that_cannot_be_stopped_is_named(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_job("dev-A", Course(("RUNNING", "FAILED")))
    glue.add_job("dev-B", ENDLESS)
    glue.stop_refusal = "not today"
    called = integration_test("-x")
    run_id = next(run.run_id for run in glue.runs if run.job == "dev-B")
    assert f"dev-B: its run could not be stopped: {run_id}: InvalidInputException: not today" in called.output
