"""A job's arguments, resolved from the command line exactly as awsglue's getResolvedOptions does.

The contract (abbreviations, ``--name=value``, unknown arguments, reserved names) is AWS's; the errors are ours.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from job_runtime.errors import ArgumentError

# Every job gets these from its stack; no config names them.
STANDARD = ("JOB_NAME", "stage", "lake_location", "database")

# What getResolvedOptions itself declares, with the values that it takes. A job may read them but not ask for them.
_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-pause", "job-bookmark-disable")
_CONTINUATION_OPTIONS = ("continuation-enabled", "continuation-readonly", "continuation-ignore")
_RESERVED: dict[str, tuple[str, ...] | None] = {
    "job-bookmark-option": _BOOKMARK_OPTIONS,
    "continuation-option": _CONTINUATION_OPTIONS,
    "job-bookmark-from": None,
    "job-bookmark-to": None,
    "JOB_ID": None,
    "JOB_RUN_ID": None,
    "SECURITY_CONFIGURATION": None,
    "encryption-type": ("sse-s3",),
    "enable-data-lineage": None,
}
_TEMPORARY = ("RedshiftTempDir", "TempDir")  # never required, and each stands in for the other


class Arguments(dict[str, str]):
    """A job's arguments by name; a name that the job did not declare is an error that says how to declare it."""

    def __missing__(self, name: str) -> NoReturn:
        msg = f'--{name} is not an argument of this job: declare it, glue_job("{name}", ...)'
        raise ArgumentError(msg)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"arguments of {self.prog}: {message}")


def resolve(
    argv: Sequence[str], required: Iterable[str], optional: Mapping[str, str] | None = None
) -> dict[str, str | None]:
    """Resolve a job's arguments.

    Parameters
    ----------
    argv
        The command line, the script's name first (``sys.argv``).
    required
        Names of the arguments that must be there, without their dashes.
    optional
        Names of those that need not, each with its default. (getResolvedOptions knows only required ones.)

    Returns
    -------
    dict
        What getResolvedOptions would return: the arguments asked for and the reserved ones, None where not given.

    Raises
    ------
    ArgumentError
        Naming every missing argument and where the config gives it, or what is wrong with the command line.
    """
    asked = list(dict.fromkeys([*required, *(optional or {})]))
    if reserved := [name for name in asked if name in _RESERVED]:
        raise ArgumentError(
            f"{', '.join(reserved)}: reserved by Glue, which sets it itself; leave it out of glue_job(...)"
        )

    # AWS takes abbreviated names (--input for --input_location) on Glue 5, Python 3.11, and no longer on Glue 6, 3.13
    parser = _Parser(prog=argv[0], allow_abbrev=sys.version_info < (3, 13))
    for name, choices in _RESERVED.items():
        parser.add_argument(f"--{name}", choices=choices)
    for name in _TEMPORARY:
        parser.add_argument(f"--{name}")
    keys = {
        name: parser.add_argument(f"--{name}", default=(optional or {}).get(name)).dest
        for name in asked
        if name not in _TEMPORARY
    }
    resolved: dict[str, Any] = vars(parser.parse_known_args(argv[1:])[0])

    if missing := [name for name, key in keys.items() if resolved[key] is None]:
        raise ArgumentError(_what_is_missing(missing, resolved))
    resolved["TempDir"] = resolved["RedshiftTempDir"] = resolved["TempDir"] or resolved["RedshiftTempDir"]
    resolved["job_bookmark_option"] = _bookmark_option(resolved)
    return resolved


def _bookmark_option(resolved: dict[str, Any]) -> str:
    """Return the bookmark option, which once was called a continuation; a range belongs to ``pause`` alone."""
    continuation = resolved.pop("continuation_option")
    option: str | None = resolved["job_bookmark_option"]
    if option is None:
        option = _BOOKMARK_OPTIONS[_CONTINUATION_OPTIONS.index(continuation) if continuation else 2]
    given = [end for end in ("from", "to") if resolved[f"job_bookmark_{end}"] is not None]
    if option == "job-bookmark-pause" and len(given) == 1:
        raise ArgumentError("--job-bookmark-from and --job-bookmark-to go together: give both or neither")
    if option != "job-bookmark-pause" and len(given) == 2:
        raise ArgumentError("--job-bookmark-from and --job-bookmark-to need --job-bookmark-option job-bookmark-pause")
    return option


def _what_is_missing(missing: list[str], resolved: dict[str, Any]) -> str:
    """Say in one line which arguments are missing, of which job, and where each should have come from."""
    job, stage = resolved.get("JOB_NAME"), resolved.get("stage") or "<stage>"
    places = []
    if ours := [name for name in missing if name not in STANDARD]:
        block = f"{stage}.jobs.{job.removeprefix(f'{stage}-') if job else '<job>'}"
        places.append(f"the config should hold {', '.join(f'{block}.{_camel_case(name)}' for name in ours)}")
    if standard := [name for name in missing if name in STANDARD]:
        places.append(f"a deployed job gets {', '.join(f'--{name}' for name in standard)} from its stack")
    return f"{job or 'this job'} needs {', '.join(f'--{name}' for name in missing)}: {'; '.join(places)}"


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
