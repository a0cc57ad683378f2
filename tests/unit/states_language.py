"""An interpreter of what workflows use of Amazon States Language, on a clock that only runs turn.

It follows https://states-language.net/spec.html and knows nothing of how definitions are made.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

States = Mapping[str, Any]


@dataclass(frozen=True)
class Failure(Exception):  # noqa: N818 - so the language calls it
    """What a task reports, or a Fail state."""

    error: str
    cause: str


@dataclass(frozen=True)
class Ran:
    """A run of a job: from when to when, and with which arguments."""

    job: str
    began: float
    ended: float
    arguments: Mapping[str, str]


def run_failed(job: str, **details: Any) -> Failure:
    """How Step Functions tells of a run that Glue calls failed: its cause is the run."""
    run = {"Id": f"jr_{job}", "JobName": job, "JobRunState": "FAILED", "ErrorMessage": "no such table", **details}
    return Failure("States.TaskFailed", json.dumps({key: value for key, value in run.items() if value is not None}))


@dataclass
class Interpreter:
    """An execution.

    Parameters
    ----------
    seconds
        How long each job's runs take; one second for those that it does not name.
    outcomes
        By job what becomes of its runs, one after the other: a failure, or None for success, as for all further ones.
    publish
        What SNS does.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, Sequence[Failure | None]] = field(default_factory=dict)
    publish: Callable[[Mapping[str, Any]], None] = lambda message: None
    runs: list[Ran] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    context: Mapping[str, Any] = field(
        default_factory=lambda: {"Execution": {"Name": "morning", "Id": "arn:aws:states:::execution:morning"}}
    )

    def execute(self, definition: States, given: Any = None) -> Any:
        """Execute a definition and return its output.

        Raises
        ------
        Failure
            If the execution fails.
        """
        output, _ = self._machine(definition, {} if given is None else given, 0.0)
        return output

    def began(self, job: str) -> float:
        return next(run.began for run in self.runs if run.job == job)

    def _machine(self, definition: States, data: Any, now: float) -> tuple[Any, float]:
        name = definition["StartAt"]
        while True:
            state = definition["States"][name]
            try:
                data, now, following = self._state(state, data, now)
            except _Caught as caught:
                data, now, following = caught.args
            if following is None:
                return data, now
            name = following

    def _state(self, state: States, data: Any, now: float) -> tuple[Any, float, str | None]:
        kind = state["Type"]
        if kind == "Succeed":
            return data, now, None
        if kind == "Fail":
            raise Failure(state["Error"], str(self._value(state["CausePath"], data)))
        if kind == "Choice":
            chosen = (rule["Next"] for rule in state["Choices"] if self._holds(rule, data))
            return data, now, next(chosen, state["Default"])
        if kind == "Pass":
            result = self._template(state["Parameters"], data) if "Parameters" in state else data
        elif kind == "Parallel":
            ends = [self._machine(branch, data, now) for branch in state["Branches"]]
            result, now = self._selected(state, [output for output, _ in ends]), max(end for _, end in ends)
        else:
            result, now = self._task(state, data, now)
        assert state.get("End") or "Next" in state
        return result, now, None if state.get("End") else state["Next"]

    def _task(self, state: States, data: Any, now: float) -> tuple[Any, float]:
        parameters = self._template(state["Parameters"], data)
        retried = [0] * len(state.get("Retry", []))
        while True:
            try:
                result, now = self._call(state["Resource"], parameters, now)
                return self._selected(state, result) if state.get("ResultPath", "$") else data, now
            except Failure as failure:
                now += self.seconds.get(parameters.get("JobName", ""), 1.0)
                index = next((i for i, one in enumerate(state.get("Retry", [])) if _matches(one, failure)), None)
                if index is not None and retried[index] < state["Retry"][index]["MaxAttempts"]:
                    retried[index] += 1
                    continue
                for catcher in state.get("Catch", []):
                    if _matches(catcher, failure):
                        told = {"Error": failure.error, "Cause": failure.cause}
                        place = catcher.get("ResultPath", "$")
                        output = told if place == "$" else {**data, place.removeprefix("$."): told}
                        raise _Caught(output, now, catcher["Next"]) from None
                raise

    def _call(self, resource: str, parameters: Mapping[str, Any], now: float) -> tuple[Any, float]:
        if resource.endswith(":sns:publish"):
            self.publish(parameters)
            self.messages.append(dict(parameters))
            return {"MessageId": "1"}, now
        assert resource.endswith(":glue:startJobRun.sync")
        job = parameters["JobName"]
        number = sum(run.job == job for run in self.runs)
        end = now + self.seconds.get(job, 1.0)
        self.runs.append(Ran(job, now, end, parameters["Arguments"]))
        outcomes = self.outcomes.get(job, [])
        if number < len(outcomes) and (failure := outcomes[number]):
            raise failure
        return {"Id": f"jr_{job}", "JobName": job, "JobRunState": "SUCCEEDED"}, end

    def _selected(self, state: States, result: Any) -> Any:
        return self._template(state["ResultSelector"], result) if "ResultSelector" in state else result

    def _template(self, template: Any, data: Any) -> Any:
        if isinstance(template, Mapping):
            return {
                key.removesuffix(".$"): self._value(value, data) if key.endswith(".$") else self._template(value, data)
                for key, value in template.items()
            }
        return template

    def _value(self, text: str, data: Any) -> Any:
        if text.startswith("States."):
            function, _, inside = text.removeprefix("States.").partition("(")
            literals = re.findall(r"'([^']*)'", inside)
            arguments = [
                literals[0]
                if one.startswith("'")
                else one == "true"
                if one in ("true", "false")
                else self._value(one, data)
                for one in _split(inside[:-1])
            ]
            return _FUNCTIONS[function](*arguments)
        found = (
            _at(text.removeprefix("$$"), self.context) if text.startswith("$$") else _at(text.removeprefix("$"), data)
        )
        assert found is not _ABSENT, f"States.ParameterPathFailure: {text} in {data}"
        return found

    def _holds(self, rule: States, data: Any) -> bool:
        if "And" in rule:
            return all(self._holds(one, data) for one in rule["And"])
        found = _at(rule["Variable"].removeprefix("$"), data)
        if "IsPresent" in rule:
            return bool(rule["IsPresent"]) == (found is not _ABSENT)
        assert found is not _ABSENT, f"States.Runtime: {rule['Variable']} in {data}"
        if "StringMatches" in rule:
            return fnmatch.fnmatchcase(found, rule["StringMatches"])
        return bool(found == rule["StringEquals"])


class _Caught(Exception):  # noqa: N818 - it is an answer, not a defect
    """The output, the time and the next state after an error was caught."""


_ABSENT = object()
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "Format": lambda text, *values: text.format(*values),
    "StringToJson": json.loads,
    "JsonMerge": lambda one, other, deep: {**one, **other},
}


def _matches(rule: States, failure: Failure) -> bool:
    names = rule["ErrorEquals"]
    any_task = "States.TaskFailed" in names and failure.error != "States.Timeout"
    return failure.error in names or "States.ALL" in names or any_task


def _at(path: str, data: Any) -> Any:
    for step in re.findall(r"\.(\w+)|\[(\d+|\*)\]", path):
        name, index = step
        if index == "*":
            rest = path.partition("[*]")[2]
            return [found for one in data if (found := _at(rest, one)) is not _ABSENT]
        if isinstance(data, list) and index and int(index) < len(data):
            data = data[int(index)]
        elif isinstance(data, Mapping) and name in data:
            data = data[name]
        else:
            return _ABSENT
    return data


def _split(text: str) -> list[str]:
    """Split arguments at their commas, but not within text or the call of another function."""
    parts, depth, quoted = [""], 0, False
    for one in text:
        quoted ^= one == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(one, 0)
        if one == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += one
    return [part.strip() for part in parts]
