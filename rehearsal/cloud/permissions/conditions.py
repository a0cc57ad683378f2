"""The Condition block of a policy statement.

See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rehearsal.cloud.permissions.wildcards import like

Context = Mapping[str, str | Sequence[str] | None]
"""Values by the condition keys that the rehearsal knows for a request; None says that the request lacks the key.

``aws:ResourceTag/*`` with None says that the request lacks the tags that are not in it by their names.
"""


class UnknownConditionError(Exception):
    """A condition that the rehearsal cannot judge; the text says which."""


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
    "ArnEquals": like,  # AWS: "ArnEquals and ArnLike behave identically"
    "ArnLike": like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def holds(block: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Say whether every condition of a block is met.

    Parameters
    ----------
    block
        Keys and wanted values by operator, as in the policy.
    context
        The request's values.

    Returns
    -------
    bool
        True also for an empty block.

    Raises
    ------
    UnknownConditionError
        If an operator or a key is not known here: neither answer would be true.
    """
    lowered = {key.lower(): value for key, value in context.items()}  # condition keys are case-insensitive
    met = True
    for operator, wanted in block.items():
        for key, values in wanted.items():
            known = [name for name in (key.lower(), f"{key.lower().partition('/')[0]}/*") if name in lowered]
            if not known:
                raise UnknownConditionError(f"the rehearsal does not know the condition key {key}")
            met &= _holds(operator, [str(value) for value in _listed(values)], lowered[known[0]])
    return met


def _holds(operator: str, wanted: list[str], found: str | Sequence[str] | None) -> bool:
    if operator == "Null":
        return any((found is None) == (value.lower() == "true") for value in wanted)
    every, over, plain = operator.rpartition(":")
    if_exists = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    name = _NEGATED.get(plain, plain)
    if name not in _POSITIVE or every not in ("", "ForAllValues", "ForAnyValue"):
        raise UnknownConditionError(f"the rehearsal does not know the condition operator {operator}")
    if any("${" in value for value in wanted):
        raise UnknownConditionError("the rehearsal does not know policy variables (${...}) in conditions")
    if found is None:
        # a key that the request lacks meets the negated operators, and every one of no values meets anything
        return if_exists or every == "ForAllValues" or (plain in _NEGATED and not over)
    values = [found] if isinstance(found, str) else list(found)
    met = [any(_POSITIVE[name](one, value) for one in wanted) != (plain in _NEGATED) for value in values]
    return all(met) if every == "ForAllValues" else any(met)


def _listed(values: Any) -> list[Any]:
    # JSON's true is the text "true"
    listed = values if isinstance(values, list) else [values]
    return [str(value).lower() if isinstance(value, bool) else value for value in listed]
