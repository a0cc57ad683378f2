"""A Glue whose job runs go through the states that a test writes down, on a moto server of this process.

So do the executions of workflows. moto holds the jobs, the state machines, their tags and the roles. The operations on
runs are played here, because moto's runs know one course only, and so is ListJobs: moto matches any of the tags asked
for, AWS all of them.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

import pytest
from moto.glue.models import glue_backends
from moto.glue.responses import GlueResponse
from moto.server import ThreadedMotoServer
from moto.stepfunctions.models import stepfunctions_backends
from moto.stepfunctions.responses import StepFunctionResponse
from moto.sts.responses import TokenResponse

REGION = "eu-west-1"
LIVE = {"STARTING", "RUNNING", "WAITING"}
TASK = "arn:aws:states:::glue:startJobRun.sync"
PAGE = 100  # ListJobs may give fewer than MaxResults; moto's default


@dataclass(frozen=True)
class Course:
    """What an attempt goes through: one state further with each GetJobRun, and the last one for good."""

    states: Sequence[str] = ("STARTING", "RUNNING", "SUCCEEDED")
    seconds: int = 12
    error: str = ""


@dataclass(frozen=True)
class Fault:
    """An error instead of an answer; ``after`` the service did what it was asked to."""

    code: str
    status: int = 400
    message: str = "as the test wants it"
    after: bool = False


@dataclass
class Run:
    """An attempt of a job run."""

    job: str
    run_id: str
    attempt: int
    course: Course
    step: int = -1
    state: str = "STARTING"
    started_on: float = field(default_factory=time.time)
    execution: str = ""

    def advance(self) -> None:
        """Go one state further, unless somebody stopped the run."""
        if self.state in ("STOPPING", "STOPPED"):
            self.state = "STOPPED"
            return
        self.step = min(self.step + 1, len(self.course.states) - 1)
        self.state = self.course.states[self.step]

    def as_json(self) -> dict[str, Any]:
        """Write the run as Glue does."""
        root, _, _ = self.run_id.partition("_attempt_")
        earlier = root if self.attempt == 1 else f"{root}_attempt_{self.attempt - 1}"
        return {
            "Id": self.run_id,
            "JobName": self.job,
            "Attempt": 0 if self.execution else self.attempt,
            "JobRunState": self.state,
            "StartedOn": self.started_on,
            "ExecutionTime": 0 if self.state in ("STARTING", "WAITING") else self.course.seconds,
            "LogGroupName": "/aws-glue/jobs",
            **({"PreviousRunId": earlier} if self.attempt and not self.execution else {}),
            **({"Arguments": {"--workflow_run_id": self.execution}} if self.execution else {}),
            **({"ErrorMessage": self.course.error} if self.course.error and self.state not in LIVE else {}),
        }


@dataclass
class Execution:
    """An execution that runs its jobs one after the other, one step further with each DescribeExecution.

    A job whose run fails is tried again as often as it has further courses.
    """

    arn: str
    name: str
    jobs: list[str]
    state: str = "RUNNING"
    cause: str = ""
    run: Run | None = None


class RefusedByGlue(Exception):  # noqa: N818 - it is an answer, not a defect
    """An error that Glue answers by itself."""


class ScriptedGlue:
    """The server, what was asked of it, and what it is to answer."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(GlueResponse, "call_action", self._wrap(GlueResponse.call_action))
        patch.setattr(StepFunctionResponse, "call_action", self._wrap(StepFunctionResponse.call_action))
        patch.setattr(TokenResponse, "call_action", self._wrap(TokenResponse.call_action))
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        self.url = "http://{}:{}".format(*self._server.get_host_and_port())
        self.forget()

    def close(self) -> None:
        """Stop the server."""
        self._server.stop()

    def forget(self) -> None:
        """Begin a new test: it uses an account of its own, as moto's backends are shared by the whole process."""
        self.account = f"{uuid.uuid4().int % 10**12:012d}"
        self.calls: list[tuple[str, str]] = []
        self.access_keys: list[str] = []
        self.runs: list[Run] = []
        self.executions: list[Execution] = []
        self.workflows: dict[str, list[str]] = {}
        self.courses: dict[str, list[Course]] = {}
        self.faults: dict[tuple[str, str], list[Fault]] = defaultdict(list)
        self.before_answer: dict[tuple[str, str], Callable[[], None]] = {}
        self.stop_refusal = ""
        self.aborting_stops_runs = True

    def add_jobs(self, *names: str, stage: str = "DeployDev", retries: int = 0) -> None:
        """Deploy jobs of a stage, past the API: five hundred calls of CreateJob would take longer than the test."""
        backend = glue_backends[self.account][REGION]
        unset: dict[str, Any] = dict.fromkeys(list(signature(backend.create_job).parameters))
        for name in names:
            backend.create_job(
                **unset | {"name": name, "tags": {"stage": stage, "layer": "ingestion"}, "max_retries": retries}
            )

    def add_job(self, name: str, *courses: Course, retries: int = 0) -> None:
        """Deploy a job of the stage whose run, and its further attempts, take the courses given."""
        self.courses[name] = list(courses)
        self.add_jobs(name, retries=retries)

    def add_workflow(self, name: str, *jobs: str, stage: str = "DeployDev") -> None:
        """Deploy a workflow that runs jobs one after the other; in its definition the last is in a branch."""
        tasks: dict[str, Any] = {
            job: {"Type": "Task", "Resource": TASK, "Parameters": {"JobName": job}, "End": True} for job in jobs
        }
        last = jobs[-1]
        branch = {"StartAt": last, "States": {last: tasks.pop(last)}}
        states = {**tasks, "Side by side": {"Type": "Parallel", "Branches": [branch], "End": True}}
        machine = stepfunctions_backends[self.account][REGION].create_state_machine(
            name=name,
            definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
            roleArn=f"arn:aws:iam::{self.account}:role/states",
            tags=[{"key": "stage", "value": stage}],
        )
        self.workflows[machine.arn] = list(jobs)

    def count(self, operation: str, job: str | None = None) -> int:
        """Say how often an operation was called, for one job or for all."""
        return sum(called == operation and job in (None, of) for called, of in self.calls)

    @property
    def operations(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(operation for operation, _ in self.calls)

    def _wrap(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def call_action(response: Any) -> Any:
            operation = response._get_action()
            body = json.loads(response.body) if operation in self._PLAYED or operation == "GetJob" else {}
            job = body.get("JobName") or body.get("stateMachineArn", "").rpartition(":")[2]
            self.calls.append((operation, job))
            self.access_keys.append(response.access_key)
            self.before_answer.pop((operation, job), lambda: None)()
            faults = self.faults[operation, job] or self.faults[operation, ""]
            fault = faults.pop(0) if faults else None
            try:
                if fault and not fault.after:
                    return _error(response, fault.code, fault.message, fault.status)
                play = self._PLAYED.get(operation)
                answer = (200, response.response_headers, json.dumps(play(self, response, body))) if play else None
                answer = answer or original(response)
            except RefusedByGlue as refused:
                code, message = refused.args
                return _error(response, code, message, 400)
            return _error(response, fault.code, fault.message, fault.status) if fault else answer

        return call_action

    def _list_jobs(self, response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        backend, wanted = response.glue_backend, body.get("Tags", {}).items()
        first = int(body.get("NextToken") or 0)
        end = first + min(body.get("MaxResults", PAGE), PAGE)
        page = list(backend.jobs.values())[first:end]
        # the page is cut before the filter, so that pages come that hold nothing: the harder case for who asks
        names = [job.name for job in page if wanted <= backend.get_tags(job.arn).items()]
        return {"JobNames": names, **({"NextToken": str(end)} if end < len(backend.jobs) else {})}

    def _start_job_run(self, response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        name = response.glue_backend.get_job(body["JobName"]).name
        if any(run.job == name and run.state in LIVE for run in self.runs):
            raise RefusedByGlue("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}")
        run = Run(name, f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}", 0, self._course(name, 0))
        self.runs.append(run)
        return {"JobRunId": run.run_id}

    def _get_job_run(self, response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        run = self._run(body["RunId"])
        was = run.state
        run.advance()
        retries = response.glue_backend.get_job(run.job).max_retries or 0
        if run.state == "FAILED" != was and run.attempt < retries:
            root, attempt = run.run_id.partition("_attempt_")[0], run.attempt + 1
            self.runs.append(Run(run.job, f"{root}_attempt_{attempt}", attempt, self._course(run.job, attempt)))
        return {"JobRun": run.as_json()}

    def _get_job_runs(self, _response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        newest_first = [run.as_json() for run in reversed(self.runs) if run.job == body["JobName"]]
        return {"JobRuns": newest_first[: body.get("MaxResults", 200)]}

    def _batch_stop_job_run(self, _response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        if len(body["JobRunIds"]) > 25:
            raise RefusedByGlue("InvalidInputException", "at most 25 job runs")
        answer: dict[str, list[dict[str, Any]]] = {"SuccessfulSubmissions": [], "Errors": []}
        for run in map(self._run, body["JobRunIds"]):
            entry: dict[str, Any] = {"JobName": run.job, "JobRunId": run.run_id}
            if run.state in LIVE and not self.stop_refusal:
                run.state = "STOPPING"
                answer["SuccessfulSubmissions"].append(entry)
            else:
                detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": self.stop_refusal or run.state}
                answer["Errors"].append({**entry, "ErrorDetail": detail})
        return answer

    def _course(self, job: str, attempt: int) -> Course:
        courses = self.courses.get(job) or [Course()]
        return courses[min(attempt, len(courses) - 1)]

    def _run(self, run_id: str) -> Run:
        for run in self.runs:
            if run.run_id == run_id:
                return run
        raise RefusedByGlue("EntityNotFoundException", f"no run {run_id}")

    def _start_execution(self, _response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        machine, name = body["stateMachineArn"], body["name"]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        if arn not in [one.arn for one in self.executions]:
            self.executions.append(Execution(arn, name, list(self.workflows[machine])))
        return {"executionArn": arn, "startDate": time.time()}

    def _describe_execution(self, _response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        execution = next(one for one in self.executions if one.arn == body["executionArn"])
        self._advance(execution)
        failure = {"error": "JobFailed", "cause": execution.cause} if execution.cause else {}
        return {"executionArn": execution.arn, "status": execution.state, **failure}

    def _advance(self, execution: Execution) -> None:
        run = execution.run
        if execution.state != "RUNNING":
            return
        if run is not None:
            run.advance()
        if run is None or (run.state == "SUCCEEDED" and execution.jobs):
            self._run_in(execution, execution.jobs.pop(0), 0)
        elif run.state == "SUCCEEDED":
            execution.state = "SUCCEEDED"
        elif run.state not in LIVE | {"STOPPING"}:
            if run.attempt + 1 < len(self.courses.get(run.job, [])):
                self._run_in(execution, run.job, run.attempt + 1)
            else:
                execution.state, execution.cause = "FAILED", f"{run.job}: {run.state}: {run.course.error}"

    def _run_in(self, execution: Execution, job: str, attempt: int) -> None:
        # to Glue, what the workflow tries again is a run like any other
        run = Run(job, f"jr_{uuid.uuid4().hex}", attempt, self._course(job, attempt), execution=execution.name)
        execution.run = run
        self.runs.append(run)

    def _stop_execution(self, _response: Any, body: Mapping[str, Any]) -> dict[str, Any]:
        execution = next(one for one in self.executions if one.arn == body["executionArn"])
        execution.state = "ABORTED"
        if self.aborting_stops_runs and execution.run and execution.run.state in LIVE:
            execution.run.state = "STOPPING"
        return {"stopDate": time.time()}

    _PLAYED: dict[str, Callable[[ScriptedGlue, Any, Mapping[str, Any]], dict[str, Any]]] = {  # noqa: RUF012
        "ListJobs": _list_jobs,
        "StartJobRun": _start_job_run,
        "GetJobRun": _get_job_run,
        "GetJobRuns": _get_job_runs,
        "BatchStopJobRun": _batch_stop_job_run,
        "StartExecution": _start_execution,
        "DescribeExecution": _describe_execution,
        "StopExecution": _stop_execution,
    }


def _error(response: Any, code: str, message: str, status: int) -> tuple[int, dict[str, Any], str]:
    if isinstance(response, TokenResponse):
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        text = json.dumps({"__type": code, "message": message})
    return status, {**response.response_headers, "status": status}, text
