"""What a data product consists of: sources, contracts, models and tests, as its SQL files say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from aws_glue_cdk_baseline.errors import Problem


@dataclass(frozen=True)
class ProductLayer:
    """A part that tables of a product play: its folder's name, and the zone of the lake that its database is for."""

    name: str
    zone: str

    def database(self, stage: str) -> str:
        """Return the database of this layer in a stage, the one that the layer's jobs write too: `dev_gold`."""
        return f"{stage.lower()}_{self.zone}"


STAGING = ProductLayer("staging", "bronze")
INTERMEDIATE = ProductLayer("intermediate", "silver")
MART = ProductLayer("mart", "gold")
PRODUCT_LAYERS = (STAGING, INTERMEDIATE, MART)


@dataclass(frozen=True)
class Place:
    """A line of a file, as errors name it."""

    file: str
    line: int = 1

    def problem(self, message: str) -> Problem:
        """Describe a mistake here."""
        return Problem(self.file, self.line, message)

    def at(self, line: int | None) -> Place:
        """Return another line of the same file; None is this line."""
        return Place(self.file, line or self.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Column:
    """A column of a contract or a source.

    Parameters
    ----------
    type
        As Glue and Spark write it: `bigint`, `decimal(10,2)`, `array<struct<name:string>>`. Empty if only the run can
        tell.
    place
        Where it is declared.
    """

    name: str
    type: str
    nullable: bool
    comment: str
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Source:
    """Where raw data is: `CREATE TEMPORARY VIEW <name> (<columns>) USING <format> OPTIONS (...)`.

    Parameters
    ----------
    columns
        None if the file leaves the schema to be detected.
    format
        `csv`, `parquet`, ...; `jdbc` for a table of a connection.
    options
        As written, variables included.
    sql
        The statement as written.
    variables
        Names of the `${name}` that the statement holds.
    """

    product: str
    name: str
    columns: tuple[Column, ...] | None
    format: str
    options: Mapping[str, str]
    sql: str
    variables: frozenset[str]
    place: Place = field(compare=False)

    @property
    def connection(self) -> str | None:
        """The connection whose table it is, None for files."""
        return self.options.get("connection")


@dataclass(frozen=True)
class Contract:
    """What a table promises to its readers: a `CREATE TABLE` statement.

    Parameters
    ----------
    primary_key, partitioned_by
        Names of columns; empty if there are none. Partition columns are the last ones.
    owner, freshness
        Table properties: who answers for it; how old its data may be, like `24 hours`. None if not given.
    version
        Raised with every change that breaks readers.
    properties
        The other table properties.
    withdrawn
        The file says `DROP TABLE`: the table goes, on purpose. It has no columns then.
    """

    product: str
    layer: ProductLayer
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    partitioned_by: tuple[str, ...]
    comment: str
    owner: str | None
    freshness: str | None
    version: int
    properties: Mapping[str, str]
    place: Place = field(compare=False)
    withdrawn: bool = False

    def column(self, name: str) -> Column | None:
        """Return a column by its name, None if there is none."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class TableRead:
    """A table that a query names."""

    name: str
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Query:
    """A query as written, and as parsed.

    Parameters
    ----------
    sql
        The text, to be run by Spark as it is once the variables have their values.
    expression
        What sqlglot made of it. Copy it before changing it.
    reads
        The tables that it names, each once.
    variables
        Names of the `${name}` that the text holds.
    """

    sql: str
    expression: exp.Query = field(compare=False, repr=False)
    reads: tuple[TableRead, ...] = field(compare=False)
    variables: frozenset[str] = field(compare=False)
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Model:
    """How a table is made: `INSERT INTO|OVERWRITE <table> SELECT ...`.

    Parameters
    ----------
    mode
        `overwrite` replaces the table, or the partitions that the query returns; `into` adds rows.
    column_list
        The columns that the statement names after the table, None if it names none: the query's own names count then.
    by_name
        Columns are told by their names (`BY NAME`), not by their order.
    """

    product: str
    layer: ProductLayer
    name: str
    mode: Literal["into", "overwrite"]
    column_list: tuple[str, ...] | None
    by_name: bool
    query: Query
    place: Place = field(compare=False)


@dataclass(frozen=True)
class DataTest:
    """A file of queries, each of which must return no row."""

    product: str
    layer: ProductLayer
    name: str
    queries: tuple[Query, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Product:
    """One folder of `data_products`.

    Parameters
    ----------
    unread
        Names of tables whose files have mistakes: they exist, but nothing is known of them.
    """

    name: str
    sources: Sequence[Source]
    contracts: Sequence[Contract]
    models: Sequence[Model]
    tests: Sequence[DataTest]
    unread: frozenset[str] = frozenset()

    @property
    def made_elsewhere(self) -> bool:
        """Whether it is the copy of contracts that another repository fulfils: it has contracts, and nothing else."""
        return not self.models and not self.sources

    @property
    def variables(self) -> dict[str, Place]:
        """The variables that a stage must give it, each with one place of use."""
        found: dict[str, Place] = {}
        for source in self.sources:
            found |= {name: source.place for name in source.variables if name not in found}
        for query in self.queries():
            found |= {name: query.place for name in query.variables if name not in found}
        return dict(sorted(found.items()))

    def queries(self) -> Iterator[Query]:
        """Yield the queries of models and tests."""
        yield from (model.query for model in self.models)
        yield from (query for test in self.tests for query in test.queries)
