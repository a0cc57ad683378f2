"""How long StageRuns waits for what, by a clock that a test turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise, repeat
from typing import Any

import pytest

from tests.integ.aws_errors import NotNowError, UnclearError
from tests.integ.glue_runs import RunStatus
from tests.integ.interruption import Interruption
from tests.integ.pace import Pace
from tests.integ.stage_runs import StageRuns
from tests.integ.watched_job import WatchedJob

HOUR = 3600.0


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class OneRun:
    """In the place of GlueRuns: one job, whose run has a state for so many seconds, and the last one for ever."""

    def __init__(self, clock: Clock, *course: tuple[str, float], reports_time: bool = False) -> None:
        self._clock, self._course, self._reports_time = clock, course, reports_time
        self.start_errors: Iterator[Exception | None] = repeat(None)
        self.status_errors: Iterator[Exception | None] = repeat(None)
        self.retries = 0
        self.looks: list[float] = []
        self.stops: list[float] = []
        self.stop_errors: Iterator[Exception | None] = repeat(None)
        self._started = 0.0

    def start(self, _job: str) -> str:
        _raise(next(self.start_errors))
        self._started = self._clock()
        return "jr_1"

    def status(self, _job: str, run_id: str) -> RunStatus:
        self.looks.append(self._clock())
        _raise(next(self.status_errors))
        left, ran = self._clock() - self._started, 0.0
        state = ""
        for state, seconds in self._course:
            ran += min(left, seconds) if state == "RUNNING" else 0.0
            if left < seconds:
                break
            left -= seconds
        seconds_said = int(ran) if self._reports_time or state == "SUCCEEDED" else 0
        return RunStatus(run_id, state, seconds_said, 0, "", "", "/aws-glue/jobs/error")

    def max_retries(self, _job: str) -> int:
        return self.retries

    def next_attempt(self, _job: str, _failed: RunStatus) -> RunStatus | None:
        return None

    def unclear_start(self, _job: str) -> str | None:
        return None

    def stop(self, _job: str, run_id: str) -> str:
        self.stops.append(self._clock())
        _raise(next(self.stop_errors))
        return f"was stopped: {run_id}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watch(glue: OneRun, clock: Clock, *, shown_at: list[float] | None = None) -> tuple[StageRuns, list[str]]:
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        if shown_at is not None:
            shown_at.append(clock.now)

    double: Any = glue
    runs = StageRuns(
        double,
        {"dev-A": 600},
        executions=double,
        workflows={},
        say=say,
        interruption=Interruption(),
        pace=Pace(),
        clock=clock,
        sleep=clock.sleep,
    )
    runs.start()
    return runs, lines


def result(glue: OneRun, clock: Clock) -> WatchedJob:
    return watch(glue, clock)[0].result("dev-A")


def gaps(times: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


def test_looks_begin_after_2_seconds_and_slow_down_to_every_30(clock: Clock):
    glue = OneRun(clock, ("RUNNING", 400), ("SUCCEEDED", HOUR))
    assert result(glue, clock).verdict == ""
    assert glue.looks[0] == 2
    assert gaps(glue.looks)[:3] == [3, 4.5, 6.75]
    assert set(gaps(glue.looks)[7:]) == {30}


def test_a_line_is_shown_at_least_every_30_seconds(clock: Clock):
    glue = OneRun(clock, ("RUNNING", 290), ("SUCCEEDED", HOUR))
    shown_at: list[float] = []
    runs, lines = watch(glue, clock, shown_at=shown_at)
    runs.result("dev-A")
    assert "[ 0:32] 1 of 1 job to go: dev-A RUNNING 32 s" in lines
    assert max(gaps(shown_at)) == 30


@pytest.mark.parametrize("reports_time", [True, False])
def test_waiting_does_not_count_against_the_limit_of_a_run(clock: Clock, reports_time: bool):
    glue = OneRun(clock, ("WAITING", 500), ("STARTING", 200), ("RUNNING", 550), ("SUCCEEDED", HOUR))
    glue._reports_time = reports_time
    assert result(glue, clock).verdict == ""


@pytest.mark.parametrize("reports_time", [True, False])
def test_a_run_is_stopped_when_it_has_run_for_longer_than_its_limit(clock: Clock, reports_time: bool):
    glue = OneRun(clock, ("STARTING", 100), ("RUNNING", HOUR), reports_time=reports_time)
    job = result(glue, clock)
    assert job.verdict.startswith("is too slow: RUNNING for 6")
    assert job.verdict.endswith("its limit is 600 s; the run was stopped: jr_1")
    assert 700 < clock.now < 765
    assert len(glue.stops) == 1


def test_a_job_is_held_up_by_a_limit_for_a_quarter_of_an_hour_at_most(clock: Clock):
    glue = OneRun(clock)
    glue.start_errors = repeat(NotNowError("ConcurrentRunsExceededException: one runs"))
    assert result(glue, clock).verdict.startswith("was never started, after 9")
    assert 900 < clock.now < 935
    assert glue.stops == []


def test_a_run_whose_state_cannot_be_read_any_more_is_stopped_and_reported(clock: Clock):
    glue = OneRun(clock, ("RUNNING", HOUR))
    glue.status_errors = chain([None, None], repeat(UnclearError("no route to host")))
    verdict = result(glue, clock).verdict
    assert verdict == "could not be followed any more, last RUNNING: no route to host; the run was stopped: jr_1"
    assert clock.now < 960


def test_a_restart_that_does_not_come_is_waited_for_a_minute(clock: Clock):
    glue = OneRun(clock, ("FAILED", HOUR))
    glue.retries = 1
    assert result(glue, clock).verdict == "FAILED: Glue gives no error message"
    assert 60 <= clock.now < 95


def test_stopping_goes_on_for_a_minute_and_then_names_what_may_still_run(clock: Clock):
    glue = OneRun(clock, ("RUNNING", HOUR))
    glue.stop_errors = repeat(UnclearError("no route to host"))
    runs, lines = watch(glue, clock)
    runs.stop()
    assert lines[-1] == "[ 1:00] dev-A: its run was NOT stopped and may go on: jr_1: no route to host"
    assert clock.now == 60


def test_a_run_that_was_stopped_is_not_stopped_again(clock: Clock):
    glue = OneRun(clock, ("RUNNING", HOUR))
    runs, _ = watch(glue, clock)
    runs.result("dev-A")
    runs.stop()
    runs.stop()
    assert len(glue.stops) == 1


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
