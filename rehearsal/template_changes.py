"""Two templates of a stack compared, and the difference said in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

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


def compare(stack: str, environment: str, before: dict[str, Any] | None, after: dict[str, Any]) -> StackChanges:
    """Compare two templates of a stack.

    Parameters
    ----------
    stack, environment
        What is told of the stack.
    before
        The template that is deployed; None if the stack is not.
    after
        The template that is to be deployed.

    Returns
    -------
    StackChanges
        Resources that the second has, has otherwise, and has no longer; metadata is no change.
    """
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
        environment,
        first=before is None,
        added=_sorted(_resource(name, new[name]) for name in new if name not in old),
        changed=_sorted(changed),
        removed=_sorted(_resource(name, old[name]) for name in old if name not in new),
    )


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
