"""Policies and what they say about one request; nothing here knows of a cloud."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from rehearsal.cloud.permissions.conditions import Context, UnknownConditionError, holds
from rehearsal.cloud.permissions.wildcards import like

Effect = Literal["Allow", "Deny"]


@dataclass(frozen=True)
class Request:
    """One thing that a caller wants to do to one resource.

    Parameters
    ----------
    action
        For example ``s3:GetObject``.
    resource
        ARN, or ``*`` for actions that know no resource. None where the rehearsal does not know which resource it is:
        then what a policy says of resources is not looked at.
    context
        Values of condition keys.
    """

    action: str
    resource: str | None
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement of a policy, its elements as lists.

    Parameters
    ----------
    effect
        Allow or Deny.
    elements
        The statement as it stands in the policy.
    """

    effect: Effect
    elements: Mapping[str, Any]

    def matches(self, request: Request) -> bool:
        """Say whether the statement is about a request.

        Raises
        ------
        UnknownConditionError
            If that hangs on something that the rehearsal does not know.
        """
        return (
            self.about_action(request.action)
            and self._about_resource(request.resource)
            and holds(self.elements.get("Condition", {}), request.context)
        )

    def about_action(self, action: str) -> bool:
        """Say whether the statement is about an action, on whatever resource; case does not matter."""
        return self._about("Action", "NotAction", action.lower(), str.lower)

    def _about_resource(self, resource: str | None) -> bool:
        if resource is None:
            # an unknown resource may be any: allowed by whatever names some, denied by what names all
            return self.effect == "Allow" or "*" in _listed(self.elements.get("Resource", "*"))
        if any("${" in pattern for name in ("Resource", "NotResource") for pattern in _listed(self.elements.get(name))):
            raise UnknownConditionError("the rehearsal does not know policy variables (${...}) in resources")
        return self._about("Resource", "NotResource", resource, str)

    def _about(self, name: str, negated: str, value: str, form: Any) -> bool:
        if negated in self.elements:
            return not any(like(form(pattern), value) for pattern in _listed(self.elements[negated]))
        return any(like(form(pattern), value) for pattern in _listed(self.elements.get(name)))


@dataclass(frozen=True)
class Verdict:
    """What a set of statements says of a request.

    Parameters
    ----------
    denied, allowed
        Whether a Deny or an Allow matches.
    unknown
        Why a statement could not be judged: an Allow then does not count, a Deny does.
    """

    denied: bool
    allowed: bool
    unknown: str = ""


def judge(statements: Iterable[Statement], request: Request) -> Verdict:
    """Return what statements say of a request.

    Parameters
    ----------
    statements
        Of one policy or of all that apply.
    request
        The request.
    """
    denied = allowed = False
    unknown = ""
    for statement in _about_action(tuple(statements), request.action):
        try:
            matches = statement.matches(request)
        except UnknownConditionError as error:
            unknown = str(error)
            matches = statement.effect == "Deny"
        denied |= matches and statement.effect == "Deny"
        allowed |= matches and statement.effect == "Allow"
    return Verdict(denied, allowed, unknown)


@lru_cache(maxsize=4096)
def _about_action(statements: tuple[Statement, ...], action: str) -> tuple[Statement, ...]:
    # thousands of objects are asked for by the same action and the same policies
    return tuple(statement for statement in statements if statement.about_action(action))


@lru_cache(maxsize=1024)
def statements_of(document: str) -> tuple[Statement, ...]:
    """Return the statements of a policy.

    Parameters
    ----------
    document
        The policy as JSON.
    """
    policy = json.loads(document)
    # moto keeps AWS::NoValue in a list as null, as in the trust policies of the CDK's bootstrap
    return tuple(Statement(one["Effect"], one) for one in _listed(policy.get("Statement")) if one)


def principals_of(statement: Statement, kind: str) -> list[str]:
    """Return the principals of a kind that a statement of a resource's policy names.

    Parameters
    ----------
    statement
        The statement.
    kind
        ``AWS`` or ``Service``.
    """
    principal = statement.elements.get("Principal", {})
    return ["*"] if principal == "*" else [str(one) for one in _listed(principal.get(kind))]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
