"""Whatever is done to the text of config and catalog, they are valid or refused with a file: no other exception."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.errors import InvalidFilesError
from tests.unit.checkout import CONFIG, Checkout

FILES = [
    "transformation/jobs.csv",
    "transformation/default_configs.yaml",
    "transformation/custom_configs.yaml",
    "workflows.yaml",
]
JUNK = [
    "", "~", "null", "true", "no", "0", "-1", "012345670123", "1e400", ".nan", "0x1F", "1_000", "2024-01-01", "1:30",
    "9" * 5000, "a" * 100_000, "s3://", "s3a://b/c", "s3://b,,", "./", "./..", "./" + "x" * 5000, "/etc/passwd",
    "{}", "[]", "{a: 1}", "[1, [2, {b: 3}]]", "[" * 50 + "]" * 50, "[" * 1100, "{" * 1100, "{? [a] : b}", "'", '"', "`",
    "@", "%", "&", "*", "!", "|", ">", "-", "?", ":", "#", "&a", "*a", "&a [*a]", "&a {b: *a, c: *a}", "*undefined",
    "<<", "{<<: {a: 1}}", "!!binary aGk=", "!!int 7", "!!float x", "!!set {a}", "!!omap [a: 1]", "!!null x", "!x y",
    "!!python/object/apply:os.getcwd []", "!!timestamp x", "! x", "!<> x", '"\\0"', '"\\ud800"', '"\\UFFFFFFFF"',
    '"\\x"', '"a\\nb"', "\x00", "\x07", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\ud7ff", "\U0001f600", "é", "١٢", "\t",
    "|\n    text", "---", "...", "%YAML 9.9", "%YAML 1." + "9" * 5000, "%TAG ! tag:x,2000:", "--- x\n--- y",
    "true: false", "JoinLegislators", "prod", "devAccount", "Command: {Name: pythonshell}", "Command: {Name: 5}",
    "Script: [x]", "DefaultArguments: {x: {y: z}}", "Tags: x", "IntegrationTest: 5", "a,b,c,d,e",
    "cron(0 6 ? * 2#1 *)", "rate(0 days)", "after: [JoinLegislators]", "[JoinLegislators, JoinLegislators]",
    "Nowhere/Here",
    '"open', 'a"b"c', ",,,",
]  # fmt: skip

# what to do, where, where else, with which junk, at which indentation
_MUTATION = st.tuples(
    st.sampled_from(["delete", "duplicate", "swap", "value", "key", "insert", "indent", "cut", "join"]),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(JUNK) | st.text(max_size=20),
    st.sampled_from([0, 1, 2, 4, 6, 8, 11, 500]),
)


def replace(pattern: str, by: str, line: str) -> str:
    return re.sub(pattern, lambda _: by, line, count=1)


def mutate(text: str, mutations: list[tuple[str, int, int, str, int]]) -> str:
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    for what, where, elsewhere, junk, indentation in mutations:
        one, other = where % len(lines), elsewhere % len(lines)
        line = lines[one]
        if what == "delete" and len(lines) > 1:
            del lines[one]
        elif what == "duplicate":
            lines.insert(other, line)
        elif what == "swap":
            lines[one], lines[other] = lines[other], line
        elif what == "value":
            lines[one] = replace(r"(?<=[:,])[^:,]*$", " " + junk, line)
        elif what == "key":
            lines[one] = replace(r"[^\s:,]+", junk, line)
        elif what == "insert":
            lines.insert(one, " " * indentation + junk)
        elif what == "indent":
            lines[one] = " " * indentation + line.lstrip()
        elif what == "cut":
            lines[one] = line[: elsewhere % (len(line) + 1)]
        elif what == "join":
            lines[one] = line + lines[other]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One copy for all examples, which is the working folder."""
    before = Path.cwd()
    folder = tmp_path_factory.mktemp("mutated")
    os.chdir(folder)
    yield Checkout.copied_to(folder)
    os.chdir(before)


@pytest.fixture(scope="module")
def originals(checkout: Checkout) -> dict[str, str]:
    return {file: checkout.path(file).read_text(encoding="utf-8") for file in (CONFIG, *FILES)}


def refused_or_valid(checkout: Checkout, file: str, content: bytes, original: str) -> None:
    """Check with one file changed, and put it back."""
    checkout.path(file).write_bytes(content)
    refusal: InvalidFilesError | None = None
    try:
        checkout.check()
    except InvalidFilesError as error:
        refusal = error
    finally:
        checkout.write(file, original)
    if refusal:
        assert refusal.problems
        assert all(problem.file and problem.line >= 0 and problem.message for problem in refusal.problems)
        assert all(line.isprintable() for line in str(refusal).split("\n"))
        str(refusal).encode()  # what cannot be printed would be a traceback after all


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(st.lists(_MUTATION, min_size=1, max_size=4))
def test_a_mutated_config_is_valid_or_refused(checkout, originals, mutations):
    text = mutate(originals[CONFIG], mutations)
    refused_or_valid(checkout, CONFIG, text.encode(errors="surrogatepass"), originals[CONFIG])


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(FILES), st.lists(_MUTATION, min_size=1, max_size=4))
def test_a_mutated_catalog_is_valid_or_refused(checkout, originals, file, mutations):
    text = mutate(originals[file], mutations)
    refused_or_valid(checkout, file, text.encode(errors="surrogatepass"), originals[file])


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_each_kind_of_junk_is_refused_or_valid_as_a_value(checkout, originals, junk):
    in_catalog = [(FILES[1], "G.1X"), (FILES[2], "15")]
    in_workflows = [(FILES[3], text) for text in ("cron(0 6 * * ? *)", "[ProcessLegislators]", "120")]
    for file, old in [(CONFIG, '"123456789102"'), (CONFIG, "./aws_glue"), *in_catalog, *in_workflows]:
        text = originals[file].replace(old, junk, 1)
        assert text != originals[file]
        refused_or_valid(checkout, file, text.encode(errors="surrogatepass"), originals[file])


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.sampled_from([CONFIG, *FILES]), st.binary(max_size=60))
def test_bytes_of_any_kind_are_refused_or_valid(checkout, originals, file, content):
    refused_or_valid(checkout, file, content, originals[file])


def test_the_originals_are_valid(checkout):
    assert checkout.problems() == []
