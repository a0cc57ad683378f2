"""Requirements files: packages that are pinned and have hashes, so that what runs tomorrow is what was tested today."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, shown_path
from aws_glue_cdk_baseline.yaml_files import read_text

# https://packaging.python.org/en/latest/specifications/dependency-specifiers/
_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_PACKAGE = re.compile(
    rf"(?P<name>{_NAME})\s*(\[[^\]]*\])?\s*(?P<pin>[^;\s][^;]*?)?\s*(?P<marker>;.*?)?(?P<hashes>(\s+--hash=\S+)*)"
)
_PIN = re.compile(r"===?\s*[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})")
_HOW_TO_HASH = "`pip-compile --generate-hashes` writes such a file, `pip hash` tells one file's"


@dataclass(frozen=True)
class Requirement:
    """A package of a requirements file.

    Parameters
    ----------
    name
        Its name, normalized: small letters, with dashes.
    line
        The line on which it begins.
    """

    name: str
    line: int


def examine_requirements(path: Path) -> tuple[list[Requirement], list[Problem]]:
    """Look at all of a requirements file, whatever is wrong with a part of it.

    Returns
    -------
    tuple
        The packages that can be made out, and the mistakes: lines that are not pinned, have no hash, stand twice, or
        are no packages.
    """
    name = shown_path(path)
    try:
        text = read_text(path)
    except InvalidFilesError as error:
        return [], error.problems
    found: dict[str, Requirement] = {}
    problems: list[Problem] = []
    for line, entry in _entries(text):
        package = _PACKAGE.fullmatch(entry)
        mistake = _mistake(entry, package)
        if mistake:
            problems.append(Problem(name, line, mistake))
        if not package:
            continue
        requirement = Requirement(normalized(package["name"]), line)
        first = found.setdefault(requirement.name, requirement)
        if first is not requirement and not package["marker"]:
            problems.append(
                Problem(name, line, f"{package['name']} stands here a second time (first on line {first.line})")
            )
    if not found and not problems:
        problems.append(Problem(name, 0, "lists no package"))
    return list(found.values()), problems


def normalized(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """Yield each requirement with its first line: lines that a backslash joins are one, comments are none."""
    begun, joined = 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        begun = begun or number
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        entry = (joined + line).strip()
        if entry:
            yield begun, entry
        begun, joined = 0, ""
    if joined.strip():
        yield begun, joined.strip()


def _mistake(entry: str, package: re.Match[str] | None) -> str | None:
    if entry.startswith("-"):
        # without its value: an index's URL may hold a password
        option = re.split(r"[\s=]", entry)[0]
        return f"{option} is an option: a requirements file has packages only, each pinned and with its hashes"
    if not package or (package["pin"] or "").startswith("@") or "://" in entry:
        return "should be a package by its name, like PyMySQL==1.1.1 --hash=sha256:..., without a URL or a path"
    name, pin = package["name"], (package["pin"] or "").strip()
    if not _PIN.fullmatch(pin):
        found = f", found {name}{pin}" if pin else ""
        return f"{name} is not pinned: write {name}==<version>{found}"
    hashes = package["hashes"].split()
    if not hashes:
        return f"{name}{pin} has no --hash=sha256:...: {_HOW_TO_HASH}"
    wrong = next((one for one in hashes if not _HASH.fullmatch(one)), None)
    return f"{name}{pin}: {wrong} is no hash, like --hash=sha256: and 64 digits of 0-9, a-f" if wrong else None
