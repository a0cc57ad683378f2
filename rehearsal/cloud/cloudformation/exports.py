"""What stacks export, and which stacks import it: an export that is in use can be neither changed nor deleted.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends

_imported: WeakKeyDictionary[Stack, frozenset[str]] = WeakKeyDictionary()
"""Names of the exports that a stack was last deployed with."""


def refuse_change_of_used(stack: Stack) -> None:
    """Refuse the update of a stack that would take or change what another stack imports.

    Parameters
    ----------
    stack
        A stack whose resources stand as the update wants them.

    Raises
    ------
    ValidationError
        Naming the export and who imports it.
    """
    exports, backend = _resolved(stack), backend_of(stack)
    for name, export in backend.exports.items():
        users = _users(backend, name) if export.exporting_stack_id == stack.stack_id else []
        if users and name not in exports:
            raise ValidationError(message=_cannot_be("deleted", name, users))
        if users and exports[name].value != export.value:
            raise ValidationError(message=_cannot_be("updated", name, users))


def publish(stack: Stack, template: dict[str, Any]) -> None:
    """Give a stack its outputs, and the account its exports.

    Parameters
    ----------
    stack
        A stack whose resources stand.
    template
        What it was deployed from.

    Raises
    ------
    ValidationError
        If another stack has an export of the name.
    """
    exports, backend = _resolved(stack), backend_of(stack)
    for name, export in list(backend.exports.items()):
        mine = export.exporting_stack_id == stack.stack_id
        if mine and name not in exports:
            del backend.exports[name]
        elif not mine and name in exports:
            raise ValidationError(
                message=f"Export with name {name} is already exported by stack {export.exporting_stack_id}."
            )
    backend.exports.update(exports)
    _imported[stack] = frozenset(_imports(stack, template))


def _resolved(stack: Stack) -> dict[str, Any]:
    stack.output_map = stack._create_output_map()
    list(stack.output_map.values())  # resolves them
    return {export.name: export for export in stack.exports}


def obstacle_to_deletion(stack: Stack) -> str | None:
    """Say why a stack cannot be deleted, if another stack imports what it exports."""
    backend = backend_of(stack)
    for name, export in backend.exports.items():
        users = _users(backend, name) if export.exporting_stack_id == stack.stack_id else []
        if users:
            return _cannot_be("deleted", name, users)
    return None


def withdraw(stack: Stack) -> None:
    """Take the exports of a stack that is gone."""
    backend = backend_of(stack)
    for name in [name for name, export in backend.exports.items() if export.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    _imported.pop(stack, None)


def backend_of(stack: Stack) -> CloudFormationBackend:
    """Return the account and Region of a stack."""
    return cloudformation_backends[stack.account_id][stack.region_name]


def _users(backend: CloudFormationBackend, name: str) -> list[str]:
    return sorted(other.name for other in backend.stacks.values() if name in _imported.get(other, ()))


def _cannot_be(what: str, name: str, users: list[str]) -> str:
    return f"Export {name} cannot be {what} as it is in use by {' and '.join(users)}"


def _imports(stack: Stack, node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _imports(stack, item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "Fn::ImportValue":
                yield str(parsing.clean_json(copy.deepcopy(value), stack.resource_map))
            else:
                yield from _imports(stack, value)
