"""YAML files read with every key's line, and without YAML 1.1's surprises (octal numbers, `no` as false, dates)."""

import re
from pathlib import Path
from typing import Any

import yaml

from aws_glue_cdk_baseline.documents import Document, Key, type_name
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, shown_path

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}
_MAX_DEPTH = 30
_MAX_NODES = 100_000


def read_text(path: Path) -> str:
    """Read a UTF-8 file.

    Raises
    ------
    InvalidFilesError
        If it cannot be read, or is not UTF-8.
    """
    content = b""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        problem = Problem(shown_path(path), 0, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(shown_path(path), line, "is not UTF-8 text: save it as UTF-8")
    raise InvalidFilesError([problem])


def read_yaml(path: Path) -> Document:
    """Read a YAML file whose top level is a map (or nothing).

    Returns
    -------
    Document
        With what is wrong in single places (a key that stands twice, a tag) as its problems.

    Raises
    ------
    InvalidFilesError
        If the file cannot be read, or is not one YAML map of bearable size.
    """
    name = shown_path(path)
    text = read_text(path)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise InvalidFilesError([Problem(name, line, f"has a character that YAML forbids: {error.reason}")]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found = ", ".join(text for text in (error.context, error.problem) if text)
        hint = ": indent with spaces, not with tabs" if "'\\t'" in found else ""
        raise InvalidFilesError(
            [Problem(name, mark.line + 1 if mark else 0, f"is not valid YAML: {found}{hint}")]
        ) from None
    except RecursionError:
        raise InvalidFilesError([Problem(name, 0, "is nested too deeply")]) from None
    except (ValueError, OverflowError) as error:  # PyYAML's own slips: an escape beyond Unicode, a version too long
        raise InvalidFilesError([Problem(name, 0, f"is not valid YAML: {error}")]) from None
    document = Document(name, {}, {(): 1})
    data = _Builder(document).build(root, ()) if root is not None else {}
    document.data = {} if data is None else data
    if not isinstance(document.data, dict):
        raise InvalidFilesError([Problem(name, 1, f"should be a map of `key: value`, found {type_name(data)}")])
    return document


class _Builder:
    """Turns YAML nodes into plain data and notes where each part stands."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def build(self, node: yaml.Node, path: tuple[Key, ...]) -> Any:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        self.nodes += 1
        if len(path) > _MAX_DEPTH or self.nodes > _MAX_NODES:  # also what an alias to itself runs into
            limits = f"at most {_MAX_DEPTH} levels, {_MAX_NODES:,} values"
            self._problem(node, f"is too deeply nested or too large, or an alias that holds itself ({limits})")
            raise InvalidFilesError(self.document.problems)  # two aliases per level would be a billion values
        if isinstance(node, yaml.MappingNode):
            self._check_tag(node, {"tag:yaml.org,2002:map"})
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, {"tag:yaml.org,2002:seq"})
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - there are three kinds of nodes
        return self._scalar(node)

    def _map(self, node: yaml.MappingNode, path: tuple[Key, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "a key should be text")
                continue
            key = self._text(key_node)
            if key == "<<" and key_node.style is None:
                self._problem(key_node, "merge keys (<<) are not supported; write the values out")
            elif key in data:
                first = self.document.lines[(*path, key)]
                self._problem(key_node, f"the key '{key}' stands here a second time (first on line {first})")
            else:
                self.document.lines[(*path, key)] = key_node.start_mark.line + 1
                data[key] = self.build(value_node, (*path, key))
        return data

    def _scalar(self, node: yaml.ScalarNode) -> str | int | bool | None:
        text = self._text(node)
        if node.style is not None or node.tag == "tag:yaml.org,2002:str":
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        return int(text) if _INTEGER.fullmatch(text) else text

    def _text(self, node: yaml.ScalarNode) -> str:
        """Return the text of a scalar; quoted, it is text, and no tag makes it anything else."""
        self._check_tag(node, _PLAIN_TAGS if node.style is None else {"tag:yaml.org,2002:str"})
        text: str = node.value
        if not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text):
            self._problem(node, "has half of a character (a surrogate); write the character itself")
        return text

    def _check_tag(self, node: yaml.Node, known: set[str]) -> None:
        if node.tag not in known:
            short = node.tag.replace("tag:yaml.org,2002:", "!!")
            self._problem(node, f"the tag {short} is not supported: write the value alone")

    def _problem(self, node: yaml.Node, message: str) -> None:
        self.document.problems.append(Problem(self.document.file, node.start_mark.line + 1, message))
