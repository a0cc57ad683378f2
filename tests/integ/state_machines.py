"""The state machines of a stage's workflows, which carry its tag."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tests.integ.stage import Stage, StageError, error_text, patience


@dataclass(frozen=True)
class StateMachine:
    """A workflow's state machine: its ARN and the deployed names of the jobs that it runs."""

    arn: str
    jobs: tuple[str, ...]


def tagged_state_machines(session: boto3.Session, stage: Stage) -> dict[str, StateMachine]:
    """Find the state machines of the stage's workflows, by name.

    Their names begin with the stage, so that the tags of no others are asked for; an index of tags, as the resource
    groups' API has one, would be quicker and may not know yet what was deployed a moment ago.

    Raises
    ------
    StageError
        A call is refused.
    """
    states = session.client("stepfunctions", config=patience(6))
    try:
        pages = states.get_paginator("list_state_machines").paginate()
        found = {
            machine["name"]: machine["stateMachineArn"]
            for page in pages
            for machine in page["stateMachines"]
            if machine["name"].startswith(stage.prefix)
        }
        machines = {}
        for name, arn in sorted(found.items()):
            tags = states.list_tags_for_resource(resourceArn=arn)["tags"]
            if {"key": "stage", "value": stage.name} in tags:
                definition = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
                machines[name] = StateMachine(arn, tuple(_jobs_in(definition)))
    except ClientError as error:
        raise StageError(f"The workflows of {stage.name} cannot be found: {error_text(error)}") from None
    except BotoCoreError as error:
        raise StageError(f"The workflows of {stage.name} cannot be found: {error}") from None
    return machines


def _jobs_in(definition: Mapping[str, Any]) -> Iterator[str]:
    """Name the jobs that a definition in Amazon States Language runs."""
    for state in definition["States"].values():
        if str(state.get("Resource")).endswith(":states:::glue:startJobRun.sync"):
            yield state["Parameters"]["JobName"]
        for branch in state.get("Branches", []):
            yield from _jobs_in(branch)
