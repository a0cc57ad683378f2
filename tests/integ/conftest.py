"""The integration test's options, and the stage, jobs and runs that its tests ask for."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from tests.integ.glue_runs import GlueRuns
from tests.integ.interruption import Interruption
from tests.integ.pace import Pace
from tests.integ.stage import Stage, StageError
from tests.integ.stage_runs import StageRuns
from tests.integ.stage_under_test import StageUnderTest, find_stage
from tests.integ.workflow_runs import Executions

REQUIRED = {
    "--account": "AWS account ID that the stage is deployed to",
    "--region": "its Region",
    "--stage-name": "the stage's name in the pipeline, which is its jobs' tag `stage`: DeployDev",
    "--sts-role-arn": "role to run the jobs with: output TestRoleArn of the stage's IntegrationTest stack",
}
UNDER_TEST = pytest.StashKey[StageUnderTest]()
RUNS = pytest.StashKey[tuple[StageRuns, Interruption]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("integration test of a deployed stage")
    for option, text in REQUIRED.items():
        group.addoption(option, help=text)
    group.addoption(
        "--poll-seconds",
        type=float,
        default=os.environ.get("INTEG_POLL_SECONDS", str(Pace.poll_seconds)),
        help="first wait between two looks at a run, growing to 15 times as much (INTEG_POLL_SECONDS; %(default)s)",
    )
    group.addoption(
        "--wait-seconds",
        type=float,
        default=Pace.wait_seconds,
        help="how long a job may be held up by limits, WAITING or STARTING before it fails (%(default)s)",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Find the jobs before anything is collected, so that a wrong call ends in a sentence."""
    try:
        session.config.stash[UNDER_TEST] = _stage_under_test(session.config)
    except StageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each job and of each workflow."""
    if UNDER_TEST not in metafunc.config.stash:
        raise pytest.Collector.CollectError(
            "The integration test needs a deployed stage and is called by itself: pytest tests/integ "
            + " ".join(f"{option} ..." for option in REQUIRED)
        )
    under_test = metafunc.config.stash[UNDER_TEST]
    if "job" in metafunc.fixturenames:
        left_out = pytest.mark.skip(reason="left out by its catalog: IntegrationTest: false")
        no_job = pytest.param("", id="none", marks=pytest.mark.skip(reason="the stage has no jobs"))
        jobs = [
            pytest.param(job, id=job, marks=[left_out] if job in under_test.left_out else [])
            for job in sorted({*under_test.limits, *under_test.left_out})
        ]
        metafunc.parametrize("job", jobs or [no_job])
    if "workflow" in metafunc.fixturenames:
        why = under_test.workflows_left_out
        workflows = [
            pytest.param(name, id=name, marks=[pytest.mark.skip(reason=why[name])] if name in why else [])
            for name in sorted({*under_test.workflows, *why})
        ]
        metafunc.parametrize("workflow", workflows)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the test of workflows where there are none, which pytest would report as skipped."""
    under_test = config.stash[UNDER_TEST]
    if not under_test.workflows and not under_test.workflows_left_out:
        items[:] = [item for item in items if getattr(item, "originalname", "") != "test_workflow"]


@pytest.fixture(scope="session")
def stage_under_test(pytestconfig: pytest.Config) -> StageUnderTest:
    return pytestconfig.stash[UNDER_TEST]


@pytest.fixture(scope="session")
def stage_runs(request: pytest.FixtureRequest, stage_under_test: StageUnderTest) -> StageRuns:
    """Give the runs of the selected jobs, started by the first test that asks for one.

    A workflow of which a job is selected runs as a whole.
    """
    config = request.config
    chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    selected = {params.get("job") for params in chosen}
    workflows = {
        name: machine
        for name, machine in stage_under_test.workflows.items()
        if selected & set(machine.jobs) or any(params.get("workflow") == name for params in chosen)
    }
    selected |= {job for machine in workflows.values() for job in machine.jobs}
    interruption = Interruption()
    runs = StageRuns(
        GlueRuns(stage_under_test.session),
        {job: limit for job, limit in stage_under_test.limits.items() if job in selected},
        executions=Executions(stage_under_test.session),
        workflows=workflows,
        say=_terminal(config),
        interruption=interruption,
        pace=Pace(poll_seconds=config.getoption("--poll-seconds"), wait_seconds=config.getoption("--wait-seconds")),
    )
    # known to pytest_sessionfinish before the first run exists: an interruption may come at any time after
    config.stash[RUNS] = runs, interruption
    interruption.watch()
    runs.start()
    return runs


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop what still runs: after an interruption, after -x, after an error."""
    if RUNS not in session.config.stash:
        return
    runs, interruption = session.config.stash[RUNS]
    if interruption.signal_name:
        _terminal(session.config)(f"{interruption.signal_name}: stopping the runs that this test started")
    interruption.ignore()
    runs.stop()
    interruption.unwatch()


def _stage_under_test(config: pytest.Config) -> StageUnderTest:
    given = {option: config.getoption(option) for option in REQUIRED}
    missing = [option for option, value in given.items() if not value]
    if missing:
        raise StageError(
            f"The integration test needs {', '.join(missing)}: pytest tests/integ "
            + " ".join(f"{option} {value or '...'}" for option, value in given.items())
        )
    if (poll_seconds := config.getoption("--poll-seconds")) <= 0:
        raise StageError(f"--poll-seconds {poll_seconds} would not wait at all between two looks: give more than 0.")
    return find_stage(Stage(given["--account"], given["--region"], given["--stage-name"], given["--sts-role-arn"]))


def _terminal(config: pytest.Config) -> Callable[[str], None]:
    """Write to the terminal at once, though pytest captures what tests print."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        if reporter is not None:
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                reporter.ensure_newline()
                reporter.write_line(line)
                reporter.flush()

    return say
