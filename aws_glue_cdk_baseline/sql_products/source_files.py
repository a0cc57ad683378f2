"""Sources: `CREATE TEMPORARY VIEW ... USING ... OPTIONS (...)` over files or over a table of a connection."""

import re
from collections.abc import Mapping
from pathlib import Path

from sqlglot import exp

from aws_glue_cdk_baseline.errors import Problem, nearest
from aws_glue_cdk_baseline.sql_products.column_files import columns, properties, table_name
from aws_glue_cdk_baseline.sql_products.product import Source
from aws_glue_cdk_baseline.sql_products.sql_files import line_of, one_statement

FILE_FORMATS = ("avro", "csv", "json", "orc", "parquet", "text")
_PATH = re.compile(r"\$\{[a-z][a-z0-9_]*\}(/.*)?")
_FORM = "CREATE TEMPORARY VIEW {} (...) USING <format> OPTIONS (path '${{...}}')"


def read_source(path: Path, product: str, problems: list[Problem]) -> Source | None:
    """Read a source's file; None if it has mistakes, which are added to `problems`."""
    count = len(problems)
    form = _FORM.format(path.stem)
    statement = one_statement(path, form, problems)
    if not statement:
        return None
    create, place = statement.expression, statement.place
    if not isinstance(create, exp.Create) or create.kind != "VIEW" or create.expression is not None:
        found = " ".join(statement.sql.split()[:3])
        problems.append(place.problem(f"expected {form}, found {found!r}"))
        return None
    schema = create.this
    name = table_name(schema.this if isinstance(schema, exp.Schema) else schema, path, place, problems)
    declared = columns(schema.expressions, place, problems) if isinstance(schema, exp.Schema) else None
    format_, options = "", {}
    for one in properties(create):
        if isinstance(one, exp.FileFormatProperty):
            format_ = one.name.lower()
        elif isinstance(one, exp.OptionsProperty):
            options = {each.this.name: each.args["value"].name for each in one.expressions}
        elif not isinstance(one, exp.TemporaryProperty):
            problems.append(place.at(line_of(one)).problem(f"{one.sql('spark')} is not understood: expected {form}"))
    if not any(isinstance(one, exp.TemporaryProperty) for one in properties(create)):
        problems.append(place.problem(f"a source is a view of this run only: expected {form}"))
    problems += [place.problem(text) for text in _option_mistakes(format_, options)]
    if len(problems) > count or not name:
        return None
    return Source(product, name, declared, format_, options, statement.sql, statement.variables, place)


def _option_mistakes(format_: str, options: Mapping[str, str]) -> list[str]:
    if format_ == "jdbc":
        missing = [name for name in ("connection", "dbtable") if not options.get(name)]
        mistakes = [
            f"USING jdbc needs the option {name}: OPTIONS (connection 'Name', dbtable 'table')" for name in missing
        ]
        secrets = [name for name in ("url", "user", "password") if name in options]
        return mistakes + [f"remove the option {name}: the connection has it" for name in secrets]
    if format_ not in FILE_FORMATS:
        known = (*FILE_FORMATS, "jdbc")
        return [
            f"{format_} is not a format{nearest(format_, known)}" if format_ else f"no format: USING {'|'.join(known)}"
        ]
    path = options.get("path", "")
    if not _PATH.fullmatch(path):
        # the stage's config gives the location, and the right to read it follows from there
        return [f"the option path should be a parameter of the stage, like '${{location}}' or '${{location}}/folder/', "
                f"found {path!r}"]  # fmt: skip
    return []
