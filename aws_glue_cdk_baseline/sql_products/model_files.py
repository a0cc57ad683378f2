"""Models, `INSERT INTO|OVERWRITE <table> SELECT ...`, and tests, queries that must return no row."""

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from aws_glue_cdk_baseline.errors import Problem, shown_path
from aws_glue_cdk_baseline.sql_products.column_files import table_name
from aws_glue_cdk_baseline.sql_products.product import DataTest, Model, Place, ProductLayer, Query, TableRead
from aws_glue_cdk_baseline.sql_products.sql_files import Statement, line_of, one_statement, read_statements


def read_model(path: Path, product: str, layer: ProductLayer, problems: list[Problem]) -> Model | None:
    """Read a model's file; None if it has mistakes, which are added to `problems`."""
    count = len(problems)
    form = f"INSERT INTO|OVERWRITE {path.stem} SELECT ..."
    statement = one_statement(path, form, problems)
    if not statement:
        return None
    insert, place = statement.expression, statement.place
    if not isinstance(insert, exp.Insert) or not isinstance(insert.expression, exp.Query):
        found = " ".join(statement.sql.split()[:3])
        problems.append(place.problem(f"expected {form}, found {found!r}"))
        return None
    target = insert.this
    named = [one.name.lower() for one in target.expressions] if isinstance(target, exp.Schema) else None
    table = target.this if isinstance(target, exp.Schema) else target
    name = table_name(table, path, place, problems)
    partition = table.args.get("partition")
    if partition and any(isinstance(one, exp.EQ) for one in partition.expressions):
        text = "PARTITION with a value is not understood here: let the query return the partition's column"
        problems.append(place.problem(text))
    if insert.args.get("where") or insert.args.get("exists"):
        problems.append(place.problem(f"expected {form}: REPLACE WHERE and IF NOT EXISTS are not understood here"))
    query = _query_of_insert(statement, insert, problems)
    if len(problems) > count or not name:
        return None
    return Model(
        product=product,
        layer=layer,
        name=name,
        mode="overwrite" if insert.args.get("overwrite") else "into",
        column_list=tuple(named) if named is not None else None,
        by_name=bool(insert.args.get("by_name")),
        query=query,
        place=place,
    )


def read_test(path: Path, product: str, layer: ProductLayer, problems: list[Problem]) -> DataTest | None:
    """Read a test's file; None if it has mistakes, which are added to `problems`."""
    count = len(problems)
    statements = read_statements(path, problems)
    queries = []
    for statement in statements:
        if isinstance(statement.expression, exp.Query):
            queries.append(query_of(statement, problems))
        else:
            found = " ".join(statement.sql.split()[:3])
            text = f"expected a query, SELECT ..., which returns no row when all is well; found {found!r}"
            problems.append(statement.place.problem(text))
    if not statements and len(problems) == count:
        problems.append(
            Place(shown_path(path)).problem("is empty: expected queries that return no row when all is well")
        )
    if len(problems) > count:
        return None
    return DataTest(product, layer, path.stem, tuple(queries), Place(shown_path(path)))


def query_of(statement: Statement, problems: list[Problem]) -> Query:
    """Take a statement, which has to be a query, as one."""
    expression, place = statement.expression, statement.place
    assert isinstance(expression, exp.Query)  # noqa: S101 - as said
    return Query(statement.sql, expression, _tables_of(expression, place, problems), statement.variables, place)


def _query_of_insert(statement: Statement, insert: exp.Insert, problems: list[Problem]) -> Query:
    """Take the query out of an INSERT, text and tree, also where its CTEs stand before the word INSERT."""
    query = insert.expression
    if before := insert.args.get("with_"):
        query = query.copy()
        query.set("with_", before.copy())
    tokens = statement.tokens
    base = tokens[0].start
    at = next(index for index, token in enumerate(tokens) if token.token_type == TokenType.INSERT)
    begin = _begin_of_query(tokens, at)
    text = statement.sql[tokens[begin].start - base :]
    line = statement.place.line + statement.sql.count("\n", 0, tokens[begin].start - base)
    if at:
        text = statement.sql[: tokens[at].start - base] + text
        line = statement.place.line
    place = statement.place.at(line)
    return Query(text, query, _tables_of(query, place, problems), statement.variables, place)


def _begin_of_query(tokens: Sequence[Token], insert: int) -> int:
    """Return the position after `INSERT INTO|OVERWRITE [TABLE] name [PARTITION (...)] [BY NAME] [(columns)]`."""
    index = insert + 2  # INTO or OVERWRITE
    if tokens[index].token_type == TokenType.TABLE:
        index += 1
    index += 1  # the name
    while index < len(tokens):
        word = tokens[index].text.upper()
        if word in ("PARTITION", "BY"):
            index += 1 if word == "PARTITION" else 2
        elif word == "(" and tokens[index + 1].text.upper() not in ("SELECT", "WITH", "FROM", "VALUES", "("):
            depth = 0
            while True:
                depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
                index += 1
                if not depth:
                    break
        else:
            return index
    return index


def _tables_of(query: exp.Query, place: Place, problems: list[Problem]) -> tuple[TableRead, ...]:
    """Return the tables that a query reads: what stands after FROM and JOIN, less the names of its own CTEs."""
    found: dict[str, TableRead] = {}
    for table in query.find_all(exp.Table):
        here = place.at(line_of(table))
        if isinstance(table.this, exp.Parameter):
            problems.append(here.problem(f"{table.sql('spark')}: which tables are read has to be told from the text"))
        if not isinstance(table.this, exp.Identifier):
            continue  # a function that returns rows
        if table.db:
            text = f"{table.sql('spark')}: tables are named without a database, and files belong to a source"
            problems.append(here.problem(text))
            continue
        name = table.name.lower()
        if name not in found and not _is_cte(table, name):
            found[name] = TableRead(name, here)
    return tuple(found.values())


def _is_cte(table: exp.Table, name: str) -> bool:
    """Say whether a name means a CTE: one of a WITH around it, and not the one that it stands in or a later one."""
    inside: exp.Expr = table
    while parent := inside.parent:
        with_ = parent if isinstance(parent, exp.With) else parent.args.get("with_")
        if isinstance(with_, exp.With):
            for cte in with_.expressions:
                if cte is inside and not with_.args.get("recursive"):
                    break
                if cte.alias.lower() == name:
                    return True
        # the WITH that a CTE stands in has been looked at, so its statement is passed by
        inside = (parent.parent if isinstance(parent, exp.With) else None) or parent
    return False
