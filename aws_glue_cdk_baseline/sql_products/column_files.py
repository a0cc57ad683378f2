"""Names and columns as contracts and sources declare them."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from sqlglot import exp

from aws_glue_cdk_baseline.errors import Problem
from aws_glue_cdk_baseline.sql_products.column_types import KNOWN, type_text
from aws_glue_cdk_baseline.sql_products.product import Column, Place
from aws_glue_cdk_baseline.sql_products.sql_files import line_of

# Athena folds names to lower case and takes letters, digits and underscores; Glue allows 255 bytes
NAME = re.compile(r"[a-z_][a-z0-9_]{0,254}")


def table_name(table: exp.Expr | None, path: Path, place: Place, problems: list[Problem]) -> str | None:
    """Return the name that a statement gives its table, which has to be the file's; None if it is neither."""
    if not isinstance(table, exp.Table) or not table.name:
        problems.append(place.problem(f"expected the name of a table: {path.stem}"))
        return None
    here = place.at(line_of(table))
    if table.db:
        text = f"{table.sql('spark')}: a table is named without a database, which its layer gives it"
        problems.append(here.problem(text))
    elif not NAME.fullmatch(table.name):
        problems.append(here.problem(f"{table.name!r}: a table's name has small letters, digits and underscores"))
    elif table.name != path.stem:
        problems.append(
            here.problem(f"is about {table.name}, but the file is called {path.name}: expected {path.stem}")
        )
    else:
        return table.name
    return None


def columns(definitions: Iterable[exp.Expr], place: Place, problems: list[Problem]) -> tuple[Column, ...]:
    """Return the columns of a column list, without the ones that have mistakes."""
    found = []
    for one in definitions:
        if not isinstance(one, exp.ColumnDef):
            continue
        here = place.at(line_of(one.this))
        if column := _column(one, here, problems):
            found.append(column)
    for name in (name for name, count in Counter(column.name for column in found).items() if count > 1):
        twice = [column for column in found if column.name == name]
        problems.append(twice[1].place.problem(f"the column {name} is declared twice: line {twice[0].place.line} too"))
    return tuple(found)


def properties(statement: exp.Create) -> list[exp.Expr]:
    """Return what follows the column list: comment, format, partitions, table properties."""
    block = statement.args.get("properties")
    return list(block.expressions) if block else []


def _column(definition: exp.ColumnDef, here: Place, problems: list[Problem]) -> Column | None:
    name = definition.name
    if not NAME.fullmatch(name):
        problems.append(here.problem(f"{name!r}: a column's name has small letters, digits and underscores"))
        return None
    type_ = definition.kind
    text = type_text(type_) if isinstance(type_, exp.DataType) else None
    if not isinstance(type_, exp.DataType) or not text:
        found = type_.sql("spark") if type_ else "none"
        problems.append(here.problem(f"{name} has the type {found}, expected one of {', '.join(KNOWN)}"))
        return None
    nullable, comment = True, ""
    for constraint in definition.args.get("constraints") or ():
        kind = constraint.args.get("kind")
        if isinstance(kind, exp.NotNullColumnConstraint) and not kind.args.get("allow_null"):
            nullable = False
        elif isinstance(kind, exp.CommentColumnConstraint):
            comment = kind.this.name
        else:
            text = f"{name}: {constraint.sql('spark')} is not understood here: expected NOT NULL or COMMENT '...'"
            problems.append(here.problem(text))
    return Column(name, text, nullable, comment, here)
