"""Reads a buildspec: the commands of a build by phase, and what it leaves.

Reference: https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html. What stands there and is not
carried out here is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")

_TOP = {"version", "phases", "env", "artifacts", "reports", "cache"}
_ENV = {"variables", "exported-variables", "parameter-store", "secrets-manager", "shell"}
_PHASE = {"commands", "finally", "runtime-versions", "on-failure"}
_ARTIFACTS = {"files", "base-directory", "name", "discard-paths", "exclude-paths", "secondary-artifacts"}
_REPORT = {"files", "base-directory", "file-format", "discard-paths"}
_FORMATS = {"JUNITXML", "JunitXml"}


class BuildspecError(Exception):
    """The buildspec is wrong, or asks for what the rehearsal does not do."""


@dataclass(frozen=True)
class Phase:
    """The commands of a phase.

    Parameters
    ----------
    commands
        In order; the first that fails ends them.
    finally_
        Run after them, whatever became of them.
    on_failure
        ``ABORT``, ``CONTINUE``, or empty for what the phase does by itself.
    runtimes
        Versions by language, in phase install.
    """

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str = ""
    runtimes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Files:
    """Files that a build leaves: an artifact or a report.

    Parameters
    ----------
    patterns
        Paths below the base directory; ``**/*`` is everything.
    base
        Directory below the source.
    excluded
        Patterns of what is left out.
    flat
        Whether paths are cut to the file's name.
    """

    patterns: tuple[str, ...]
    base: str = "."
    excluded: tuple[str, ...] = ()
    flat: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A buildspec.

    Parameters
    ----------
    phases
        By name: install, pre_build, build, post_build.
    variables, parameters, secrets
        Environment variables: plain, names in the parameter store, references to secrets.
    exported
        Names of variables that the build gives to its pipeline.
    artifact
        The primary artifact, if there is one.
    secondary
        Further artifacts by identifier.
    reports
        Files by report group: its ARN or a name.
    shell
        ``sh`` or ``bash``.
    """

    phases: dict[str, Phase]
    variables: dict[str, str]
    parameters: dict[str, str]
    secrets: dict[str, str]
    exported: tuple[str, ...]
    artifact: Files | None
    secondary: dict[str, Files]
    reports: dict[str, Files]
    shell: str


def is_inline(text: str) -> bool:
    """Say whether a project's buildspec is the buildspec itself, and not the path of one."""
    return "\n" in text.strip() or text.lstrip().startswith("{")


def parse(text: str) -> Buildspec:
    """Parse a buildspec.

    Parameters
    ----------
    text
        YAML or JSON.

    Returns
    -------
    Buildspec
        What it says.

    Raises
    ------
    BuildspecError
        If it is wrong or cannot be carried out here.
    """
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"the buildspec is neither YAML nor JSON: {error}") from error
    spec = _map(spec, "the buildspec", _TOP)
    if str(spec.get("version")) != "0.2":
        raise BuildspecError(f"version: the rehearsal runs buildspecs of version 0.2, found {spec.get('version')!r}")
    env = _map(spec.get("env"), "env", _ENV)
    artifacts = _map(spec.get("artifacts"), "artifacts", _ARTIFACTS)
    phases = _map(spec.get("phases"), "phases", set(PHASES))
    if not phases:
        raise BuildspecError("phases: a buildspec needs at least one phase with a command")
    secondary = artifacts.get("secondary-artifacts") or {}
    shell = str(env.get("shell", "sh"))
    if shell not in ("sh", "bash"):
        raise BuildspecError(f"env.shell: the rehearsal has sh and bash, found {shell!r}")
    return Buildspec(
        phases={name: _phase(phases.get(name), f"phases.{name}") for name in PHASES},
        variables=_texts(env.get("variables")),
        parameters=_texts(env.get("parameter-store")),
        secrets=_texts(env.get("secrets-manager")),
        exported=tuple(map(str, env.get("exported-variables") or ())),
        artifact=_files(artifacts, "artifacts", _ARTIFACTS) if artifacts.get("files") else None,
        secondary={name: _files(each, f"artifacts.{name}", _ARTIFACTS) for name, each in secondary.items()},
        reports={name: _report(each, f"reports.{name}") for name, each in (spec.get("reports") or {}).items()},
        shell=shell,
    )


def _phase(phase: Any, where: str) -> Phase:
    given = _map(phase, where, _PHASE)
    on_failure = str(given.get("on-failure", ""))
    if on_failure not in ("", "ABORT", "CONTINUE"):
        raise BuildspecError(f"{where}.on-failure: the rehearsal knows ABORT and CONTINUE, found {on_failure!r}")
    return Phase(
        commands=_commands(given.get("commands"), f"{where}.commands"),
        finally_=_commands(given.get("finally"), f"{where}.finally"),
        on_failure=on_failure,
        runtimes=_texts(given.get("runtime-versions")),
    )


def _commands(commands: Any, where: str) -> tuple[str, ...]:
    listed = [commands] if isinstance(commands, str) else commands or []
    if not isinstance(listed, list) or not all(isinstance(command, str) for command in listed):
        raise BuildspecError(f"{where}: a list of commands is expected, found {commands!r}")
    return tuple(listed)


def _report(report: Any, where: str) -> Files:
    kind = (report or {}).get("file-format", "JUNITXML")
    if kind not in _FORMATS:
        raise BuildspecError(f"{where}.file-format: the rehearsal reads JUNITXML, found {kind!r}")
    return _files(report, where, _REPORT)


def _files(files: Any, where: str, known: set[str]) -> Files:
    given = _map(files, where, known)
    patterns = given.get("files") or []
    return Files(
        patterns=(patterns,) if isinstance(patterns, str) else tuple(map(str, patterns)),
        base=str(given.get("base-directory", ".")),
        excluded=tuple(map(str, given.get("exclude-paths") or ())),
        flat=str(given.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _map(given: Any, where: str, known: set[str]) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise BuildspecError(f"{where}: a map is expected, found {given!r}")
    unknown = sorted(str(key) for key in given if key not in known)
    if unknown:
        raise BuildspecError(f"{where}: the rehearsal does not know {', '.join(unknown)}")
    return given


def _texts(given: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in (given or {}).items()}
