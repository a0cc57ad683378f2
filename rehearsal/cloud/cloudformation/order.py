"""The order in which CloudFormation brings the resources of a template about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from moto.cloudformation.exceptions import ValidationError

_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")


def in_order(resources: dict[str, Any]) -> list[str]:
    """Sort the resources of a template so that each comes after those that it refers to or depends on.

    Parameters
    ----------
    resources
        The ``Resources`` of a template.

    Returns
    -------
    list of str
        The logical IDs.

    Raises
    ------
    ValidationError
        If resources depend on each other in a circle.
    """
    graph = {name: sorted(set(references(body)) & set(resources) - {name}) for name, body in resources.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise ValidationError(message=f"Circular dependency between resources: [{circle}]") from error


def references(node: Any) -> Iterator[str]:
    """Return the names that a part of a template refers to: resources, parameters, ``AWS::Region`` and its like.

    Parameters
    ----------
    node
        The body of a resource or of an output, or any part of it.
    """
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.split(".")[0]
            elif key == "Fn::Sub":
                text, own = (value, {}) if isinstance(value, str) else (value[0], value[1])
                yield from (name for name in _IN_TEXT.findall(text) if name not in own)
                yield from references(own)
            elif key == "DependsOn":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from references(value)
