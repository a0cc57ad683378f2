"""Contracts: `CREATE TABLE` statements, and `DROP TABLE` for a table that is withdrawn."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from aws_glue_cdk_baseline.errors import Problem, nearest
from aws_glue_cdk_baseline.sql_products.column_files import columns, properties, table_name
from aws_glue_cdk_baseline.sql_products.product import MART, Column, Contract, Place, ProductLayer
from aws_glue_cdk_baseline.sql_products.sql_files import line_of, one_statement

_FRESHNESS = re.compile(r"([1-9]\d*) (minute|hour|day)s?")
_VERSION = re.compile(r"[1-9]\d{0,8}")
_PROMISES = ("owner", "freshness", "version")
_NO_FOLDER = ("array", "map", "struct", "binary")


def read_contract(path: Path, product: str, layer: ProductLayer, problems: list[Problem]) -> Contract | None:
    """Read a contract's file; None if it has mistakes, which are added to `problems`."""
    count = len(problems)
    form = f"CREATE TABLE {path.stem} (...)"
    statement = one_statement(path, form, problems)
    if not statement:
        return None
    expression, place = statement.expression, statement.place
    reader = _ContractReader(path, product, layer, place, problems)
    if isinstance(expression, exp.Drop) and expression.args.get("kind") == "TABLE":
        contract = reader.withdrawn(expression)
    elif isinstance(expression, exp.Create) and expression.kind == "TABLE" and expression.expression is None:
        contract = reader.contract(expression)
    else:
        found = " ".join(statement.sql.split()[:3])
        problems.append(place.problem(f"expected {form}, found {found!r}"))
        return None
    if statement.variables:
        names = ", ".join(f"${{{name}}}" for name in sorted(statement.variables))
        problems.append(place.problem(f"a contract is the same in every stage: remove {names}"))
    return contract if len(problems) == count else None


@dataclass(frozen=True)
class _ContractReader:
    """Takes one statement apart."""

    path: Path
    product: str
    layer: ProductLayer
    place: Place
    problems: list[Problem]

    def withdrawn(self, drop: exp.Drop) -> Contract | None:
        table = (drop.args.get("tables") or [drop.this])[0]
        name = table_name(table, self.path, self.place, self.problems)
        if not name:
            return None
        return Contract(
            self.product, self.layer, name, (), (), (), "", None, None, 1, {}, place=self.place, withdrawn=True
        )

    def contract(self, create: exp.Create) -> Contract | None:
        schema = create.this
        table = schema.this if isinstance(schema, exp.Schema) else schema
        name = table_name(table, self.path, self.place, self.problems)
        definitions = schema.expressions if isinstance(schema, exp.Schema) else []
        found = columns(definitions, self.place, self.problems)
        if not definitions:
            self._problem(None, f"{self.path.stem} has no columns: write them in brackets after the name")
        key = self._primary_key(definitions, found)
        comment, given = "", dict[str, str]()
        partitions: tuple[str, ...] = ()
        for one in properties(create):
            if isinstance(one, exp.SchemaCommentProperty):
                comment = one.this.name
            elif isinstance(one, exp.PartitionedByProperty):
                partitions = self._partitions(one, found)
            elif type(one) is exp.Property and isinstance(one.this, exp.Expr):
                given[one.this.name] = one.args["value"].name
            elif not isinstance(one, exp.FileFormatProperty) or one.name.lower() != "parquet":
                text = f"{one.sql('spark')} is not for contracts: the template decides where and how files lie"
                self._problem(one, text)
        self._promise_problems(given)
        version = given.get("version", "1")
        if not name:
            return None
        return Contract(
            product=self.product,
            layer=self.layer,
            name=name,
            columns=found,
            primary_key=key,
            partitioned_by=partitions,
            comment=comment,
            owner=given.get("owner") or None,
            freshness=given.get("freshness"),
            version=int(version) if _VERSION.fullmatch(version) else 1,
            properties={name: value for name, value in given.items() if name not in _PROMISES},
            place=self.place,
        )

    def _promise_problems(self, given: Mapping[str, str]) -> None:
        for name in given:
            near = nearest(name, _PROMISES)
            if name not in _PROMISES and "did you mean" in near and "." not in name:
                self._problem(None, f"the table property {name} has no meaning here{near}")
        if self.layer is MART and not given.get("owner"):
            self._problem(None, "a mart says who answers for it: TBLPROPERTIES ('owner' = '...')")
        freshness, version = given.get("freshness"), given.get("version", "1")
        if freshness is not None and not _FRESHNESS.fullmatch(freshness):
            text = f"freshness should be like '30 minutes', '24 hours' or '7 days', found {freshness!r}"
            self._problem(None, text)
        if not _VERSION.fullmatch(version):
            self._problem(None, f"version should be a whole number from 1, found {version!r}")

    def _primary_key(self, definitions: Sequence[exp.Expr], found: Sequence[Column]) -> tuple[str, ...]:
        keys: list[exp.PrimaryKey] = []
        for one in definitions:
            inside = one.expressions if isinstance(one, exp.Constraint) else [one]
            keys += [each for each in inside if isinstance(each, exp.PrimaryKey)]
            if not isinstance(one, exp.ColumnDef) and not any(isinstance(each, exp.PrimaryKey) for each in inside):
                text = f"{one.sql('spark')} is not understood here: expected columns and PRIMARY KEY (...)"
                self._problem(one, text)
        for second in keys[1:]:
            self._problem(second, "a table has one primary key, and this is another")
        if not keys:
            return ()
        names = tuple(one.name for one in keys[0].expressions)
        by_name = {column.name: column for column in found}
        for name in names:
            if name not in by_name:
                self._problem(keys[0], f"PRIMARY KEY: there is no column {name}{nearest(name, by_name)}")
            elif by_name[name].nullable:
                text = f"{name} is part of the primary key: write NOT NULL here"
                self.problems.append(by_name[name].place.problem(text))
        if len(set(names)) < len(names):
            self._problem(keys[0], "PRIMARY KEY names a column twice")
        return names

    def _partitions(self, by: exp.PartitionedByProperty, found: Sequence[Column]) -> tuple[str, ...]:
        listed = by.this.expressions if isinstance(by.this, exp.Schema | exp.Tuple) else [by.this]
        names = tuple(one.name for one in listed if isinstance(one, exp.Identifier | exp.Column))
        if len(names) < len(listed) or not listed:
            self._problem(by, "PARTITIONED BY names columns that are declared above, and nothing else")
            return ()
        by_name = {column.name: column for column in found}
        unknown = [name for name in names if name not in by_name]
        for name in unknown:
            self._problem(by, f"PARTITIONED BY: there is no column {name}{nearest(name, by_name)}")
        last = tuple(column.name for column in found[-len(names) :])
        if not unknown and names != last:
            text = f"PARTITIONED BY ({', '.join(names)}): partition columns are the last ones, in this order"
            self._problem(by, f"{text}; the last here: {', '.join(last)}")
        elif len(names) == len(found):
            self._problem(by, "a table needs a column that is not part of its partitioning")
        for name in names:
            if name in by_name and by_name[name].type.startswith(_NO_FOLDER):
                self._problem(by, f"PARTITIONED BY: {name} is {by_name[name].type}, of which no folder can be named")
            elif name in by_name and by_name[name].nullable:
                text = f"{name} is a partition column: write NOT NULL here, rows need a partition to lie in"
                self.problems.append(by_name[name].place.problem(text))
        return names

    def _problem(self, node: exp.Expr | None, text: str) -> None:
        self.problems.append(self.place.at(line_of(node)).problem(text))
