"""Documents of configuration: data that knows on which lines it stands, and its mistakes in the words of the file."""

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from aws_glue_cdk_baseline.errors import Problem, nearest

Key = str | int
ModelT = TypeVar("ModelT", bound=BaseModel)

_TYPE_NAMES = {
    dict: "a map",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    type(None): "nothing",
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "model_type": "a map of `key: value`",
    "model_attributes_type": "a map of `key: value`",
    "dict_type": "a map of `key: value`",
    "tuple_type": "a list",
}


@dataclass
class Document:
    """A configuration document: its data, and the line on which each of its parts stands.

    Parameters
    ----------
    file
        The name to blame in errors.
    data
        Maps, lists, text, whole numbers, booleans and None. Text that only looks like a number (a leading zero,
        a decimal point, an exponent) stays text, so that nothing is lost before it is known what it means.
    lines
        Line (from 1) by path into `data`; empty for data that did not come from a file.
    problems
        What was wrong with the file already when it was read.
    """

    file: str
    data: Any
    lines: dict[tuple[Key, ...], int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, message: str, *path: Key) -> Problem:
        """Describe a mistake at `path`, or at the nearest known place above it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return Problem(self.file, self.lines[path[:length]], message)
        return Problem(self.file, 0, message)

    def parse(self, model: type[ModelT], data: Any, *path: Key, problems: list[Problem]) -> ModelT | None:
        """Make a pydantic model of `data`, which stands at `path`; mistakes are appended to `problems`.

        Returns
        -------
        ModelT or None
            None if there were mistakes.
        """
        parsed, mistakes = validate(model, data, path)
        problems += [self.problem(sentence, *where) for where, sentence in mistakes]
        return parsed


class FileModel(BaseModel):
    """Base of what files hold: nothing unknown, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)


def validate(
    model: type[ModelT], data: Any, path: tuple[Key, ...] = ()
) -> tuple[ModelT | None, list[tuple[tuple[Key, ...], str]]]:
    """Make a pydantic model of `data`, which stands at `path`.

    Returns
    -------
    tuple
        The model, or None if there were mistakes; and each mistake as its path and a sentence in the words of the file.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        mistakes = []
        for detail in error.errors(include_url=False):
            where = tuple(key for key in detail["loc"] if key != "[key]")
            mistakes.append(((*path, *where), _sentence(detail, where, path, model)))
        return None, mistakes


def type_name(value: Any) -> str:
    """Name a value's type as a user of YAML would."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


def shown_value(value: Any) -> str:
    """Show a value as a user of YAML would write it; of a map or a list only what it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, str | int | float) else type_name(value)


def text_like(pattern: str, expected: str) -> AfterValidator:
    """Return a validator of text that says what is expected in words, where pydantic would show the pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"should be {expected}, found {value!r}")
        return value

    return AfterValidator(check)


def _sentence(detail: Any, where: tuple[Key, ...], path: tuple[Key, ...], model: type[BaseModel]) -> str:
    """Say what pydantic found in the words of the file."""
    name = ".".join(str(key) for key in (*path, *where)) or "the file"
    found = detail.get("input")
    if detail["type"] == "extra_forbidden":
        return f"{name} is not known{nearest(str(where[-1]), _names(model, where[:-1]))}"
    if detail["type"] == "missing":
        return f"{name} is missing"
    if detail["type"] in ("value_error", "assertion_error"):  # our own sentences say what was found
        return f"{name}: {str(detail['msg']).removeprefix('Value error, ').removeprefix('Assertion failed, ')}"
    message = _EXPECTED.get(detail["type"])
    message = f"should be {message}" if message else str(detail["msg"]).removeprefix("Input ")
    if detail["type"] == "string_type" and isinstance(found, int | float):
        message += ": put it in quotes"
    return f"{name}: {message[:1].lower() + message[1:]}, found {shown_value(found)}"


def _names(model: type[BaseModel], where: tuple[Key, ...]) -> list[str]:
    """Return the keys that are known at `where` in a model."""
    in_a_map = False  # whose keys are names of the user's own
    for key in where:
        if in_a_map:
            in_a_map = False
            continue
        by_alias = {info.alias or name: info for name, info in model.model_fields.items()}
        annotation = by_alias[str(key)].annotation if str(key) in by_alias else None
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        nested = [one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)]
        if not nested:
            return []
        model, in_a_map = nested[0], getattr(annotation, "__origin__", None) is dict
    return [info.alias or name for name, info in model.model_fields.items()]
