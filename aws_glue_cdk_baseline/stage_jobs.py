"""The jobs of one stage: the catalog's definitions with the stage's parameters, checked against the scripts."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_glue_cdk_baseline.catalog import ROOT, JobDefinition, SettingsSource, snake_case
from aws_glue_cdk_baseline.config import Stage
from aws_glue_cdk_baseline.documents import type_name
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_settings import STACK_ARGUMENTS, JobSettings

_PARAMETER = re.compile(r"[a-z][A-Za-z0-9_]*")
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_OTHER_S3_URL = re.compile(r"(s3[an]|S3)://")
_GIVEN = {name.removeprefix("--") for name in STACK_ARGUMENTS} | {"JOB_NAME", "JOB_ID", "JOB_RUN_ID"}


@dataclass(frozen=True)
class Arguments:
    """The arguments that a script asks for, by `glue_job(...)` or `getResolvedOptions(sys.argv, [...])`."""

    required: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True)
class StageJob:
    """A job as a stage deploys it.

    Parameters
    ----------
    definition
        The job in the catalog.
    settings
        Its settings with the stage's overrides.
    script
        Path of its script.
    parameters
        Arguments (snake case, without dashes) and their text, as the config gives them.
    """

    definition: JobDefinition
    settings: JobSettings
    script: Path
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name without the stage."""
        return self.definition.name

    @property
    def s3_locations(self) -> tuple[str, ...]:
        """The `s3://` locations that its parameters name; a parameter may list several with commas."""
        texts = [text for text in self.parameters.values() if text.startswith("s3://")]
        return tuple(location.strip() for text in texts for location in text.split(","))

    @property
    def s3_files(self) -> tuple[str, ...]:
        """The `s3://` URLs of libraries and files that its settings name, to be read when it starts."""
        return tuple(file for _, file in self.definition.extra_files(self.settings) if isinstance(file, str))


def jobs_of_stage(stage: Stage, catalog: Mapping[str, JobDefinition]) -> list[StageJob]:
    """Resolve what a stage deploys.

    Raises
    ------
    InvalidFilesError
        With every mistake: jobs that no catalog knows, missing and unknown parameters, settings that AWS refuses.
    """
    problems: list[Problem] = []
    for name, block in stage.jobs.items():
        at = (stage.name, "jobs", name)
        if name not in catalog:
            problems.append(
                stage.document.problem(f"{name} is in no layer's jobs.csv{nearest(str(name), catalog)}", *at)
            )
        elif block is not False and not isinstance(block, Mapping | None):
            text = f"{name} should be a map of parameters, or false, found {type_name(block)}"
            problems.append(stage.document.problem(text, *at))
    jobs = []
    for definition in catalog.values():
        block = stage.jobs.get(definition.name)
        if block is False or (block is not None and not isinstance(block, Mapping)):
            continue
        try:
            jobs.append(_stage_job(stage, definition, block or {}))
        except InvalidFilesError as error:
            problems += error.problems
    if problems:
        raise InvalidFilesError(problems)
    return jobs


def _stage_job(stage: Stage, definition: JobDefinition, block: Mapping[Any, Any]) -> StageJob:
    path = (stage.name, "jobs", definition.name)
    overrides = {key: value for key, value in block.items() if str(key)[:1].isupper()}
    settings = definition.settings(SettingsSource(stage.document, path, overrides))
    script = definition.script(settings)
    if not script.is_file():
        raise InvalidFilesError([Problem(*definition.row, f"the script {shown_path(script)} does not exist")])
    problems: list[Problem] = []
    parameters: dict[str, str] = {}
    for key in (key for key in block if key not in overrides):
        argument = snake_case(str(key))
        found = _parameter_problem(stage, str(key), block[key])
        if not found and argument in parameters:
            found = f"{key} is given twice: another spelling gives --{argument} too"
        if found:
            problems.append(stage.document.problem(f"{definition.name}: {found}", *path, key))
        else:
            parameters[argument] = _as_text(block[key])
    if not problems:
        problems = list(_argument_problems(stage, definition, settings, script, parameters))
    if problems:
        raise InvalidFilesError(problems)
    return StageJob(definition, settings, script, parameters)


def _parameter_problem(stage: Stage, key: str, value: Any) -> str | None:
    if not _PARAMETER.fullmatch(key):
        return f"a parameter's name has letters and digits, like inputLocation, found {key!r}"
    if snake_case(key) in STACK_ARGUMENTS:
        return f"{key} is given by the stack: remove it"
    if not isinstance(value, str | int | float):
        return f"{key} should be text, a number, true or false, found {type_name(value)}"
    text = _as_text(value)
    if _OTHER_S3_URL.match(text):
        return f"{key} should begin with s3://, found {text!r}"
    if text.startswith("s3://"):
        bad = [one.strip() for one in text.split(",") if not _S3_URL.fullmatch(one.strip())]
        if bad:
            return f"{key}: {bad[0]!r} is no location of a bucket, like s3://bucket/folder/"
    if text.startswith("./") and not (ROOT / text).is_file():
        return f"{key}: there is no file {text} in this repository"
    if "\n" in text:
        return f"{key} should be one line"
    return None


def _argument_problems(
    stage: Stage, definition: JobDefinition, settings: JobSettings, script: Path, parameters: Mapping[str, str]
) -> Iterator[Problem]:
    try:
        arguments = script_arguments(script)
    except SyntaxError as error:
        if settings.glue_version == "6.0":  # Python 3.13 may have syntax that this Python does not
            return
        yield Problem(shown_path(script), error.lineno or 0, f"is not valid Python: {error.msg}")
        return
    if arguments is None:
        return
    path = (stage.name, "jobs", definition.name)
    own = {name.removeprefix("--") for name in (*settings.default_arguments, *settings.non_overridable_arguments)}
    for missing in sorted(arguments.required - set(parameters) - own - _GIVEN):
        where = f"{stage.name}.jobs.{definition.name}.{_camel_case(missing)}"
        text = f"{where} is missing: {shown_path(script)} needs --{missing}"
        yield stage.document.problem(text, *path)
    known = {_camel_case(name): name for name in arguments.required | arguments.optional}
    for parameter in sorted(set(parameters) - set(known.values())):
        text = f"{definition.name}: {shown_path(script)} does not use the parameter {_camel_case(parameter)}"
        key = next((key for key in stage.jobs[definition.name] if snake_case(str(key)) == parameter), parameter)
        yield stage.document.problem(text + nearest(_camel_case(parameter), known), *path, key)


def script_arguments(script: Path) -> Arguments | None:
    """Read from a script's text which arguments it asks for.

    Returns
    -------
    Arguments or None
        None if the script does not say it in a way that can be read (names that are computed, another library).

    Raises
    ------
    SyntaxError
        If the script is not valid Python.
    """
    required: set[str] = set()
    optional: set[str] = set()
    readable = False
    for call in (node for node in ast.walk(ast.parse(script.read_bytes(), script.name)) if isinstance(node, ast.Call)):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if function == "glue_job":
            names: Iterable[ast.expr] = call.args
            optional |= {keyword.arg for keyword in call.keywords if keyword.arg}
            whole = all(keyword.arg for keyword in call.keywords)
        elif (
            function == "getResolvedOptions" and len(call.args) == 2 and isinstance(call.args[1], ast.List | ast.Tuple)
        ):
            names, whole = call.args[1].elts, True
        else:
            continue
        literal = {node.value for node in names if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        if not whole or len(literal) != len(list(names)):
            return None
        required |= literal
        readable = True
    return Arguments(frozenset(required), frozenset(optional)) if readable else None


def _camel_case(argument: str) -> str:
    head, *rest = argument.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
