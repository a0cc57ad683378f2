"""Whether a model delivers what its contract promises, as far as the query shows it without being run."""

import re
from collections import Counter
from collections.abc import Iterator

from aws_glue_cdk_baseline.errors import Problem, nearest
from aws_glue_cdk_baseline.sql_products.column_types import can_hold, family, is_number
from aws_glue_cdk_baseline.sql_products.derivation import Derivation, Output
from aws_glue_cdk_baseline.sql_products.graph import delivered_names
from aws_glue_cdk_baseline.sql_products.product import Column, Contract, Model

_UNNAMED = re.compile(r"_col_(\d+)")


def fitting_problems(model: Model, contract: Contract | None, derivation: Derivation) -> Iterator[Problem]:
    """Find columns that one of the two lacks, in another order, of another type, or NULL where that is excluded."""
    outputs = derivation.outputs
    names = delivered_names(model, derivation)
    if outputs is None or names is None:
        if contract and outputs is None and not derivation.problems and model.column_list is None:
            return  # `*` of a table whose columns only the run can tell
        names = names or []
    if outputs is not None and model.column_list is not None and len(names) != len(outputs):
        yield model.place.problem(f"names {len(names)} columns, but its query delivers {len(outputs)}")
        return
    unnamed = [int(found[1]) + 1 for name in names if (found := _UNNAMED.fullmatch(name))]
    for number in unnamed:
        place = outputs[number - 1].place if outputs else model.place
        yield place.problem(f"column {number} of the query has no name: add AS <name>")
    for name, count in Counter(names).items():
        if count > 1:
            yield model.query.place.problem(f"the query delivers {count} columns called {name}")
    if not contract or unnamed or len(set(names)) < len(names):
        return
    yield from _name_problems(model, contract, names, outputs or ())
    for name, output in zip(names, outputs or (), strict=False):
        column = contract.column(name)
        if column and (text := _value_mistake(column, output)):
            yield output.place.problem(f"{text} ({column.place})")


def _name_problems(
    model: Model, contract: Contract, names: list[str], outputs: tuple[Output, ...]
) -> Iterator[Problem]:
    promised = [column.name for column in contract.columns]
    missing = [name for name in promised if name not in names]
    for index, name in enumerate(names):
        if name not in promised:
            place = outputs[index].place if index < len(outputs) else model.place
            text = f"{name} is no column of the contract of {contract.name}{nearest(name, missing or promised)}"
            yield place.problem(text)
    for name in missing:
        column = contract.column(name)
        text = f"the query does not deliver {name}, which the contract promises ({column and column.place})"
        yield model.query.place.problem(text)
    if not missing and names != promised and set(names) == set(promised) and not model.by_name:
        index = next(index for index, name in enumerate(names) if name != promised[index])
        place = outputs[index].place if index < len(outputs) else model.place
        text = f"column {index + 1} is {names[index]}, in the contract {promised[index]}: INSERT goes by the order"
        yield place.problem(f"{text}; change it, or write INSERT ... {model.name} BY NAME")


def _value_mistake(column: Column, output: Output) -> str | None:
    if output.always_null:
        return None if column.nullable else f"{column.name} is always NULL, and the contract says NOT NULL"
    given, wanted = output.type, column.type
    if given is None or can_hold(wanted, given):
        return None
    kinds = family(given), family(wanted)
    if output.exact:
        fits = kinds == ("integer number", "floating-point number")  # to the nearest one, as averages are
    elif is_number(given) and is_number(wanted):
        fits = kinds[0] == "integer number" or kinds[1] != "integer number"
    else:
        fits = kinds[0] == kinds[1] or kinds == ("date", "timestamp")
    if fits:
        return None
    found = given if output.exact else _article(kinds[0])
    return f"{column.name} is {found}, and the contract says {wanted}: write CAST(... AS {wanted.upper()})"


def _article(words: str) -> str:
    if words == "text":
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
