"""YAML as this project reads it: every place known, nothing lost or made up."""

from pathlib import Path

import pytest

from aws_glue_cdk_baseline.documents import Document
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest
from aws_glue_cdk_baseline.yaml_files import read_yaml


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read(text):
        file = Path("file.yaml")
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml(file)

    return read


@pytest.fixture
def mistakes(read):
    def mistakes(text):
        try:
            return [str(problem) for problem in read(text).problems]
        except InvalidFilesError as error:
            return [str(problem) for problem in error.problems]

    return mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("012345670123", "012345670123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("5.1", "5.1"),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ("[1, a]", [1, "a"]),
        ("{}", {}),
    ],
)
def test_a_value_arrives_as_it_was_written(read, text, value):
    read_value = read(f"key: {text}").data["key"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_every_place_has_its_line(read):
    document = read("a:\n  b:\n    - x\n    - y: 1\n\nc: {d: 2}\n")
    assert [document.lines[path] for path in [("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "y"), ("c", "d")]] == [
        1, 2, 4, 4, 6,
    ]  # fmt: skip


def test_a_problem_is_placed_at_the_nearest_place_above(read):
    document = read("# comment\na:\n  b: 1\n")
    assert str(document.problem("text", "a", "b", "c")) == "file.yaml:3: text"
    assert str(document.problem("text", "a", "z")) == "file.yaml:2: text"
    assert str(document.problem("text", "z")) == "file.yaml:1: text"
    assert str(Document("given as a dict", {}).problem("text", "a")) == "given as a dict: text"


def test_anchors_and_aliases_work(read):
    assert read("a: &one {x: 1}\nb: *one\n").data == {"a": {"x": 1}, "b": {"x": 1}}


def test_aliased_values_are_not_shared(read):
    data = read("a: &one {x: 1}\nb: *one\n").data
    data["a"]["x"] = 2
    assert data["b"] == {"x": 1}


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml:3: the key 'a' stands here a second time (first on line 1)"),
        ("- a\n", "file.yaml:1: should be a map of `key: value`, found a list"),
        ("text\n", "file.yaml:1: should be a map of `key: value`, found text"),
        ("a:\n\t- b\n", "file.yaml:2: is not valid YAML: while scanning for the next token, found character '\\t' "
                        "that cannot start any token: indent with spaces, not with tabs"),
        ("a: [1\nb: 2\n", "file.yaml:2: is not valid YAML: while parsing a flow sequence, "
                           "expected ',' or ']', but got ':'"),
        ("a: *nothing\n", "file.yaml:1: is not valid YAML: found undefined alias 'nothing'"),
        ("a: 1\n---\nb: 2\n", "file.yaml:2: is not valid YAML: expected a single document in the stream, "
                              "but found another document"),
        ("a: 1\nb: !Ref c\n", "file.yaml:2: the tag !Ref is not supported: write the value alone"),
        ("a: !!python/name:os.system x\n", "file.yaml:1: the tag !!python/name:os.system "
                                             "is not supported: write the value alone"),
        ("a: !!binary aGk=\n", "file.yaml:1: the tag !!binary is not supported: write the value alone"),
        ("a: !!set {x, y}\n", "file.yaml:1: the tag !!set is not supported: write the value alone"),
        ("a: {<<: {b: 1}}\n", "file.yaml:1: merge keys (<<) are not supported; write the values out"),
        ("? [a]\n: 1\n", "file.yaml:1: a key should be text"),
        ("a: 1\nb: \x07\n", "file.yaml:2: has a character that YAML forbids: special characters are not allowed"),
        ('a: "\\ud800"\n', "file.yaml:1: has half of a character (a surrogate); write the character itself"),
        ('a: "\\UFFFFFFFF"\n', "file.yaml: is not valid YAML: "),
        (b"a: 1\nb: caf\xe9\n", "file.yaml:2: is not UTF-8 text: save it as UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_plain_map_is_refused_with_its_line(mistakes, text, mistake):
    [found] = mistakes(text)
    assert found.startswith(mistake)


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a, c: *a}\n", "a: " + "[" * 40 + "]" * 40 + "\n"])
def test_what_is_nested_without_end_is_refused(mistakes, text):
    assert all("too deeply nested" in found for found in mistakes(text))
    assert mistakes(text)


def test_nesting_beyond_pythons_own_limit_is_refused(mistakes):
    assert mistakes("a: " + "[" * 1100) == ["file.yaml: is nested too deeply"]


def test_a_bomb_of_aliases_is_refused(mistakes):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert any("too deeply nested or too large" in found for found in mistakes(bomb))


def test_a_file_that_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidFilesError, match=r"nowhere\.yaml: cannot be read: No such file or directory"):
        read_yaml(Path("nowhere.yaml"))
    with pytest.raises(InvalidFilesError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(read):
    assert read(b"\xef\xbb\xbfa: 1\r\nb: x\r\n").data == {"a": 1, "b": "x"}


def test_an_empty_file_is_an_empty_map(read):
    assert read("# nothing yet\n").data == {}


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("devAcount", ["devAccount", "prodAccount"], " (did you mean 'devAccount'?)"),
        ("DEVACCOUNT", ["devAccount"], " (did you mean 'devAccount'?)"),
        ("xyz", ["b", "a"], " (known: a, b)"),
        ("xyz", [], ""),
    ],
)
def test_the_nearest_name_is_said(name, known, said):
    assert nearest(name, known) == said


def test_of_many_names_only_the_first_are_listed():
    assert nearest("xyz", [f"j{n:03}" for n in range(500)]).endswith("j019 and 480 more)")


def test_a_message_is_one_line_of_bearable_length():
    shown = str(Problem("file.yaml", 3, "found '" + "x" * 100_000 + "\n\x1b[31m'; quote it"))
    assert len(shown) < 700
    assert shown.isprintable()
    assert shown.endswith("quote it")


def test_problems_are_sorted_by_file_and_line_and_each_is_told_once():
    one, two = Problem("a.yaml", 10, "x"), Problem("a.yaml", 9, "y")
    assert str(InvalidFilesError([one, two, one])) == "a.yaml:9: y\na.yaml:10: x\n2 problems found"
