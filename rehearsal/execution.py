"""Follows the pipeline in the local cloud: shows its actions, answers its approvals, tells why it failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.approval import PAGE, answer, decided_by_environment
from rehearsal.assembly import StackArtifact
from rehearsal.errors import StepFailedError
from rehearsal.greeting import pipeline_name
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import ActionReport, Report
from rehearsal.terminal import HEARTBEAT_SECONDS, Step, Terminal

_LOOK_SECONDS = 0.2
_LINES_OF_AN_ERROR = 25
_ANSWERED = ("ApprovalAlreadyCompletedException", "InvalidApprovalTokenException")
_SAID_BY_THE_REHEARSAL = " rehearsal: "


@dataclass
class Follower:
    """Follows the newest execution of a pipeline, which self-mutation may replace by another.

    Parameters
    ----------
    cloud
        Where the pipeline is.
    stack
        The stack that holds it.
    terminal
        Where its progress is shown.
    report
        Gets each action.
    changes
        Tells in lines what the approval before a stage, named as the pipeline does, would change.
    """

    cloud: LocalCloud
    stack: StackArtifact
    terminal: Terminal
    report: Report
    changes: Callable[[str], list[str]] = lambda _: []
    _running: dict[str, Step] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)
    _beat: float = field(default_factory=time.monotonic)

    def follow(self) -> None:
        """Follow the pipeline to its end.

        Raises
        ------
        StepFailedError
            If an execution failed, or there is none.
        """
        where = self.stack.environment
        api = self.cloud.client("codepipeline", where.account, where.region)
        name = pipeline_name(self.cloud, self.stack)
        try:
            while True:
                executions = api.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
                if not executions:
                    raise StepFailedError(f"pipeline {name} did not start by itself")
                for detail in _details(api, name):
                    self._show(detail)
                latest = executions[0]
                if latest["status"] not in ("InProgress", "Stopping"):
                    break
                self._answer_approvals(api, name)
                self._show_signs_of_life()
                time.sleep(_LOOK_SECONDS)
        except BaseException:
            for step in self._running.values():
                self._tell(step, "Failed", "interrupted")
            raise
        if latest["status"] != "Succeeded":
            failed = self.report.failed
            told = failed.message if failed else latest.get("statusSummary", "")
            raise StepFailedError(told or f"the execution of {name} is {latest['status']}")

    def _show(self, detail: dict[str, Any]) -> None:
        id_ = detail["actionExecutionId"]
        if id_ in self._ended:
            return
        if id_ not in self._running:
            self._running[id_] = self.terminal.begin(detail["stageName"], detail["actionName"])
        log = self._log(detail)
        if detail["status"] == "InProgress":
            if log:
                self._running[id_].note(_last_line(log))
            return
        step = self._running.pop(id_)
        self._ended.add(id_)
        step.took = (detail["lastUpdateTime"] - detail["startTime"]).total_seconds()
        result = detail["output"].get("executionResult", {})
        if detail["status"] == "Succeeded":
            step.message = "; ".join([result.get("externalExecutionSummary", ""), *self._news(log)]).strip("; ")
            self.terminal.succeed(step)
            self._tell(step, "Succeeded", step.message)
        else:
            self.terminal.fail(step)
            message = result.get("errorDetails", {}).get("message", detail["status"])
            self._tell(step, "Failed", message + _end_of(log))

    def _news(self, log: Path | None) -> list[str]:
        """Return what a build did otherwise than on AWS, in the words of its log, unless an earlier build said so."""
        lines = log.read_text(errors="replace").splitlines() if log else []
        said = [line.partition(_SAID_BY_THE_REHEARSAL)[2] for line in lines if _SAID_BY_THE_REHEARSAL in line]
        news = [line for line in dict.fromkeys(said) if line not in self._said]
        self._said.update(news)
        return news

    def _tell(self, step: Step, state: str, message: str) -> None:
        self.report.pipeline.append(ActionReport(step.stage, step.action, state, round(step.seconds, 1), message))

    def _answer_approvals(self, api: Any, name: str) -> None:
        for (stage, action), token in _waiting(api, name).items():
            for line in self.changes(stage):
                self.terminal.say(f"  {line}")
            if decided_by_environment() == PAGE:
                self.terminal.say(f"  {stage} waits for its answer on the page (APPROVE=page)")
            given = answer(stage, lambda place=(stage, action), token=token: _waiting(api, name).get(place) == token)  # type: ignore[misc]
            if given is None:
                continue
            result = {"status": "Approved" if given.approved else "Rejected", "summary": given.summary}
            try:
                api.put_approval_result(
                    pipelineName=name, stageName=stage, actionName=action, result=result, token=token
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in _ANSWERED:
                    raise
                self.terminal.say("somebody else answered first")

    def _show_signs_of_life(self) -> None:
        if time.monotonic() - self._beat < HEARTBEAT_SECONDS:
            return
        self._beat = time.monotonic()
        for step in self._running.values():
            self.terminal.sign_of_life(step)

    def _log(self, detail: dict[str, Any]) -> Path | None:
        """Return the log of an action's build, if it had one."""
        if detail["input"]["actionTypeId"]["provider"] != "CodeBuild":
            return None
        return self.cloud.build_log(detail["output"].get("executionResult", {}).get("externalExecutionId", ""))


def _waiting(api: Any, name: str) -> dict[tuple[str, str], str]:
    """Return the tokens of the approvals that wait, by stage and action."""
    return {
        (stage["stageName"], action["actionName"]): action["latestExecution"]["token"]
        for stage in api.get_pipeline_state(name=name)["stageStates"]
        for action in stage["actionStates"]
        if action.get("latestExecution", {}).get("token")
    }


def _details(api: Any, name: str) -> Iterator[dict[str, Any]]:
    """Yield the runs of actions, the oldest first."""
    pages = api.get_paginator("list_action_executions").paginate(pipelineName=name)
    yield from [detail for page in pages for detail in page["actionExecutionDetails"]][::-1]


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")[-8:]
    return next((line for line in reversed(lines) if line.strip()), "")


def _end_of(log: Path | None) -> str:
    if log is None:
        return ""
    lines = [line for line in log.read_text(errors="replace").splitlines() if not line.startswith("[Container]")]
    told = "\n".join(line for line in lines if line.strip()) and "\n".join(lines[-_LINES_OF_AN_ERROR:])
    return f"\n{told}\n(all of it: {log})"
