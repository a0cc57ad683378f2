"""What a build finds on its machine: the tools of the rehearsal's environment, lent so that nothing can change them."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from rehearsal.cloud.archives import TIME_OF_FILES
from rehearsal.cloud.codebuild import npm
from rehearsal.environment import clean_environment

WITHOUT_DOCKER = {"make test-glue-image": "make test-jobs"}
"""What is run where there is no Docker daemon: the same tests, on the Spark of the rehearsal's environment."""

_AS_IN_A_CONTAINER = (
    "env -u AWS_ENDPOINT_URL -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u AWS_REGION "
    "-u AWS_DEFAULT_REGION"
)
"""A container that a build runs gets none of the build's variables; its tests bring a cloud of their own."""

_DECIDES_PACKAGES = ("requirements.txt", "requirements-dev.txt", "constraints.txt", "package.json", "package-lock.json")
_STAMP = ".installed"


class ToolsError(Exception):
    """The rehearsal's environment is not the one that the source asks for."""


def lend(checkout: Path, folder: Path, source: Path) -> dict[str, str]:
    """Lay the tools out for a build.

    Parameters
    ----------
    checkout
        The rehearsal's repository, whose environment and node_modules are lent.
    folder
        The build's folder.
    source
        The build's primary source.

    Returns
    -------
    dict
        The variables by which a build finds them.

    Raises
    ------
    ToolsError
        If the source asks for other packages than the checkout has.
    """
    for name in _DECIDES_PACKAGES:
        theirs, ours = source / name, checkout / name
        if theirs.exists() and ours.exists() and theirs.read_bytes() != ours.read_bytes():
            raise ToolsError(
                f"{name} of the source differs from that of the rehearsal's checkout, whose packages a build uses: "
                "check this commit out and call `make rehearse` there"
            )
    environment, programs = folder / "venv", folder / "bin"
    _link_entries(Path(sys.prefix), environment)
    node_modules = checkout / "node_modules"
    if (source / "package.json").exists() and node_modules.exists():
        _link_entries(node_modules, source / "node_modules")
    programs.mkdir(parents=True, exist_ok=True)
    shim = programs / "npm"
    shim.write_text(f'#!/bin/sh\nexec "{environment}/bin/python" -P "{npm.__file__}" "$@"\n')
    shim.chmod(0o755)
    (folder / "home").mkdir(exist_ok=True)
    found = clean_environment()
    found["PATH"] = os.pathsep.join([str(programs), str(environment / "bin"), found["PATH"]])
    return found | {
        "VENV": str(environment),
        "VIRTUAL_ENV": str(environment),
        "HOME": str(folder / "home"),
        "CDK_HOME": str(folder / "home" / ".cdk"),
        "PIP_TARGET": str(folder / "packages"),  # what a build installs is its own
        "PYTHONPATH": str(folder / "packages"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(_jsii_cache()),
        "REHEARSAL_NODE_MODULES": str(node_modules),
        "REHEARSAL_BIN": str(programs),
    }


def other_runtimes(asked: dict[str, str]) -> list[str]:
    """Say which runtime versions of a buildspec differ from what is here.

    Parameters
    ----------
    asked
        Versions by language: ``{"python": "3.11"}``.

    Returns
    -------
    list of str
        One sentence per difference.

    Raises
    ------
    ToolsError
        If a language is asked for that is not here at all.
    """
    here = {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "nodejs": _node(), "java": "17"}
    told = []
    for language, version in asked.items():
        if language not in here:
            raise ToolsError(f"runtime-versions: {language} {version} is asked for, and the rehearsal has none")
        if version != "latest" and not _same(version, here[language]):
            told.append(f"{language} {version} is asked for; the rehearsal's is {here[language]}, nothing is installed")
    return told


def instead(command: str, skipped: tuple[str, ...]) -> tuple[str | None, str]:
    """Return what is run in the place of a command, and why.

    Parameters
    ----------
    command
        The buildspec's.
    skipped
        Beginnings of commands that this rehearsal leaves out.

    Returns
    -------
    str or None
        The command to run, None for none.
    str
        Why it is another; empty if it is not.
    """
    for beginning in skipped:
        if _begins(command, beginning):
            return None, f"skipped in this rehearsal: {command}"
    for beginning, other in WITHOUT_DOCKER.items():
        if _begins(command, beginning) and not docker_runs():
            taken = command.replace(beginning, other, 1)
            why = f"there is no Docker daemon for `{command}`: the same tests without the image, `{taken}`"
            return f"{_AS_IN_A_CONTAINER} {taken}", why
    return command, ""


@cache
def docker_runs() -> bool:
    """Say whether there is a Docker daemon."""
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _jsii_cache() -> Path:
    """Return where jsii keeps unpacked packages by itself: with another home it would unpack the CDK in each build."""
    folders = {"darwin": "Library/Caches/com.amazonaws.jsii/package-cache"}
    return Path.home() / folders.get(sys.platform, ".cache/aws/jsii/package-cache")


def _begins(command: str, beginning: str) -> bool:
    words = beginning.split()
    return command.split()[: len(words)] == words


def _same(asked: str, here: str) -> bool:
    wanted, found = asked.rstrip(".x").split("."), here.split(".")
    return found[: len(wanted)] == wanted


@cache
def _node() -> str:
    try:
        told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "missing"
    return told.stdout.strip().removeprefix("v") or "missing"


def _link_entries(folder: Path, into: Path) -> None:
    """Make a folder whose entries are links to another's, and say that it is set up: a set-up would write to it."""
    into.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        link = into / entry.name
        if entry.name != _STAMP and not link.exists():
            link.symlink_to(entry)
    (into / _STAMP).touch()
    assert (into / _STAMP).stat().st_mtime > TIME_OF_FILES  # noqa: S101 - what make compares
