"""Types and values that are lost, shifted or rounded on the way by most tools: each arrives byte for byte.

They are compared by the server, column by column, so that no library stands between the comparison and the bytes.
"""

import time

import pytest

# column: type, values as SQL, and how the server shows what is stored
AWKWARD = {
    "bigint_unsigned": ("BIGINT UNSIGNED", ["18446744073709551615", "9223372036854775808", "0"], "HEX({})"),
    "bigint_signed": ("BIGINT", ["-9223372036854775808", "9223372036854775807"], "HEX({})"),
    "int_zerofill": ("INT(8) ZEROFILL", ["42", "4294967295"], "HEX({})"),
    "mediumint": ("MEDIUMINT", ["-8388608", "8388607"], "HEX({})"),
    "smallint_unsigned": ("SMALLINT UNSIGNED", ["65535"], "HEX({})"),
    "tinyint_as_boolean": ("TINYINT(1)", ["2", "-1", "0", "1", "127"], "HEX({})"),
    "decimal_widest": ("DECIMAL(65,30)", ["99999999999999999999999999999999999.123456789012345678901234567891", "-0.000000000000000000000000000001"], "HEX(CAST({} AS CHAR))"),
    "decimal_money": ("DECIMAL(12,2)", ["-0.01", "9999999999.99"], "HEX(CAST({} AS CHAR))"),
    "float_plain": ("FLOAT", ["16777217", "0.1", "-0.0", "1.17549435e-38", "3.40282347e38", "1e-45", "123456.789"], "HEX(CAST({} + 0e0 AS CHAR))"),
    "float_fixed": ("FLOAT(7,3)", ["1234.567", "0.001"], "HEX(CAST({} + 0e0 AS CHAR))"),
    "double_plain": ("DOUBLE", ["0.1", "1.7976931348623157e308", "5e-324", "-0.0", "0.30000000000000004", "1e23"], "HEX(CAST({} AS CHAR))"),
    "double_fixed": ("DOUBLE(10,2)", ["12345678.91"], "HEX(CAST({} AS CHAR))"),
    "bit_1": ("BIT(1)", ["b'0'", "b'1'"], "HEX({})"),
    "bit_64": ("BIT(64)", ["b'1111111111111111111111111111111111111111111111111111111111111111'", "b'1010'"], "HEX({})"),
    "date_zero": ("DATE", ["'0000-00-00'", "'2024-00-00'", "'2024-05-00'", "'0001-01-01'", "'9999-12-31'", "'2023-02-31'"], "HEX(CAST({} AS CHAR))"),
    "date_before_1900": ("DATE", ["'1582-10-10'", "'1899-12-31'"], "HEX(CAST({} AS CHAR))"),
    "datetime_in_the_gap": ("DATETIME(6)", ["'2024-03-10 02:30:00.123456'", "'2024-11-03 01:30:00.000001'", "'0000-00-00 00:00:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'"], "HEX(CAST({} AS CHAR))"),
    "datetime_whole": ("DATETIME", ["'2024-03-10 02:30:00'", "'2024-00-00 00:00:00'"], "HEX(CAST({} AS CHAR))"),
    "timestamp_in_both_hours": ("TIMESTAMP(6) NULL", ["'2024-11-03 05:30:00.5'", "'2024-11-03 06:30:00.5'", "'2024-03-10 07:30:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07.999999'", "'0000-00-00 00:00:00'"], "HEX(CAST({} AS CHAR))"),
    "time_beyond_a_day": ("TIME(6)", ["'838:59:59.999999'", "'-838:59:59'", "'-00:00:00.000001'", "'24:00:00'"], "HEX(CAST({} AS CHAR))"),
    "year": ("YEAR", ["0", "1901", "2155", "2000"], "HEX(CAST({} AS CHAR))"),
    "char_padded": ("CHAR(10)", ["'a'", "''", "'ä  '"], "HEX({})"),
    "varchar_spaces": ("VARCHAR(100)", ["' a '", "''", "'NULL'", "'\\\\N'", "'N'"], "HEX({})"),
    "text_specials": ("TEXT", ["'tab\\tnewline\\nreturn\\rnul\\0backslash\\\\quote\\'\\\"end\\\\'", "'\\\\'", "'\\t'", "'\\n'", "''"], "HEX({})"),
    "text_emoji": ("TEXT", ["'\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467'", "'\u0000\ufeff\u2028'"], "HEX({})"),
    "text_latin1": ("VARCHAR(50) CHARACTER SET latin1", ["'\u20ac \xe9 \xff'"], "HEX({})"),
    "text_ucs2": ("VARCHAR(50) CHARACTER SET ucs2", ["'\u0161 a'"], "HEX({})"),
    "text_binary_collation": ("VARCHAR(50) COLLATE utf8mb4_bin", ["'A'", "'a'"], "HEX({})"),
    "enum": ("ENUM('a','b,c','d''e','')", ["'b,c'", "'d\\'e'", "''"], "HEX({} + 0)"),
    "set": ("SET('x','y','z')", ["''", "'x,z'", "'y'"], "HEX({} + 0)"),
    "binary_padded": ("BINARY(6)", ["x'00FF'", "x'5C4E0A09'"], "HEX({})"),
    "varbinary": ("VARBINARY(300)", ["x'00'", "''", "x'5C00090A0D1A22275C4E'", "x'FFFEC0AF'"], "HEX({})"),
    "blob": ("LONGBLOB", ["REPEAT(UNHEX('00095C0A0DFF1A'), 20000)", "''"], "HEX({})"),
    "json": ("JSON", ["'{\"b\": [1, 2.50, null], \"a\": \"\\\\\\\\ \\\\n \U0001f600\"}'", "'null'"], "HEX({})"),
    "point": ("POINT", ["POINT(1.5, -2)"], "HEX({})"),
    "uuid": ("UUID", ["'123e4567-e89b-12d3-a456-426655440000'"], "HEX({})"),
    "inet6": ("INET6", ["'2001:db8::ff00:42:8329'"], "HEX({})"),
}  # fmt: skip


@pytest.fixture(params=["UTC", "America/New_York"])
def time_zone(request, monkeypatch, sites):
    """The zone of this process and, where the server knows it, of every session that does not say otherwise."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    offset = {"UTC": "+00:00", "America/New_York": "-05:00"}[request.param]
    sites.server_rows(f"SET GLOBAL time_zone = '{offset}'")
    yield request.param
    sites.server_rows("SET GLOBAL time_zone = SYSTEM")
    monkeypatch.undo()
    time.tzset()


def _fill(sites):
    columns = ", ".join(f"`{name}` {type_}" for name, (type_, _, _) in AWKWARD.items())
    sites.at_source(
        f"CREATE TABLE awkward (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, {columns},"
        " doubled DECIMAL(30,4) AS (decimal_money * 2) STORED, shown VARCHAR(50) AS (CONCAT('<', char_padded, '>')) VIRTUAL)"
    )
    longest = max(len(values) for _, values, _ in AWKWARD.values())
    rows = []
    for number in range(longest + 1):  # the last row is NULL in every column
        cells = [values[number] if number < len(values) else "NULL" for _, values, _ in AWKWARD.values()]
        rows.append(f"({number}, {', '.join(cells)})")
    names = ", ".join(f"`{name}`" for name in AWKWARD)
    sites.at_source(
        f"INSERT INTO awkward (id, {names}) VALUES {', '.join(rows)}", "ALTER TABLE awkward AUTO_INCREMENT = 1000"
    )
    return longest + 1


def _shown(sites, connection, expression):
    return [
        row[0] for row in sites.server_rows(f"SELECT {expression} FROM `{connection.database}`.awkward ORDER BY id")
    ]


def test_every_awkward_value_arrives_byte_for_byte(sites, time_zone):
    rows = _fill(sites)
    sites.extract()
    result = sites.load()[0]
    assert (result.read.rows, result.written, result.target) == (rows, result.read, result.read)
    different = {
        name: (before, after)
        for name, (_, _, shown) in {
            **AWKWARD,
            "id": ("", [], "HEX({})"),
            "doubled": ("", [], "HEX({})"),
            "shown": ("", [], "HEX({})"),
        }.items()
        if (before := _shown(sites, sites.source, shown.format(f"`{name}`")))
        != (after := _shown(sites, sites.target, shown.format(f"`{name}`")))
    }
    assert not different
    sites.require_identical("awkward")


def test_null_stays_null_and_empty_text_stays_empty(sites):
    sites.at_source(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(5), b BLOB, c INT)",
        "INSERT INTO t VALUES (1, NULL, NULL, NULL), (2, '', '', 0), (3, 'NULL', 'NULL', 1), (4, '\\\\N', '\\\\N', 2)",
    )
    sites.extract()
    sites.load()
    shown = "SELECT id, a IS NULL, a = '', b IS NULL, b = '', c IS NULL, a, b FROM t ORDER BY id"
    assert sites.at_target(shown) == sites.at_source(shown)
    assert sites.at_target(shown)[0][1:6] == (1, None, 1, None, 1)


def test_counter_zero_id_and_definition_arrive(sites):
    sites.at_source(
        "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL DEFAULT 7, UNIQUE KEY u (v)) COMMENT 'mine'",
        "INSERT INTO t VALUES (0, 1), (5, 2)",
        "ALTER TABLE t AUTO_INCREMENT = 4711",
    )
    sites.extract()
    sites.load()
    assert sites.at_target("SELECT id, v FROM t ORDER BY id") == [(0, 1), (5, 2)]
    assert sites.at_target("SHOW CREATE TABLE t")[0][1] == sites.at_source("SHOW CREATE TABLE t")[0][1]
    assert "AUTO_INCREMENT=4711" in sites.at_target("SHOW CREATE TABLE t")[0][1]
