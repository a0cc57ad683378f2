"""The values of a template's parameters, and the rules that hold among them, before anything is made.

References: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.ssm.models import ssm_backends

_FROM_THE_STORE = "AWS::SSM::Parameter::Value<"


def check_parameters(template: dict[str, Any], given: dict[str, Any], account: str, region: str) -> None:
    """Refuse values that CloudFormation would refuse, and those that break a rule of the template.

    Parameters
    ----------
    template
        The template.
    given
        Values by the parameters' names.
    account, region
        Where the stack is to be.

    Raises
    ------
    ValidationError
        Naming the parameter or the rule.
    """
    slots = template.get("Parameters") or {}
    unknown = sorted(set(given) - set(slots))
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = sorted(name for name, slot in slots.items() if "Default" not in slot and given.get(name) is None)
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    values = {name: given.get(name, slot.get("Default")) for name, slot in slots.items()}
    stored = {name: key for name, key in values.items() if str(slots[name].get("Type")).startswith(_FROM_THE_STORE)}
    store = ssm_backends[account][region]
    found = {name: store.get_parameter(str(key)) for name, key in stored.items()}
    lost = sorted(str(stored[name]) for name, parameter in found.items() if parameter is None)
    if lost:
        message = f"Unable to fetch parameters [{', '.join(lost)}] from parameter store for this account."
        raise ValidationError(message=message)
    values |= {name: parameter.value for name, parameter in found.items() if parameter}
    for name, slot in slots.items():
        for refusal in _refusals(name, slot, str(values[name])):
            raise ValidationError(message=refusal)
    for name, rule in (template.get("Rules") or {}).items():
        _check_rule(name, rule, values)


def _refusals(name: str, slot: dict[str, Any], value: str) -> Iterator[str]:
    allowed = slot.get("AllowedValues")
    if allowed and value not in map(str, allowed):
        yield f"Parameter '{name}' must be one of AllowedValues ({', '.join(map(str, allowed))}), not {value}"
    pattern = slot.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        yield slot.get("ConstraintDescription") or f"Parameter '{name}' must match pattern {pattern}"
    if len(value) < int(slot.get("MinLength", 0)):
        yield f"Parameter '{name}' must contain at least {slot['MinLength']} characters"
    if "MaxLength" in slot and len(value) > int(slot["MaxLength"]):
        yield f"Parameter '{name}' must contain at most {slot['MaxLength']} characters"
    if slot.get("Type") == "Number":
        yield from _refusals_of_number(name, slot, value)


def _refusals_of_number(name: str, slot: dict[str, Any], value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield f"Parameter '{name}' must be a number."
        return
    if "MinValue" in slot and number < float(slot["MinValue"]):
        yield f"Parameter '{name}' must be a number not less than {slot['MinValue']}"
    if "MaxValue" in slot and number > float(slot["MaxValue"]):
        yield f"Parameter '{name}' must be a number not greater than {slot['MaxValue']}"


def _check_rule(name: str, rule: dict[str, Any], values: dict[str, Any]) -> None:
    if "RuleCondition" in rule and not _truth(name, rule["RuleCondition"], values):
        return
    for assertion in rule.get("Assertions", []):
        if not _truth(name, assertion["Assert"], values):
            told = assertion.get("AssertDescription") or "its assertion does not hold"
            raise ValidationError(message=f"Template error: rule {name}: {told}")


def _truth(rule: str, node: Any, values: dict[str, Any]) -> bool:
    match node:
        case {"Fn::Not": [one]}:
            return not _truth(rule, one, values)
        case {"Fn::And": list(several)}:
            return all(_truth(rule, one, values) for one in several)
        case {"Fn::Or": list(several)}:
            return any(_truth(rule, one, values) for one in several)
        case {"Fn::Equals": [left, right]}:
            return bool(_value(rule, left, values) == _value(rule, right, values))
        case {"Fn::Contains": [list(among), one]}:
            return _value(rule, one, values) in [_value(rule, each, values) for each in among]
    raise _unknown(rule, node)


def _value(rule: str, node: Any, values: dict[str, Any]) -> Any:
    match node:
        case {"Ref": str(name)} if name in values:
            return values[name]
        case str() | int() | float():
            return str(node)
    raise _unknown(rule, node)


def _unknown(rule: str, node: Any) -> ValidationError:
    return ValidationError(message=f"The rehearsal does not know what rule {rule} of the template asks for: {node}")
