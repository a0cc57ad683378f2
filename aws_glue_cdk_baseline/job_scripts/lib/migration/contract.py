"""Contracts: the columns that a target takes, and whether every value of a source's column has room in them.

A contract is the source's own definition unless a file says otherwise, a map of tables to columns::

    customers:
      id: bigint unsigned not null
      name: varchar(40)
      age: {type: tinyint unsigned not null, minimum: 0, maximum: 130}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from migration.columns import FLOATS, INTEGERS, TEXTS, Column
from migration.failures import MigrationError
from migration.storage import storage_at

_NOT_NULL = re.compile(r"\s+not\s+null\s*$|\s+null\s*$", re.I)
_LENGTHS = {"tinytext": 255, "text": 65535, "mediumtext": 2**24 - 1, "longtext": 2**32 - 1,
            "tinyblob": 255, "blob": 65535, "mediumblob": 2**24 - 1, "longblob": 2**32 - 1}  # fmt: skip
_BINARY = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")


@dataclass(frozen=True)
class Field:
    """A column as a contract has it.

    Parameters
    ----------
    column
        Its name, type, and whether it may be NULL.
    minimum, maximum
        Between which values a number, or a date as text, lies; None where there is no limit.
    """

    column: Column
    minimum: Any = None
    maximum: Any = None


def parse_contracts(content: Any, file: str) -> dict[str, tuple[Field, ...]]:
    """Read the contracts of a file.

    Parameters
    ----------
    content
        The file's content, as YAML reads it.
    file
        Its name, for errors.

    Raises
    ------
    MigrationError
        Naming table and column, and what is expected there.
    """
    if not isinstance(content, dict):
        raise MigrationError(f"{file}: expected a map of tables to columns, found {type(content).__name__}")
    found = {}
    for table, columns in content.items():
        if not isinstance(columns, dict) or not columns:
            raise MigrationError(f"{file}: {table}: expected a map of columns to types, found {columns!r}")
        found[str(table)] = tuple(_field(file, str(table), str(name), given) for name, given in columns.items())
    return found


def contracts_at(location: str) -> dict[str, tuple[Field, ...]]:
    """Read the contracts of a file of YAML or JSON, in S3 or here; none if no location is given.

    Raises
    ------
    MigrationError
        If there is no such file, or it is no such map.
    """
    if not location:
        return {}
    import yaml  # noqa: PLC0415 - only TransformTables requires it, and with contracts only

    folder, _, name = location.rpartition("/")
    content = storage_at(folder or ".").get(name)
    if content is None:
        raise MigrationError(f"there is no file {location}, which --contracts names")
    try:
        return parse_contracts(yaml.safe_load(content), location)
    except yaml.YAMLError as error:
        raise MigrationError(f"{location} is no YAML: {' '.join(str(error).split())}") from error


def _field(file: str, table: str, name: str, given: Any) -> Field:
    given = {"type": given} if isinstance(given, str) else given
    known = {"type", "minimum", "maximum"}
    if not isinstance(given, dict) or not isinstance(given.get("type"), str) or set(given) - known:
        raise MigrationError(
            f"{file}: {table}.{name}: expected a type such as `varchar(40) not null`, or {{type, minimum, maximum}}, "
            f"found {given!r}"
        )
    text = given["type"]
    type_ = _NOT_NULL.sub("", text).strip()
    is_text = Column(name, type_, True).kind in TEXTS | {"enum", "set"}
    column = Column(name, type_, not re.search(r"\bnot\s+null\s*$", text, re.I), "utf8mb4" if is_text else None)
    if (column.kind, type_) not in _known_types(column):
        raise MigrationError(f"{file}: {table}.{name}: {type_!r} is no type of MySQL that can be checked here")
    return Field(column, given.get("minimum"), given.get("maximum"))


def _known_types(column: Column) -> set[tuple[str, str]]:
    known = {*INTEGERS, *FLOATS, *_LENGTHS, *TEXTS, *_BINARY, "decimal", "bit", "date", "datetime", "timestamp",
             "time", "year", "enum", "set", "json", "uuid", "inet4", "inet6"}  # fmt: skip
    return {(column.kind, column.type)} if column.kind in known else set()


def require_room(table: str, rows: Sequence[Column], target: Sequence[Column], transformed: bool) -> None:
    """Refuse to load rows into a target that has not room for each value that they may have.

    Parameters
    ----------
    table
        The table.
    rows
        The columns of the rows, as their contract has them.
    target
        The columns of the target.
    transformed
        Whether a contract of the target's own has been checked: for the advice in the error.

    Raises
    ------
    MigrationError
        Naming every column that differs, before anything is loaded.
    """
    there = {column.name.lower(): column for column in target}
    wrong = []
    for column in rows:
        found = there.pop(column.name.lower(), None)
        if found is None:
            wrong.append(f"{column.name} is missing in the target")
        elif found.generated:
            wrong.append(f"{column.name} is computed in the target and an ordinary column in the rows")
        elif reason := why_no_room(column, found):
            wrong.append(reason)
    wrong += [
        f"{column.name} ({column.type}) has neither a value in the rows nor a default in the target"
        for column in there.values() if not (column.generated or column.has_default)
    ]  # fmt: skip
    if wrong:
        raise MigrationError(
            f"{table} was not loaded, its rows and the target's table differ: {'; '.join(wrong)}. "
            + ("Mend the contract" if transformed else "Give the table a contract (and a transform)")
            + ", or alter the table in the target"
        )


def why_no_room(rows: Column, target: Column) -> str | None:
    """Say why a column of the target can not take every value of a column of the rows; None if it can."""
    both = f"{rows.name} is {_described(rows)} in the rows and {_described(target)} in the target"
    if rows.nullable and not target.nullable:
        return both
    if rows.charset != target.charset and rows.charset and target.charset not in ("utf8mb4", None):
        narrower = {"utf8mb3", "utf8", "ascii"}
        if not (target.charset in narrower and rows.charset in narrower - {target.charset} | {"ascii"}):
            return f"{both}, of character sets {rows.charset} and {target.charset}"
    return None if _has_room(rows, target) else both


def _has_room(rows: Column, target: Column) -> bool:
    if rows.kind in INTEGERS:
        return (
            target.kind in INTEGERS
            and _bounds(target)[0] <= _bounds(rows)[0]
            and _bounds(rows)[1] <= _bounds(target)[1]
        )
    if rows.kind == "decimal":
        (precision, scale), (others, theirs) = _precision(rows), _precision(target)
        return (
            target.kind == "decimal"
            and scale == theirs
            and precision <= others
            and (rows.unsigned or not target.unsigned)
        )
    if rows.kind in TEXTS:
        return target.kind in TEXTS and characters(rows) <= characters(target)
    if rows.kind in _BINARY:
        return _binary_has_room(rows, target)
    if rows.kind in ("enum", "set"):
        return target.kind == rows.kind and set(rows.members) <= set(target.members)
    if rows.kind in ("datetime", "timestamp", "time"):
        return target.kind == rows.kind and (rows.sizes or (0,)) == (target.sizes or (0,))
    if rows.kind == "bit":
        return target.kind == "bit" and (rows.sizes or (1,)) <= (target.sizes or (1,))
    return target.kind == rows.kind


def _binary_has_room(rows: Column, target: Column) -> bool:
    # a BINARY(n) fills up with zero bytes, which would be another value
    if target.kind == "binary":
        return rows.kind == "binary" and rows.sizes == target.sizes
    return target.kind in _BINARY and length(rows) <= length(target)


def integer_bounds(column: Column) -> tuple[int, int]:
    """Return the least and the greatest value of a column of whole numbers."""
    return _bounds(column)


def characters(column: Column) -> int:
    """Return how many characters a column of text takes at least: its bytes hold four times fewer of the widest."""
    if column.kind in ("char", "varchar"):
        return (column.sizes or (1,))[0]
    return _LENGTHS[column.kind]


def length(column: Column) -> int:
    """Return how many bytes a column of bytes takes."""
    return _LENGTHS[column.kind] if column.kind in _LENGTHS else (column.sizes or (1,))[0]


def precision_of(column: Column) -> tuple[int, int]:
    """Return precision and scale of a decimal column."""
    return _precision(column)


def _bounds(column: Column) -> tuple[int, int]:
    bits = INTEGERS[column.kind]
    return (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _precision(column: Column) -> tuple[int, int]:
    sizes = (*column.sizes, *(10, 0)[len(column.sizes) :])
    return sizes[0], sizes[1]


def _described(column: Column) -> str:
    return f"{column.type} {'null' if column.nullable else 'not null'}"
