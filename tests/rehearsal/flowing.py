"""What the tests of workflows do in an account: make state machines of a few states, run them, read their history."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.rehearsal.acting import ALLOW_ALL, Account

TRUST_STATES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}],
}

SYNC = "arn:aws:states:::glue:startJobRun.sync"


def task(job: str, resource: str = SYNC, *, arguments: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A Task that runs a job; it ends its machine unless it goes on."""
    parameters = {"JobName": job} | ({"Arguments": arguments} if arguments else {})
    ending = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **ending, **fields}


def machine(*states: tuple[str, dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """A machine that starts with the first of its states."""
    return {"StartAt": states[0][0], "States": dict(states), **fields}


class Workflows:
    """The state machines of an account, seen by its administrator."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.states = account.client("stepfunctions")

    @property
    def role(self) -> str:
        """A role that may do everything."""
        return self.role_of("workflow", ALLOW_ALL)

    def role_of(self, name: str, *statements: dict[str, Any], trust: dict[str, Any] = TRUST_STATES) -> str:
        iam = self.account.client("iam")
        try:
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])
        except iam.exceptions.NoSuchEntityException:
            return self.account.make_role(name, *statements, trust=trust)

    def make(self, name: str, definition: dict[str, Any], **settings: Any) -> str:
        settings.setdefault("roleArn", self.role)
        made = self.states.create_state_machine(name=name, definition=json.dumps(definition), **settings)
        return str(made["stateMachineArn"])

    def start(self, definition: dict[str, Any], given: Any = None, **settings: Any) -> str:
        """Start an execution of a machine that is made for it."""
        arn = self.make(f"machine-{time.monotonic_ns()}", definition, **settings)
        return str(self.states.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"])

    def run(self, definition: dict[str, Any], given: Any = None, **settings: Any) -> dict[str, Any]:
        return self.wait(self.start(definition, given, **settings))

    def wait(self, execution: str, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.look(execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{execution} still runs after {seconds} s: {self.history(execution)}"
            time.sleep(0.05)
        return found

    def look(self, execution: str) -> dict[str, Any]:
        found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
        return found

    def history(self, execution: str) -> list[dict[str, Any]]:
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def kinds(self, execution: str) -> list[str]:
        return [event["type"] for event in self.history(execution)]

    def wait_for_runs(self, job: str, count: int = 1, seconds: float = 30) -> list[dict[str, Any]]:
        """Wait until a job has so many runs, the newest first."""
        deadline = time.monotonic() + seconds
        while len(runs := self.account.glue.get_job_runs(JobName=job)["JobRuns"]) < count:
            assert time.monotonic() < deadline, f"{job} has {len(runs)} runs after {seconds} s, not {count}"
            time.sleep(0.05)
        return list(runs)
