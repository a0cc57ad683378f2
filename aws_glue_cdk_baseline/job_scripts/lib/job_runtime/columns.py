"""A DataFrame's schema as the columns of a Glue table, in Hive's type names, checked for what Athena and Glue take."""

from __future__ import annotations

import re

from pyspark.sql import types as T

from job_runtime.errors import TableError

# Athena folds names to lower case and takes letters, digits and underscores; Glue allows 255 bytes.
NAME = re.compile(r"[a-z0-9_]{1,255}")

_HIVE: dict[type[T.DataType], str] = {
    T.BooleanType: "boolean",
    T.ByteType: "tinyint",
    T.ShortType: "smallint",
    T.IntegerType: "int",
    T.LongType: "bigint",
    T.FloatType: "float",
    T.DoubleType: "double",
    T.StringType: "string",
    T.BinaryType: "binary",
    T.DateType: "date",
    T.TimestampType: "timestamp",
}


def check_name(kind: str, name: str) -> None:
    """Raise TableError if a table's, database's or column's name is not one that Athena and Glue take as it is."""
    if not NAME.fullmatch(name):
        raise TableError(f"{kind} name {name!r}: use lower-case letters, digits and underscores, 255 at most")


def glue_columns(schema: T.StructType) -> list[dict[str, str]]:
    """Return a schema as Glue's Columns: Name, Type (Hive DDL) and, where the field's metadata has one, Comment.

    Raises
    ------
    TableError
        For no columns at all, a name that Athena or Glue would refuse or fold, names that differ by case only,
        and types that Hive does not have.
    """
    if not schema.fields:
        raise TableError("a table needs at least one column, and this DataFrame has none")
    columns = []
    for field, type_ in zip(schema.fields, _field_types(schema, ""), strict=True):
        comment = field.metadata.get("comment")
        columns.append({"Name": field.name, "Type": type_} | ({"Comment": comment} if comment else {}))
    return columns


def _field_types(struct: T.StructType, inside: str) -> list[str]:
    names = [field.name.lower() for field in struct.fields]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        where = f" of {inside}" if inside else ""
        raise TableError(f"columns{where} named alike (case does not count): {', '.join(twice)}; rename or drop one")
    for field in struct.fields:
        check_name("column", field.name)
    return [_hive_type(field.dataType, f"{inside}.{field.name}".lstrip(".")) for field in struct.fields]


def _hive_type(type_: T.DataType, column: str) -> str:
    if isinstance(type_, T.StructType):
        types = _field_types(type_, column)
        return f"struct<{','.join(f'{field.name}:{name}' for field, name in zip(type_.fields, types, strict=True))}>"
    if isinstance(type_, T.ArrayType):
        return f"array<{_hive_type(type_.elementType, column)}>"
    if isinstance(type_, T.MapType):
        return f"map<{_hive_type(type_.keyType, column)},{_hive_type(type_.valueType, column)}>"
    if isinstance(type_, T.DecimalType):
        return f"decimal({type_.precision},{type_.scale})"
    if isinstance(type_, T.NullType):
        raise TableError(f"column {column} has no type, only nulls: give it one, F.lit(None).cast('string')")
    if type(type_) not in _HIVE:
        raise TableError(f"column {column} is {type_.simpleString()}, which Glue tables do not have: cast it first")
    return _HIVE[type(type_)]
