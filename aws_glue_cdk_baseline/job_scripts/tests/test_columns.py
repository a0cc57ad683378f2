"""A DataFrame's schema as a Glue table's columns."""

import pytest
from job_runtime.columns import glue_columns
from job_runtime.errors import TableError
from pyspark.sql import types as T


def test_every_type_has_its_hive_name():
    schema = (
        T.StructType()
        .add("flag", T.BooleanType())
        .add("tiny", T.ByteType())
        .add("small", T.ShortType())
        .add("whole", T.IntegerType())
        .add("big", T.LongType())
        .add("single", T.FloatType())
        .add("twice", T.DoubleType())
        .add("price", T.DecimalType(12, 2))
        .add("text", T.StringType())
        .add("bytes", T.BinaryType())
        .add("day", T.DateType())
        .add("moment", T.TimestampType())
        .add("tags", T.ArrayType(T.StructType().add("k", T.StringType()).add("v", T.ArrayType(T.LongType()))))
        .add("counts", T.MapType(T.StringType(), T.StructType().add("n", T.DecimalType(3, 0))))
    )
    assert {column["Name"]: column["Type"] for column in glue_columns(schema)} == {
        "flag": "boolean",
        "tiny": "tinyint",
        "small": "smallint",
        "whole": "int",
        "big": "bigint",
        "single": "float",
        "twice": "double",
        "price": "decimal(12,2)",
        "text": "string",
        "bytes": "binary",
        "day": "date",
        "moment": "timestamp",
        "tags": "array<struct<k:string,v:array<bigint>>>",
        "counts": "map<string,struct<n:decimal(3,0)>>",
    }


def test_a_fields_comment_is_the_columns():
    schema = T.StructType().add("id", T.LongType(), metadata={"comment": "from the shop"}).add("n", T.LongType())
    assert glue_columns(schema) == [
        {"Name": "id", "Type": "bigint", "Comment": "from the shop"},
        {"Name": "n", "Type": "bigint"},
    ]


_TEXT = T.StringType()


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (T.StructType(), "at least one column"),
        (T.StructType().add("Name", _TEXT), "column name 'Name': use lower-case letters"),
        (T.StructType().add("first name", _TEXT), "column name 'first name'"),
        (T.StructType().add("n" * 256, _TEXT), "255 at most"),
        (T.StructType().add("id", _TEXT).add("ID", _TEXT), r"named alike \(case does not count\): id; rename or drop"),
        (T.StructType().add("a", T.ArrayType(T.StructType().add("B", _TEXT))), "column name 'B'"),
        (T.StructType().add("a", T.StructType().add("b", _TEXT).add("b", _TEXT)), "columns of a named alike.*: b"),
        (T.StructType().add("a", T.StructType().add("b", T.NullType())), "column a.b has no type, only nulls"),
        (T.StructType().add("t", T.TimestampNTZType()), "column t is timestamp_ntz, .* cast it first"),
        (T.StructType().add("i", T.DayTimeIntervalType()), "column i is interval day to second"),
    ],
)
def test_what_glue_or_athena_would_refuse_is_refused_with_its_name(schema, message):
    with pytest.raises(TableError, match=message):
        glue_columns(schema)
