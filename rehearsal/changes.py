"""What an approval would let the pipeline change: the stage's templates against the stacks that are deployed.

It compares templates instead of making change sets: a change set of a stack that does not exist yet would leave an
empty stack behind, and the pipeline would find it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.assembly import Environment

Clients = Callable[[str, str, str], Any]
"""Gives a client for a service, an account and a Region."""

_NOT_A_CHANGE = ("Metadata",)
_IGNORED_TYPES = ("AWS::CDK::Metadata",)
_NAMES = ("Name", "BucketName", "RoleName", "TableName", "FunctionName", "StateMachineName", "TopicName", "AliasName")
_LONGEST_VALUE = 40
_HASH = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ResourceChange:
    """A resource that would be added, changed or removed.

    Parameters
    ----------
    kind
        The type as people say it: ``Glue job``.
    name
        The name that people know it by; else its place in the app.
    details
        Properties that would change.
    """

    kind: str
    name: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class StackChanges:
    """What would become of a stack.

    Parameters
    ----------
    stack
        Its name.
    environment
        Where it is.
    first
        Whether it is not deployed yet.
    added, changed, removed
        Its resources.
    """

    stack: str
    environment: str
    first: bool
    added: tuple[ResourceChange, ...] = ()
    changed: tuple[ResourceChange, ...] = ()
    removed: tuple[ResourceChange, ...] = ()

    def in_words(self) -> str:
        """Return the changes in a sentence, the jobs by their names."""
        told = [
            f"{verb} {_counted(resources)}"
            for verb, resources in (("adds", self.added), ("changes", self.changed), ("removes", self.removed))
            if resources
        ]
        first = "first deployment: " if self.first else ""
        return first + ("; ".join(told) or "no resource changes")


def changes_of_stage(
    clients: Clients, where: Environment, pipeline: str, execution: str, stage: str
) -> list[StackChanges]:
    """Find what the deployments of a stage would change.

    Parameters
    ----------
    clients
        Gives the clients of each account's administrator.
    where
        Where the pipeline is.
    pipeline, execution, stage
        Names: the pipeline, its execution, the stage.

    Returns
    -------
    list of StackChanges
        In the order of the stage's actions.

    Raises
    ------
    botocore.exceptions.ClientError
        If a template cannot be read.
    """
    codepipeline = clients("codepipeline", where.account, where.region)
    declared = codepipeline.get_pipeline(name=pipeline)["pipeline"]
    actions = next(each["actions"] for each in declared["stages"] if each["name"] == stage)
    read = _Artifacts(clients, where, pipeline, execution)
    found: dict[str, StackChanges] = {}
    for action in sorted(actions, key=lambda each: each.get("runOrder", 1)):
        given = action.get("configuration", {})
        if action["actionTypeId"]["provider"] != "CloudFormation" or not given.get("TemplatePath"):
            continue
        account = (given.get("RoleArn") or action.get("roleArn") or f"::::{where.account}").split(":")[4]
        target = Environment(account, action.get("region") or where.region)
        wanted = json.loads(read.file(given["TemplatePath"]))
        stack = given["StackName"]
        found[stack] = _compared(stack, target, _deployed(clients, target, stack), wanted)
    return list(found.values())


class _Artifacts:
    """Files of the artifacts of an execution, each artifact read once."""

    def __init__(self, clients: Clients, where: Environment, pipeline: str, execution: str) -> None:
        self._s3 = clients("s3", where.account, where.region)
        pages = clients("codepipeline", where.account, where.region).get_paginator("list_action_executions")
        self._places: dict[str, dict[str, str]] = {}
        for page in pages.paginate(pipelineName=pipeline, filter={"pipelineExecutionId": execution}):
            for detail in page["actionExecutionDetails"]:
                for artifact in detail["output"].get("outputArtifacts", []):
                    self._places.setdefault(artifact["name"], artifact["s3location"])
        self._read: dict[str, zipfile.ZipFile] = {}

    def file(self, path: str) -> bytes:
        """Return a file, named ``Artifact::path``."""
        artifact, _, name = path.partition("::")
        if artifact not in self._read:
            place = self._places[artifact]
            body = self._s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
            self._read[artifact] = zipfile.ZipFile(io.BytesIO(body))
        return self._read[artifact].read(name)


def _deployed(clients: Clients, target: Environment, stack: str) -> dict[str, Any] | None:
    """Return the template that a stack was deployed with, or None if it was not."""
    cloudformation = clients("cloudformation", target.account, target.region)
    try:
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if status in ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
            return None
        template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return None
    return dict(template) if isinstance(template, dict) else dict(json.loads(template))


def _compared(stack: str, target: Environment, before: dict[str, Any] | None, after: dict[str, Any]) -> StackChanges:
    old, new = _resources(before or {}), _resources(after)
    changed = [
        _resource(
            name, new[name], tuple(dict.fromkeys(_differences(_compared_part(old[name]), _compared_part(new[name]))))
        )
        for name in new
        if name in old and _compared_part(old[name]) != _compared_part(new[name])
    ]
    return StackChanges(
        stack,
        str(target).removeprefix("aws://"),
        first=before is None,
        added=_sorted(_resource(name, new[name]) for name in new if name not in old),
        changed=_sorted(changed),
        removed=_sorted(_resource(name, old[name]) for name in old if name not in new),
    )


def _resources(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = template.get("Resources", {})
    return {name: body for name, body in found.items() if body["Type"] not in _IGNORED_TYPES}


def _compared_part(body: dict[str, Any]) -> dict[str, Any]:
    properties = dict(body.get("Properties", {}))
    tags = properties.get("Tags")
    if isinstance(tags, list) and all(isinstance(tag, dict) and "Key" in tag for tag in tags):
        properties["Tags"] = {str(tag["Key"]): tag.get("Value") for tag in tags}
    rest = {name: part for name, part in body.items() if name not in (*_NOT_A_CHANGE, "Properties")}
    return rest | properties


def _resource(logical_id: str, body: dict[str, Any], details: tuple[str, ...] = ()) -> ResourceChange:
    properties = body.get("Properties", {})
    given = [properties.get(name) for name in _NAMES]
    given += [
        properties[part].get("Name")
        for part in properties
        if part.endswith("Input") and isinstance(properties[part], dict)
    ]
    name = next((each for each in given if isinstance(each, str)), "")
    return ResourceChange(kind_in_words(body["Type"]), name or _place(logical_id, body), details)


def _place(logical_id: str, body: dict[str, Any]) -> str:
    """Return where a resource stands in the app, without the stack and the ``Resource`` at its end."""
    path = str(body.get("Metadata", {}).get("aws:cdk:path", ""))
    parts = [part for part in path.split("/") if part != "Resource"]
    return "/".join(parts[3:]) or logical_id


def kind_in_words(type_: str) -> str:
    """Return a resource type as people say it.

    Examples
    --------
    >>> kind_in_words("AWS::Glue::Job"), kind_in_words("AWS::S3::BucketPolicy")
    ('Glue job', 'S3 bucket policy')
    """
    parts = type_.split("::")
    if len(parts) != 3:
        return type_
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", parts[2]).split(" ")
    return " ".join([parts[1], *(word if word.isupper() else word.lower() for word in words)])


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict) and not _is_function(old) and not _is_function(new):
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name):
                yield from _differences(old.get(name), new.get(name), f"{path}.{name}" if path else name)
        return
    told = [_value(each) for each in (old, new)]
    yield f"{path}: {told[0]} → {told[1]}" if all(told) else path


def _is_function(value: dict[str, Any]) -> bool:
    return len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::"))


def _value(value: Any) -> str:
    """Return a value that a person wants to read, else nothing."""
    if value is None:
        return "none"
    if isinstance(value, dict | list):
        return ""
    text = str(value)
    return "" if len(text) > _LONGEST_VALUE or _HASH.search(text) else text


def _sorted(resources: Iterable[ResourceChange]) -> tuple[ResourceChange, ...]:
    """Jobs first: they are what people look for."""
    return tuple(sorted(resources, key=lambda each: (each.kind != "Glue job", each.kind, each.name)))


def _counted(resources: tuple[ResourceChange, ...]) -> str:
    jobs = [each.name for each in resources if each.kind == "Glue job"]
    rest = Counter(each.kind for each in resources if each.kind != "Glue job")
    told = [f"{_number(len(jobs), 'Glue job')} ({', '.join(jobs)})"] if jobs else []
    return ", ".join([*told, *(_number(count, kind) for kind, count in rest.items())])


def _number(count: int, kind: str) -> str:
    if count == 1:
        return f"1 {kind}"
    return f"{count} {kind[:-1]}ies" if kind.endswith("y") and kind[-2] not in "aeiou" else f"{count} {kind}s"
