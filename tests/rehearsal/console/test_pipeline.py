"""The pipeline as the page shows it: where an action deploys to, what state a stage is in."""

from __future__ import annotations

import pytest

from rehearsal.console.pipeline import account_of, state_of_stage

ACTION_ROLE = "arn:aws:iam::123456789102:role/deploy"
STACK_ROLE = "arn:aws:iam::123456789103:role/cfn"


@pytest.mark.parametrize(
    ("given", "account"),
    [
        (
            {"roleArn": ACTION_ROLE, "resolvedConfiguration": {"StackName": "S"}},
            "123456789102",
        ),  # executes a change set
        ({"resolvedConfiguration": {"RoleArn": STACK_ROLE}}, "123456789103"),
        ({"resolvedConfiguration": {"StackName": "S"}}, ""),
        ({}, ""),
    ],
)
def test_an_action_deploys_to_the_account_of_its_role(given, account):
    assert account_of({"input": given}) == account


@pytest.mark.parametrize(
    ("actions", "stage"),
    [
        (["Succeeded", "Succeeded"], "Succeeded"),
        (["Succeeded", "NotStarted"], "InProgress"),
        (["NotStarted", "NotStarted"], "NotStarted"),
        (["InProgress", "Failed"], "Failed"),
        (["Waiting", "NotStarted"], "Waiting"),
        (["Succeeded", "Stopped", "NotStarted"], "Stopped"),
    ],
)
def test_a_stage_is_in_the_state_of_what_matters_most_in_it(actions, stage):
    assert state_of_stage([{"state": state} for state in actions]) == stage
