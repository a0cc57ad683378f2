"""Definitions of state machines that AWS refuses, in its words where they are known."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.cloud.stepfunctions.definition import diagnose
from rehearsal.cloud.stepfunctions.paths import extract
from tests.rehearsal.flowing import machine, task

PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "E"}


def after(name: str) -> dict[str, str]:
    return {"Type": "Pass", "Next": name}


def found(definition, partition: str = "aws") -> list[str]:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return [str(one) for one in diagnose(text, partition)]


RETRY = {
    "ErrorEquals": ["Glue.ConcurrentRunsExceededException", "Glue.ThrottlingException"],
    "IntervalSeconds": 2,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "JitterStrategy": "FULL",
}

SOUND = {
    "StartAt": "Both",
    "Comment": "everything that a workflow of jobs is made of",
    "TimeoutSeconds": 3600,
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                machine(("One", task("one", arguments={"--id.$": "$$.Execution.Name"}, TimeoutSeconds=60))),
                machine(("Wait", {"Type": "Wait", "Seconds": 1, "Next": "Two"}), ("Two", task("two", Retry=[RETRY]))),
            ],
            "ResultPath": None,
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Tell"}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.tables",
            "MaxConcurrency": 4,
            "ItemSelector": {"table.$": "$$.Map.Item.Value"},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **machine(("Three", task("three")))},
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"And": [{"Variable": "$[0].n", "NumericGreaterThan": 0}], "Next": "Done"}],
            "Default": "Tell",
        },
        "Tell": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {
                "TopicArn": "arn:aws:sns:us-east-1:200000000001:t",
                "Message.$": "States.Format('{}', $.problem)",
                "Subject": "failed",
            },
            "Next": "Failed",
        },
        "Failed": {"Type": "Fail", "ErrorPath": "$.problem.Error", "CausePath": "$.problem.Cause"},
        "Done": {"Type": "Succeed"},
    },
}


def test_a_sound_definition_is_taken():
    assert found(SOUND) == []


WRONG = {
    "a Next to a state that is none, and a state that nothing leads to": (
        machine(("pass1", after("pass3")), ("pass2", PASS)),
        [
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next",
            'MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2',
        ],
    ),
    "a start that is none": (
        {"StartAt": "b", "States": {"a": PASS}},
        [
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: b at /StartAt",
            'MISSING_TRANSITION_TARGET: State "a" is not reachable. at /States/a',
        ],
    ),
    "no way out": (
        machine(("a", after("b")), ("b", after("a"))),
        ["MISSING_END_STATE: Workflow has no terminal state at null"],
    ),
    "states that lead to each other only": (
        machine(("a", PASS), ("b", after("c")), ("c", after("b"))),
        [
            'MISSING_TRANSITION_TARGET: State "b" is not reachable. at /States/b',
            'MISSING_TRANSITION_TARGET: State "c" is not reachable. at /States/c',
        ],
    ),
    "a Catch that leads nowhere": (
        machine(("a", task("x", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "b"}]))),
        ["MISSING_TRANSITION_TARGET: Missing 'Next' target: b at /States/a/Catch[0]/Next"],
    ),
    "a Choice that leads nowhere": (
        machine(
            ("a", {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "c"}], "Default": "b"}),
            ("b", PASS),
        ),
        ["MISSING_TRANSITION_TARGET: Missing 'Next' target: c at /States/a/Choices[0]/Next"],
    ),
    "a fault within a branch": (
        machine(("a", {"Type": "Parallel", "Branches": [machine(("b", PASS)), machine(("c", after("d")), ("e", PASS))],
                       "End": True})),
        [
            "MISSING_TRANSITION_TARGET: Missing 'Next' target: d at /States/a/Branches[1]/States/c/Next",
            'MISSING_TRANSITION_TARGET: State "e" is not reachable. at /States/a/Branches[1]/States/e',
        ],
    ),
    "a name used twice": (
        machine(("a", {"Type": "Parallel", "Branches": [machine(("a", PASS))], "End": True})),
        ["DUPLICATE_STATE_NAME: Duplicate State name: a at /States/a/Branches[0]/States/a"],
    ),
    "no start": (
        {"States": {"a": PASS}},
        ["SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"],
    ),
    "a field of another type of state": (
        machine(("a", {"Type": "Parallel", "Branches": [machine(("b", PASS))], "TimeoutSeconds": 3, "End": True})),
        ["SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/a"],
    ),
    "both ways on": (
        machine(("a", {**PASS, "Next": "b"}), ("b", PASS)),
        ["SCHEMA_VALIDATION_FAILED: Exactly one of these fields is required: [Next, End] at /States/a"],
    ),
    "a type that is none": (
        machine(("a", {"Type": "Job", "End": True})),
        [
            "SCHEMA_VALIDATION_FAILED: Value is not valid, it should be one of: Task, Parallel, Map, Pass, Wait, "
            "Choice, Succeed, Fail at /States/a/Type"
        ],
    ),
    "a text for a number": (
        machine(("a", task("x", TimeoutSeconds="60"))),
        ["SCHEMA_VALIDATION_FAILED: '60' is not of type 'number' at /States/a/TimeoutSeconds"],
    ),
    "a parameter that StartJobRun does not have": (
        machine(("a", {**task("x"), "Parameters": {"Jobname": "x"}})),
        [
            "SCHEMA_VALIDATION_FAILED: The field 'Jobname' is not supported by Step Functions at /States/a/Parameters",
            "SCHEMA_VALIDATION_FAILED: The field 'JobName' is required but was missing at /States/a/Parameters",
        ],
    ),
    "a pattern that Glue does not have": (
        machine(("a", task("x", "arn:aws:states:::glue:startJobRun.waitForTaskToken"))),
        [
            "SCHEMA_VALIDATION_FAILED: The pattern .waitForTaskToken is not supported by "
            "arn:aws:states:::glue:startJobRun at /States/a/Resource"
        ],
    ),
    "an integration that Docker would be needed for": (
        machine(("a", task("x", "arn:aws:states:::ecs:runTask.sync"))),
        [
            "NOT_REHEARSED: The rehearsal does not execute tasks of arn:aws:states:::ecs:runTask.sync "
            "at /States/a/Resource"
        ],
    ),
    "JSONata": (
        machine(("a", {**PASS, "Output": "{% 1 %}"}), QueryLanguage="JSONata"),
        ["NOT_REHEARSED: The rehearsal does not execute JSONata at /States/a"],
    ),
    "something that is no JSON": (
        "{",
        [
            "INVALID_JSON_DESCRIPTION: Expecting property name enclosed in double quotes at [line: 1, column: 2]",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_a_definition_is_refused_for(fault):
    definition, said = WRONG[fault]
    assert found(definition) == said


@pytest.mark.parametrize("value", ["not a path", "$.a[", "$$.Execution[", 3])
def test_a_value_that_is_no_path_is_refused(value):
    (said,) = found(machine(("a", {**PASS, "Parameters": {"deep": [{"x.$": value}]}})))
    assert said == (
        "SCHEMA_VALIDATION_FAILED: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic "
        "function call at /States/a/Parameters"
    )


@pytest.mark.parametrize("value", ["$", "$.a-b", "$.Arguments.--x", "$['a b']", "$$.Execution.Name", "$name.a", "$..x",
                                   "$.a[?(@.n > 3)]", "States.Array($.a, 'b')"])  # fmt: skip
def test_paths_of_every_kind_are_taken(value):
    assert found(machine(("a", {**PASS, "Parameters": {"x.$": value}}))) == []


def test_an_unknown_intrinsic_function_is_refused():
    (said,) = found(machine(("a", {**PASS, "Parameters": {"x.$": "States.Nonsense($.a)"}})))
    assert said.startswith("SCHEMA_VALIDATION_FAILED: ")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.a", [1, 2]),
        ("$.a[1]", 2),
        ("$.a[*]", [1, 2]),
        ("$.a[0:1]", [1]),
        ("$.none[*]", []),
        ("$.b['--x']", 3),
        ("$.b.--x", 3),
        ("$.b.y-z", 4),
        ("$.c[?(@.n > 1)].n", [2]),
        ("$.c[0].n", 1),
    ],
)
def test_a_path_means_one_value_or_several(path, value):
    data = {"a": [1, 2], "b": {"--x": 3, "y-z": 4}, "c": [{"n": 1}, {"n": 2}]}
    assert extract(path, data) == value


def places_in(node: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places_in(value, (*at, key))


def with_in_its_place(node: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    node[at[0]] = with_in_its_place(node[at[0]], at[1:], value)
    return node


@pytest.mark.parametrize("value", [None, 3, "x", [], {}], ids=repr)
def test_whatever_stands_in_a_definition_is_answered(value):
    refused = 0
    for at in places_in(SOUND):
        refused += bool(found(with_in_its_place(copy.deepcopy(SOUND), at, value)))
    assert refused > 50


def test_a_distributed_map_is_refused():
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **machine(("b", PASS))}
    assert found(machine(("a", {"Type": "Map", "ItemProcessor": processor, "End": True}))) == [
        "NOT_REHEARSED: The rehearsal does not execute distributed Map states at /States/a/ItemProcessor"
    ]


def test_a_backoff_below_one_is_refused():
    wrong = [{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}]
    (said,) = found(machine(("a", task("x", Retry=wrong))))
    assert "BackoffRate MUST be greater than or equal to 1.0" in said


def test_a_resource_carries_the_partition_of_its_region():
    definition = machine(("a", task("x")))
    assert found(definition, "aws") == []
    (said,) = found(definition, "aws-cn")
    assert "is not recognized. The value is not a valid resource ARN, or the resource is not available" in said
