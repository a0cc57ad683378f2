"""Rows as the text that LOAD DATA reads: tabs between fields, a line each, NULL as ``\\N``, by whole columns at once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from migration.columns import Column, quoted

# the backslash first: the others bring more of them
_ESCAPED = ((b"\\", b"\\\\"), (b"\t", b"\\t"), (b"\n", b"\\n"))

_FORMAT = r"CHARACTER SET binary FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n'"


def text_of(rows: pa.Table, columns: Sequence[Column]) -> pa.Buffer:
    """Return rows as text.

    Parameters
    ----------
    rows
        Values as they travel; columns that are not asked for are left out.
    columns
        Which columns, in their order.

    Returns
    -------
    pyarrow.Buffer
        All lines, each with its end.
    """
    fields = [_field(rows.column(column.name)) for column in columns]
    fields[-1] = pc.binary_join_element_wise(fields[-1], pa.scalar(b""), pa.scalar(b"\n"))
    lines = pc.binary_join_element_wise(*fields, pa.scalar(b"\t")) if len(fields) > 1 else fields[0]
    if not len(lines):
        return pa.py_buffer(b"")
    _, offsets, content = lines.buffers()
    assert lines.offset == 0, "made just now"  # noqa: S101 - the buffer is the text only then
    return content.slice(0, int.from_bytes(offsets.slice(4 * len(lines), 4).to_pybytes(), "little"))


def load_statement(table: str, columns: Sequence[Column], file: str) -> str:
    """Return the statement that loads such text.

    Parameters
    ----------
    table
        The table's name.
    columns
        The columns of the text, in their order.
    file
        Where the client finds it.
    """
    put_back = [column.put_back(number) for number, column in enumerate(columns)]
    if any(assignment for _, assignment in put_back):
        # beside an assignment MariaDB 10.11 takes an id 0 for none and counts, unless the id is assigned too
        for number, column in enumerate(columns):
            if column.auto_increment:
                put_back[number] = (f"@c{number}", f"{quoted(column.name)} = @c{number}")
    names, assignments = zip(*put_back, strict=True)
    settings = ", ".join(one for one in assignments if one)
    return f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE {quoted(table)} {_FORMAT} ({', '.join(names)})" + (
        f" SET {settings}" if settings else ""
    )


def _field(values: pa.ChunkedArray) -> pa.Array:
    whole = values.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # of no chunk, or of more than two gigabytes
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], whole.type)
    if pa.types.is_integer(whole.type):
        return whole.cast(pa.string()).cast(pa.binary()).fill_null(b"\\N")
    found = whole.cast(pa.binary())
    for special, escaped in _ESCAPED:
        if pc.any(pc.match_substring(found, special)).as_py():
            found = pc.replace_substring(found, special, escaped)
    return found.fill_null(b"\\N")
