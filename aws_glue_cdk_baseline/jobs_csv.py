"""`jobs.csv`: which jobs a layer has, a row for each."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.yaml_files import read_text

_COLUMNS = ("JobName", "Classification", "Category", "ConnectionName")
_REQUIRED = _COLUMNS[:2]
_CLASSIFICATIONS = ("default", "custom")
_JOB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
_LONGEST_CONNECTION = 255  # characters, https://docs.aws.amazon.com/glue/latest/webapi/API_ConnectionInput.html


@dataclass(frozen=True)
class Row:
    """A job as its row describes it.

    Parameters
    ----------
    line
        Line (from 1) on which the row ends.
    custom
        Whether it is classified `custom`, so that custom_configs.yaml has a block for it.
    category, connection_name
        What stands there, or None.
    """

    line: int
    job_name: str
    custom: bool
    category: str | None
    connection_name: str | None


def read_rows(path: Path, problems: list[Problem]) -> list[Row]:
    """Read the rows of a jobs.csv; those with mistakes are left out, and the mistakes appended to `problems`."""
    name = shown_path(path)
    try:
        reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    except InvalidFilesError as error:
        problems += error.problems
        return []
    rows: list[Row] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        mistakes = _header_mistakes(header)
        problems += [Problem(name, 1, mistake) for mistake in mistakes]
        for cells in [] if mistakes else reader:
            row = {column: cell.strip() for column, cell in zip(header, cells, strict=False)}
            if not any(cell.strip() for cell in cells):
                continue
            mistake = _row_mistake(row, len(cells), len(header))
            if mistake:
                problems.append(Problem(name, reader.line_num, mistake))
            else:
                custom = row["Classification"].lower() == "custom"
                optional = (row.get("Category") or None, row.get("ConnectionName") or None)
                rows.append(Row(reader.line_num, row["JobName"], custom, *optional))
    except csv.Error as error:
        hint = " (is a quotation mark left open?)" if "unexpected end" in str(error) else ""
        problems.append(Problem(name, reader.line_num, f"is not valid CSV: {error}{hint}"))
    return rows


def _header_mistakes(header: list[str]) -> list[str]:
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        return [f"should separate its columns by commas: {','.join(_COLUMNS)}"]
    first_line = f"the first line should be {','.join(_COLUMNS)}"
    return [
        *(f"the column {c!r} is not known{nearest(c, _COLUMNS)}" for c in header if c not in _COLUMNS),
        *(f"the column {c} is missing: {first_line}" for c in _REQUIRED if c not in header),
        *(f"the column {c} stands twice" for c in _COLUMNS if header.count(c) > 1),
    ]


def _row_mistake(row: dict[str, str], values: int, columns: int) -> str | None:
    if values != columns:
        return f"has {values} values, the header has {columns} columns: an empty value needs its comma too"
    if not _JOB_NAME.fullmatch(row["JobName"]):
        rule = "should begin with a letter and have at most 100 letters, digits, '-' and '_'"
        return f"the job name {row['JobName']!r} {rule}"
    if row["Classification"].lower() not in _CLASSIFICATIONS:
        return f"Classification should be default or custom, found {row['Classification']!r}"
    connection = row.get("ConnectionName", "")
    if len(connection) > _LONGEST_CONNECTION or not connection.isprintable():
        return f"ConnectionName should be at most {_LONGEST_CONNECTION} characters on one line, found {connection!r}"
    return None
