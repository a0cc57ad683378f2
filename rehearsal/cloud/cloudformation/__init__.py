"""CloudFormation of the local cloud: unknown types are refused, failures roll back, change sets tell what they did."""

from __future__ import annotations

from rehearsal.cloud.cloudformation import role_type, stacks, types


def install() -> None:
    """Add to moto's CloudFormation what it lacks."""
    types.install()
    role_type.install()
    stacks.install()
