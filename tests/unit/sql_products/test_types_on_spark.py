"""The types that are held for certain are Spark's own: each expression is asked of both."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.errors import Problem
from aws_glue_cdk_baseline.sql_products.column_types import can_hold, family, is_number
from aws_glue_cdk_baseline.sql_products.derivation import derive
from aws_glue_cdk_baseline.sql_products.model_files import query_of
from aws_glue_cdk_baseline.sql_products.product import Column, Place
from aws_glue_cdk_baseline.sql_products.sql_files import parse_statements

HERE = Place("query.sql")
COLUMNS = {
    "flag": "boolean", "tiny": "tinyint", "small": "smallint", "num": "int", "big": "bigint",
    "f": "float", "d": "double", "price": "decimal(10,2)", "name": "string", "raw": "binary",
    "day": "date", "at": "timestamp",
    "tags": "array<string>", "counts": "map<string,int>", "place": "struct<street:string,zip:int>",
}  # fmt: skip
EXPRESSIONS = """
    num; big; price; name; day; at; tags; counts; place; flag; tiny; small; f; d; raw
    1; 3000000000; 'x'; 1.5; 1e3; true; null; DATE '2026-01-01'; TIMESTAMP '2026-01-01 00:00:00'; INTERVAL 1 DAY
    num + 1; num + big; small + tiny; tiny * tiny; num - 1.5; num * d; f + f; price + price; price * num; -num; -price; num % 2
    num / 2; d / 2; price / 2; big DIV 2; num DIV 2; mod(big, 2); abs(num); abs(d); round(d); round(d, 1); round(price, 1)
    ceil(d); floor(d); sqrt(num); power(num, 2); greatest(num, big); least(num, 1); sign(num); num & 1; num | 1; bit_count(num)
    sum(num); sum(big); sum(tiny); sum(d); sum(f); sum(price); avg(num); avg(d); avg(price); count(*); count(num); count(DISTINCT name)
    min(num); max(day); max(price); min(name); first(num); last(name); any_value(num); stddev(num); collect_list(num); collect_set(name)
    approx_count_distinct(num); percentile(num, 0.5); count_if(num > 1); bool_and(flag); max_by(name, num); sum(num) FILTER (WHERE num > 1)
    num > 1; num = 1 AND flag; NOT flag; name LIKE 'a%'; name RLIKE 'a'; num IN (1, 2); num BETWEEN 1 AND 2; num IS NULL; flag OR num > 1
    name IS DISTINCT FROM 'x'; isnull(name); num <=> 1; array_contains(tags, 'x'); startswith(name, 'a'); contains(name, 'a')
    coalesce(num, 1); coalesce(num, big); coalesce(name, 'x'); coalesce(num, d); coalesce(day, at); coalesce(null, num); ifnull(num, 0); nvl(name, '')
    nullif(name, '-'); nullif(num, 0); if(flag, num, big); if(flag, name, null); CASE WHEN flag THEN num ELSE 1 END; CASE WHEN flag THEN 'a' END
    CASE num WHEN 1 THEN day WHEN 2 THEN at END; CASE WHEN flag THEN num ELSE name END; if(flag, num, 'x'); coalesce(num, name)
    CAST(num AS STRING); CAST(name AS DECIMAL(12, 3)); try_cast(name AS INT); CAST(at AS DATE); CAST(num AS TINYINT); int(name); string(num); date(at)
    lower(name); upper(name); trim(name); ltrim(name); concat(name, 'x'); name || 'x'; concat(tags, tags); concat_ws(',', tags); substring(name, 1, 2); left(name, 2)
    replace(name, 'a', 'b'); regexp_replace(name, 'a', 'b'); regexp_extract(name, 'a', 0); length(name); char_length(name); reverse(name); reverse(tags); initcap(name)
    split(name, ','); split_part(name, ',', 1); md5(name); sha2(name, 256); sha1(name); crc32(name); hash(name); xxhash64(name); hex(num); unhex(name); base64(raw); lpad(name, 5, '0')
    instr(name, 'a'); locate('a', name); ascii(name); repeat(name, 2); translate(name, 'a', 'b'); format_number(num, 2); levenshtein(name, 'x'); uuid()
    current_date(); current_timestamp(); now(); to_date(name); to_date(name, 'yyyy'); to_timestamp(name); date_add(day, 1); date_sub(day, 1); day + 1; day - day; at - at
    datediff(day, day); add_months(day, 1); months_between(day, day); last_day(day); next_day(day, 'MO'); trunc(day, 'MM'); date_trunc('DAY', at); date_format(at, 'yyyy')
    year(day); month(day); day(day); dayofweek(day); weekofyear(day); quarter(day); hour(at); minute(at); second(at); extract(YEAR FROM day); extract(SECOND FROM at); date_part('YEAR', day)
    unix_timestamp(at); unix_timestamp(); unix_seconds(at); unix_millis(at); timestamp_seconds(big); timestamp_millis(big); from_unixtime(big); from_unixtime(big, 'yyyy'); to_unix_timestamp(name)
    from_utc_timestamp(at, 'UTC'); make_date(num, 1, 1); at + INTERVAL 1 HOUR; day + INTERVAL 1 DAY; day + INTERVAL 1 HOUR; timestampdiff(SECOND, at, at); timestampadd(DAY, 1, at); date_from_unix_date(num)
    size(tags); tags[0]; element_at(tags, 1); counts['x']; place.street; place.zip; map_keys(counts); map_values(counts); array(num, 1); map('a', num); struct(num, name); named_struct('a', num)
    explode(tags); sort_array(tags); array_distinct(tags); array_max(array(num)); transform(tags, x -> length(x)); filter(tags, x -> x > 'a'); aggregate(array(num), 0, (a, x) -> a + x); slice(tags, 1, 2)
    array_join(tags, ','); cardinality(tags); sequence(1, 2); flatten(array(tags)); to_json(place); from_json(name, 'a INT'); get_json_object(name, '$.a'); json_tuple(name, 'a'); parse_url(name, 'HOST')
    row_number() OVER (ORDER BY num); rank() OVER (ORDER BY num); dense_rank() OVER (ORDER BY num); ntile(4) OVER (ORDER BY num); lag(num) OVER (ORDER BY num); lead(name, 1) OVER (ORDER BY num)
    sum(num) OVER (ORDER BY num); max(day) OVER (); percent_rank() OVER (ORDER BY num); cume_dist() OVER (ORDER BY num); first_value(num) OVER (ORDER BY num); avg(num) OVER (); count(*) OVER ()
    (SELECT max(num) FROM t); (SELECT count(*) FROM t); EXISTS (SELECT 1 FROM t); rand(); monotonically_increasing_id(); input_file_name(); spark_partition_id(); typeof(num); encode(name, 'UTF-8'); decode(raw, 'UTF-8')
"""  # noqa: E501
_SINGLE = [one.strip() for line in EXPRESSIONS.split("\n") for one in line.split(";") if one.strip()]


@pytest.fixture(scope="module")
def table(spark):
    columns = ", ".join(f"CAST(NULL AS {type_}) AS `{name}`" for name, type_ in COLUMNS.items())
    spark.sql(f"SELECT {columns}").createOrReplaceTempView("t")


def inferred(query):
    """The output of a query of one column."""
    problems: list[Problem] = []
    (statement,) = parse_statements(query, HERE, problems)
    assert not problems
    columns = [Column(name, type_, True, "", HERE) for name, type_ in COLUMNS.items()]
    derivation = derive(query_of(statement, problems), {"t": columns})
    assert not derivation.problems, derivation.problems
    (output,) = derivation.outputs or ()
    return output


def contradiction(spark, query):
    """What is held for certain and is not so, None if nothing: to the width where a type is exact, else by its kind."""
    output = inferred(query)
    if output.type is None:
        return None
    found = spark.sql(query).schema.fields[0].dataType.simpleString()
    same = output.type == found if output.exact else family(output.type) == family(found)
    return None if same else f"{query}: held for {output.type}, and Spark says {found}"


def test_what_is_certain_of_an_expression_is_what_spark_says(spark, table):
    queries = [f"SELECT {one} AS x FROM t" for one in _SINGLE]
    assert len(queries) > 250
    assert [found for query in queries if (found := contradiction(spark, query))] == []
    known = [query for query in queries if inferred(query).type]
    assert len(known) > 100, "the types of hardly any expression are known"


@pytest.mark.parametrize(
    "query",
    [
        "WITH c AS (SELECT num AS n FROM t) SELECT n AS x FROM c",
        "WITH c AS (SELECT round(price) AS n FROM t) SELECT n AS x FROM c",
        "SELECT x FROM (SELECT CAST(num AS STRING) AS x FROM t)",
        "SELECT num AS x FROM t UNION ALL SELECT num FROM t",
        "SELECT num AS x FROM t UNION ALL SELECT big FROM t",
        "SELECT num AS x FROM t UNION ALL SELECT name FROM t",
        "SELECT NULL AS x FROM t UNION ALL SELECT num FROM t",
        "SELECT e AS x FROM t LATERAL VIEW explode(tags) v AS e",
        "SELECT sum(x) AS x FROM (SELECT num AS x FROM t UNION ALL SELECT tiny FROM t)",
        "SELECT coalesce(a.num, b.num) AS x FROM t AS a FULL JOIN t AS b ON a.num = b.num",
        "SELECT num AS x FROM t AS a JOIN t AS b USING (num)",
        "SELECT max(x) AS x FROM (SELECT price * 2 AS x FROM t)",
    ],
)
def test_what_is_certain_of_a_column_of_an_inner_query_is_what_spark_says(spark, table, query):
    assert contradiction(spark, query) is None


@pytest.mark.parametrize("wide", COLUMNS.values())
def test_what_a_type_can_hold_is_what_spark_casts_upward(spark, wide):
    up_cast = spark._jvm.org.apache.spark.sql.catalyst.expressions.Cast.canUpCast
    parse = spark._jvm.org.apache.spark.sql.types.DataType.fromDDL
    types = [*COLUMNS.values(), "decimal(3,0)", "decimal(19,0)", "decimal(38,18)", "array<int>", "array<bigint>",
             "map<string,bigint>", "struct<street:string,zip:bigint>", "struct<road:string,zip:int>"]  # fmt: skip
    for narrow in types:
        spark_says = up_cast(parse(narrow), parse(wide))
        if can_hold(wide, narrow):
            assert spark_says, f"{narrow} to {wide}"
        elif is_number(wide) and is_number(narrow) and spark_says:
            # Spark calls it upward too where digits are lost
            assert wide in ("float", "double") or narrow.startswith("decimal"), f"{narrow} to {wide}"
