"""Names that are taken: moto lets some types of resources replace another's that has the same name."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack, cloudformation_backends

_IN_EVERY_REGION = ("AWS::IAM::",)
_NAME_OF = {"AWS::KMS::Alias": "AliasName"}
"""Names of types that moto does not know to have one."""


def refuse_taken_name(stack: Stack, kind: str, properties: dict[str, Any]) -> None:
    """Refuse to create a resource whose name another resource of its account has, in this stack or another.

    Parameters
    ----------
    stack
        The stack that is to have the resource.
    kind
        Its type.
    properties
        Its properties with every reference resolved.

    Raises
    ------
    ValidationError
        Naming the resource and the stack that has it.
    """
    its = _NAME_OF.get(kind) or parsing.resource_name_property_from_type(kind) or ""
    name = properties.get(its)
    if not name:
        return
    regions = cloudformation_backends[stack.account_id]
    everywhere = kind.startswith(_IN_EVERY_REGION)
    for region, backend in regions.items():
        for other in backend.stacks.values() if everywhere or region == stack.region_name else ():
            made = other.resource_map._parsed_resources.values()
            if any(getattr(one, "cf_resource_type", "") == kind and _called(one, its, name) for one in made):
                raise ValidationError(message=f"{name} already exists in stack {other.stack_id}")


def _called(resource: Any, its: str, name: str) -> bool:
    given = getattr(resource, "properties", None)
    asked_for = given.get(its) if isinstance(given, dict) else None
    return name in (asked_for, getattr(resource, "name", None), resource.physical_resource_id)
