"""A column: its type, how its values travel, and how they are put back; so that every one arrives as it left.

Whole numbers travel as numbers and bytes as bytes. Everything else travels as the text that the server itself makes of
it, and reads back: a library's idea of dates, decimals and floats would lose zero dates, TIME beyond a day, or digits.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

INTEGERS = {
    "tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64,
}  # fmt: skip
BYTES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}
GEOMETRIES = {
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
    "geometrycollection", "geomcollection",
}  # fmt: skip
TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
TEMPORALS = {"date", "datetime", "timestamp", "time", "year"}
FLOATS = {"float", "double"}

# a file of bytes can be loaded into these as it is; into others by way of a conversion
_UTF8 = {"utf8mb4", "utf8mb3", "utf8", "ascii"}
_TYPE = re.compile(r"\s*(?P<name>[a-z]\w*)\s*(?:\((?P<inside>(?:[^()']|'(?:[^']|'')*')*)\))?(?P<rest>.*)", re.I | re.S)
_MEMBER = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Column:
    """A column of a table, as ``information_schema.columns`` describes it.

    Parameters
    ----------
    name
        Its name.
    type
        Its type as DDL writes it: ``decimal(65,30)``, ``int(10) unsigned zerofill``, ``enum('a','b')``.
    nullable
        Whether it takes NULL.
    charset
        The character set of a column of text, None for others.
    generated
        Whether the server computes it: then it is neither carried nor loaded.
    auto_increment
        Whether the server counts it.
    has_default
        Whether a row may leave it out.
    """

    name: str
    type: str
    nullable: bool
    charset: str | None = None
    generated: bool = False
    auto_increment: bool = False
    has_default: bool = False

    @property
    def kind(self) -> str:
        """The type's name without length and attributes: ``decimal``, ``varchar``."""
        name: str = self._parsed["name"].lower()
        return {"integer": "int", "numeric": "decimal", "real": "double", "dec": "decimal"}.get(name, name)

    @property
    def unsigned(self) -> bool:
        """Whether a number has no sign."""
        return "unsigned" in self._parsed["rest"].lower() or "zerofill" in self._parsed["rest"].lower()

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers between the type's parentheses: a length, or precision and scale."""
        inside = self._parsed["inside"] or ""
        return tuple(int(part) for part in inside.split(",")) if re.fullmatch(r"[\d,\s]+", inside) else ()

    @property
    def members(self) -> tuple[str, ...]:
        """The members of an ENUM or a SET."""
        return tuple(one.replace("''", "'") for one in _MEMBER.findall(self._parsed["inside"] or ""))

    @property
    def arrow_type(self) -> pa.DataType:
        """How its values travel."""
        if self.kind in INTEGERS:
            return pa.uint64() if self.unsigned else pa.int64()
        return pa.binary() if self.kind in BYTES | GEOMETRIES else pa.string()

    def wire(self, table: str = "t") -> str:
        """Return the SQL expression that gives its value as it travels.

        Parameters
        ----------
        table
            Alias of the table in the query.
        """
        name = f"{table}.{quoted(self.name)}"
        if self.kind in INTEGERS or self.kind in BYTES:
            return name
        if self.kind in GEOMETRIES:
            return f"CAST({name} AS BINARY)"
        if self.kind in TEXTS:
            return name if self.charset == "utf8mb4" else f"CONVERT({name} USING utf8mb4)"
        if self.kind == "float":
            # a float prints six digits; as a double it prints all that it has
            return f"CAST({name} + 0e0 AS CHAR)"
        if self.kind == "bit":
            return f"CAST({name} + 0 AS CHAR)"
        return f"CAST({name} AS CHAR)"

    def put_back(self, number: int) -> tuple[str, str | None]:
        """Return how LOAD DATA takes it: the name in its list, and the assignment if one is needed.

        Parameters
        ----------
        number
            Of the column, for the name of a variable.
        """
        name, variable = quoted(self.name), f"@c{number}"
        if self.kind == "bit":
            return variable, f"{name} = CAST({variable} AS UNSIGNED)"
        if self.kind in INTEGERS or self.kind in BYTES | GEOMETRIES | TEMPORALS | FLOATS | {"decimal"}:
            return name, None
        # bytes that are no text would be refused by JSON, and taken for the value itself by UUID
        if self.charset not in _UTF8 or self.kind not in TEXTS | {"enum", "set"}:
            return variable, f"{name} = CONVERT({variable} USING utf8mb4)"
        return name, None

    @property
    def _parsed(self) -> dict[str, Any]:
        found = _TYPE.fullmatch(self.type)
        return found.groupdict() if found else {"name": "", "inside": None, "rest": ""}

    def to_json(self) -> dict[str, Any]:
        """Return it as a manifest holds it."""
        return asdict(self)


def quoted(name: str) -> str:
    """Return a name as SQL takes it, whatever is in it."""
    return f"`{name.replace('`', '``')}`"
