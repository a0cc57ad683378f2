"""The workflows of a stage: its state machines, found by their tag, each with the jobs that it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rehearsal.assembly import PipelineStage
from rehearsal.local_cloud import LocalCloud

_RUN_A_JOB = (":glue:startJobRun", ":glue:startJobRun.sync")


@dataclass
class Workflow:
    """A state machine and its execution.

    Parameters
    ----------
    arn, name
        Of the state machine.
    jobs
        Names of the jobs that it runs.
    execution
        ARN of the execution that was started, if one was.
    state
        Of that execution, as Step Functions gives it.
    error
        Why it failed.
    """

    arn: str
    name: str
    jobs: frozenset[str]
    execution: str = field(default="")
    state: str = field(default="")
    error: str = field(default="")


class StageWorkflows:
    """The state machines that carry a stage's tag.

    Parameters
    ----------
    cloud
        Where they are.
    stage
        The stage.
    """

    def __init__(self, cloud: LocalCloud, stage: PipelineStage) -> None:
        self._api: Any = cloud.client("stepfunctions", stage.environment.account, stage.environment.region)
        self._stage = stage

    def find(self) -> list[Workflow]:
        """Return the stage's workflows."""
        pages = self._api.get_paginator("list_state_machines").paginate()
        return [
            Workflow(machine["stateMachineArn"], machine["name"], frozenset(self._jobs_of(machine["stateMachineArn"])))
            for page in pages
            for machine in page["stateMachines"]
            if {"key": "stage", "value": self._stage.name} in self._tags_of(machine["stateMachineArn"])
        ]

    def start(self, workflow: Workflow) -> None:
        """Start an execution."""
        workflow.execution = self._api.start_execution(stateMachineArn=workflow.arn)["executionArn"]

    def look(self, workflow: Workflow) -> bool:
        """Look how the execution is; say whether it has ended."""
        found = self._api.describe_execution(executionArn=workflow.execution)
        workflow.state = found["status"]
        workflow.error = found.get("cause") or found.get("error") or ""
        return workflow.state not in ("RUNNING", "PENDING_REDRIVE")

    def _jobs_of(self, arn: str) -> Iterator[str]:
        definition = self._api.describe_state_machine(stateMachineArn=arn)["definition"]
        for state in _states(json.loads(definition)):
            if str(state.get("Resource", "")).endswith(_RUN_A_JOB):
                yield state["Parameters"]["JobName"]

    def _tags_of(self, arn: str) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self._api.list_tags_for_resource(resourceArn=arn)["tags"]
        return tags


def _states(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every state of a definition, those of its branches too."""
    for state in definition.get("States", {}).values():
        yield state
        for branch in state.get("Branches", []):
            yield from _states(branch)
        yield from _states(state.get("ItemProcessor", {}))
