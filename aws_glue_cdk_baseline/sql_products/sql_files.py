"""A file of Spark SQL as statements: text, line and syntax tree of each, and its mistakes as sentences."""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from aws_glue_cdk_baseline.errors import Problem, shown_path
from aws_glue_cdk_baseline.sql_products.product import Place

SPARK = Dialect.get_or_raise("spark")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
# sqlglot warns of statements that it knows no more of than their name; here they are errors
logging.getLogger("sqlglot").addFilter(lambda record: "parsing as a 'Command'" not in record.getMessage())


@dataclass(frozen=True)
class Statement:
    """One statement of a file.

    Parameters
    ----------
    sql
        Its text as written, without the semicolon.
    tokens
        What it is made of; positions count from the file's start.
    """

    sql: str
    expression: exp.Expr
    tokens: Sequence[Token]
    variables: frozenset[str]
    place: Place


def read_statements(path: Path, problems: list[Problem]) -> list[Statement]:
    """Read a file's statements; what is wrong with one is added to `problems` and leaves it out."""
    place = Place(shown_path(path))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(Problem(place.file, 0, f"cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError as error:
        problems.append(
            Problem(place.file, 0, f"is not UTF-8 text: byte {error.start} is {error.object[error.start]:#x}")
        )
        return []
    return list(parse_statements(text, place, problems))


def parse_statements(text: str, place: Place, problems: list[Problem]) -> Iterator[Statement]:
    """Parse the statements of a text that begins at `place`."""
    try:
        tokens = SPARK.tokenize(text)
    except TokenError as error:
        problems.append(place.at(_open_quote(text)).problem(f"is not Spark SQL: {_sentence(str(error))}"))
        return
    for chunk in _split(tokens):
        sql = text[chunk[0].start : chunk[-1].end + 1]
        here = place.at(_line(text, chunk[0]))
        variables = _variables(sql, here, problems)
        if brace := _brace(chunk):
            message = f"there is no templating language here, found {brace.text!r}: a variable is written ${{name}}"
            problems.append(place.at(_line(text, brace)).problem(message))
            continue
        try:
            expression = SPARK.parser().parse(list(chunk), text)[0]
        except ParseError as error:
            first = error.errors[0] if error.errors else {}
            found = f", found {first['highlight']!r}" if first.get("highlight") else ""
            message = f"is not Spark SQL: {_sentence(first.get('description') or str(error))}{found}"
            problems.append(place.at(first.get("line")).problem(message))
            continue
        except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError) as error:
            # the last ones are how the parser fails on nonsense that its grammar does not expect
            what = "it is nested too deeply" if isinstance(error, RecursionError) else _sentence(str(error))
            problems.append(here.problem(f"is not Spark SQL: {what}"))
            continue
        if expression is not None:
            yield Statement(sql, expression, chunk, variables, here)


def one_statement(path: Path, kinds: str, problems: list[Problem]) -> Statement | None:
    """Read a file that holds exactly one statement, called `kinds` in the error if it does not."""
    count = len(problems)
    statements = read_statements(path, problems)
    if len(problems) > count:
        return None
    if not statements:
        problems.append(Place(shown_path(path)).problem(f"is empty: expected {kinds}"))
        return None
    if len(statements) > 1:
        problems.append(statements[1].place.problem(f"a second statement: expected one, {kinds}"))
        return None
    return statements[0]


def line_of(node: exp.Expr | None) -> int | None:
    """Return the line of a part of a statement, as far as the parser noted it."""
    if node is None:
        return None
    for one in node.walk():
        if line := one.meta_get("line"):
            return int(line)
    return None


def _split(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    start = 0
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.SEMICOLON:
            if index > start:
                yield tokens[start:index]
            start = index + 1
    if start < len(tokens):
        yield tokens[start:]


def _brace(tokens: Sequence[Token]) -> Token | None:
    """Return the first brace that begins no variable: SQL has none, and other template languages do."""
    for before, token in zip((None, *tokens), tokens, strict=False):
        opens = token.token_type in (TokenType.L_BRACE, TokenType.BLOCK_START)
        if opens and (before is None or before.token_type != TokenType.PARAMETER):
            return token
    return None


def _line(text: str, token: Token) -> int:
    return text.count("\n", 0, token.start) + 1


def _variables(sql: str, place: Place, problems: list[Problem]) -> frozenset[str]:
    names = set()
    for found in _VARIABLE.finditer(sql):
        name = found[1]
        if _VARIABLE_NAME.fullmatch(name):
            names.add(name)
        else:
            line = place.line + sql.count("\n", 0, found.start())
            rule = "a variable is written ${name}: small letters, digits and underscores"
            problems.append(place.at(line).problem(f"{rule}, found {found[0]!r}"))
    return frozenset(names)


def _open_quote(text: str) -> int:
    """Return the line where a quote or comment begins that nothing ends: the tokenizer does not say."""
    position = 0
    whole = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`", re.DOTALL)
    begins = re.compile(r"--|/\*|['\"`]")
    while begin := begins.search(text, position):
        end = whole.match(text, begin.start())
        if not end:
            return text.count("\n", 0, begin.start()) + 1
        position = end.end()
    return 1


def _sentence(message: str) -> str:
    """Take a parser's message apart: its first line, without terminal colours and positions."""
    first = re.sub(r"\x1b\[\d+m", "", message).split("\n")[0]
    first = re.sub(r"\.? Line \d+, Col: \d+\.?$", "", first).strip().rstrip(".")
    return first[:1].lower() + first[1:] if first else "it cannot be parsed"
