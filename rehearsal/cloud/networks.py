"""Networks with IDs that the caller chooses: a stage's config names VPCs that exist before it is ever deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.ec2.models import security_groups, subnets, vpcs

ID_TAG = "rehearsal:id"
"""A VPC, subnet or security group that is created with this tag gets the tag's value as its ID."""

_wanted: ContextVar[str] = ContextVar("wanted", default="")


def install() -> None:
    """Let moto's EC2 take the ID of what it makes from a tag."""
    _take(vpcs, "random_vpc_id", vpcs.VPCBackend, "create_vpc", "vpc-")
    _take(subnets, "random_subnet_id", subnets.SubnetBackend, "create_subnet", "subnet-")
    _take(
        security_groups,
        "random_security_group_id",
        security_groups.SecurityGroupBackend,
        "create_security_group",
        "sg-",
    )


def _take(module: Any, name: str, backend: Any, operation: str, prefix: str) -> None:
    by_chance: Callable[[], str] = getattr(module, name)
    make: Callable[..., Any] = getattr(backend, operation)

    def chosen() -> str:
        wanted = _wanted.get()
        return wanted if wanted.startswith(prefix) else by_chance()

    def create(self: Any, *positional: Any, **named: Any) -> Any:
        tags = dict(_tags([*positional, *named.values()]))
        with _asked_for(tags.get(ID_TAG, "")):
            return make(self, *positional, **named)

    setattr(module, name, chosen)
    setattr(backend, operation, create)


@contextmanager
def _asked_for(wanted: str) -> Iterator[None]:
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def _tags(values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Find the tags in a call's arguments, in each of the forms in which moto passes them on."""
    for value in values:
        if isinstance(value, list):
            yield from ((tag["Key"], tag["Value"]) for tag in value if isinstance(tag, dict) and "Key" in tag)
        elif isinstance(value, dict):
            yield from ((key, text) for key, text in value.items() if isinstance(text, str))
            yield from _tags(inner for inner in value.values() if isinstance(inner, dict))
