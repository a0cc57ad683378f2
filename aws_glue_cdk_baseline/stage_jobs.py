"""The jobs of one stage: the catalog's definitions with the stage's parameters, checked against the scripts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_glue_cdk_baseline.config import Stage
from aws_glue_cdk_baseline.documents import Key, shown_value, type_name
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_definition import JobDefinition, SettingsSource, snake_case
from aws_glue_cdk_baseline.job_rules import RESERVED_ARGUMENTS, STACK_ARGUMENTS, WORKFLOW_ARGUMENTS
from aws_glue_cdk_baseline.job_settings import SETTING_NAMES, JobSettings, not_for_settings
from aws_glue_cdk_baseline.script_arguments import script_arguments

_PARAMETER = re.compile(r"[a-z][A-Za-z0-9_]*")
_S3_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_OTHER_S3_URL = re.compile(r"(s3[an]|S3[AN]?)://")
_GIVEN = {name.removeprefix("--") for name in STACK_ARGUMENTS}
_OF_A_WORKFLOW = {name.removeprefix("--") for name in WORKFLOW_ARGUMENTS}
_RUNS_OWN = {"JOB_NAME", "JOB_ID", "JOB_RUN_ID"}
_GLUES_OWN = {name.removeprefix("--") for name in RESERVED_ARGUMENTS} | {"conf", "class"}


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
    def connections(self) -> list[str]:
        """Names of its connections in the config: the ConnectionName of jobs.csv, then those of its settings."""
        named = (self.definition.connection_name, *self.settings.connections.connections)
        return list(dict.fromkeys(name for name in named if name))

    @property
    def requirements(self) -> Path | None:
        """The file of the packages that it needs, or None."""
        wanted = self.settings.requirements
        return self.definition.folder / wanted.file if wanted else None

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
        if name not in catalog:
            text = f"{name} is in no layer's jobs.csv{nearest(str(name), catalog)}"
            problems.append(stage.problem(text, "jobs", name))
        elif block is not False and not isinstance(block, Mapping | None):
            text = f"{name} should be a map of parameters, or false, found {shown_value(block)}"
            problems.append(stage.problem(text, "jobs", name))
    jobs = []
    for definition in catalog.values():
        block = stage.jobs.get(definition.name)
        if block is None or isinstance(block, Mapping):
            try:
                jobs.append(_stage_job(stage, definition, block or {}))
            except InvalidFilesError as error:
                problems += error.problems
    if problems:
        raise InvalidFilesError(problems)
    return jobs


def _stage_job(stage: Stage, definition: JobDefinition, block: Mapping[Any, Any]) -> StageJob:
    path = ("jobs", definition.name)
    capital = {key: value for key, value in block.items() if str(key)[:1].isupper()}
    no_settings = {key: text for key in capital if (text := _no_setting(str(key)))}
    problems = [stage.problem(f"{definition.name}: {text}", *path, key) for key, text in no_settings.items()]
    settings_of_stage = {key: value for key, value in capital.items() if key not in no_settings}
    overrides = SettingsSource(stage.document, (stage.name, *path), settings_of_stage)
    settings = None
    try:
        settings = definition.settings(overrides)
        problems += definition.file_problems(settings, overrides)
        problems += _connection_problems(stage, definition, settings, overrides)
    except InvalidFilesError as error:
        problems += error.problems
    parameters: dict[str, str] = {}
    given: dict[str, Key] = {}
    for key in (key for key in block if key not in capital):
        argument = snake_case(str(key))
        found = name_mistake(str(key))
        if argument in given:
            found = f"{key} is given twice: {given[argument]} is --{argument} too"
        if not found:
            given[argument] = key
            parameters[argument] = parameter_text(block[key])
            found = value_mistake(definition, str(key), block[key])
        if found:
            problems.append(stage.problem(f"{definition.name}: {found}", *path, key))
    problems += _argument_problems(stage, definition, definition.merged(overrides), given)
    if problems or not settings:
        raise InvalidFilesError(problems)
    return StageJob(definition, settings, definition.script(settings.script), parameters)


def _connection_problems(
    stage: Stage, definition: JobDefinition, settings: JobSettings, overrides: SettingsSource
) -> Iterator[Problem]:
    """Find the connections of a job that its stage lacks, each where it is named."""
    known = stage.connection_names
    for name in dict.fromkeys((definition.connection_name, *settings.connections.connections)):
        if not name or name in known:
            continue
        missing = f"{stage.name} has no connection {name}: describe it as {stage.name}.connections.{name} in "
        text = f"{missing}{stage.document.file}, or leave the job out by {stage.name}.jobs.{definition.name}: false"
        if name == definition.connection_name:
            yield Problem(*definition.row, f"{definition.name}: {text}{nearest(name, known)}")
        else:
            path = ("Connections", "Connections")
            yield definition.problem(path, text + nearest(name, known), (*definition.sources, overrides))


def _no_setting(key: str) -> str | None:
    if key == "IntegrationTest":
        return "IntegrationTest stands in the catalog; a stage as a whole has integrationTest: true or false"
    if key in SETTING_NAMES or not_for_settings({key: None}):
        return None
    small = key[:1].lower() + key[1:]
    near = nearest(key, SETTING_NAMES)
    hint = near if "did you mean" in near else f": a parameter begins with a small letter ({small})"
    return f"{key} is no setting of a job{hint}"


def name_mistake(key: str) -> str | None:
    """Say why a parameter of a config cannot be called that."""
    if not _PARAMETER.fullmatch(key):
        return f"a parameter's name has letters and digits, like inputLocation, found {key!r}"
    if snake_case(key) in _GIVEN:
        return f"{key} is given by the stack: remove it"
    if snake_case(key) in _OF_A_WORKFLOW:
        return f"{key} is given by the workflow: remove it"
    if snake_case(key) in _GLUES_OWN:
        return f"--{snake_case(key)} is an argument of Glue's own: choose another name for the parameter {key}"
    return None


def value_mistake(definition: JobDefinition, key: str, value: Any) -> str | None:
    """Say what is wrong with a parameter's value."""
    if not isinstance(value, str | int | float):
        return f"{key} should be text, a number, true or false, found {type_name(value)}"
    text = parameter_text(value)
    if _OTHER_S3_URL.match(text):
        return f"{key} should begin with s3://, found {text!r}"
    if any(not one.isprintable() and one != "\t" for one in text):
        return f"{key} should be one line without control characters, found {text!r}"
    if text.startswith("s3://"):
        bad = [one.strip() for one in text.split(",") if not _S3_URL.fullmatch(one.strip())]
        if bad:
            return f"{key}: {bad[0]!r} is no location of a bucket, like s3://bucket/folder/"
    if text.startswith("./") and not definition.has_file(definition.repository / text):
        return f"{key}: there is no file {text} in this repository"
    return None


def _argument_problems(
    stage: Stage, definition: JobDefinition, merged: Mapping[str, Any], given: Mapping[str, Key]
) -> Iterator[Problem]:
    """Compare the parameters (by argument) with what the script asks for, even if the settings have mistakes."""
    name = merged.get("Script")
    script = definition.script(name if isinstance(name, str) else None)
    if not definition.has_file(script):
        return
    path = ("jobs", definition.name)
    default, fixed = (
        {str(key).removeprefix("--") for key in block} if isinstance(block, Mapping) else set()
        for block in (merged.get("DefaultArguments"), merged.get("NonOverridableArguments"))
    )
    for argument in sorted(fixed & set(given)):
        text = f"{given[argument]} cannot change --{argument}, which is one of the job's NonOverridableArguments"
        yield stage.problem(f"{definition.name}: {text}", *path, given[argument])
    try:
        arguments = script_arguments(script)
    except SyntaxError as error:
        if str(merged.get("GlueVersion")) not in ("6", "6.0"):  # whose Python 3.13 has syntax that this one has not
            yield Problem(shown_path(script), error.lineno or 0, f"is not valid Python: {error.msg}")
        return
    if arguments is None:
        return
    for one in sorted(arguments.required & _OF_A_WORKFLOW):
        text = f'only a run in a workflow has --{one}: declare it with a default, glue_job({one}="")'
        yield Problem(shown_path(script), 0, text)
    for missing in sorted(arguments.required - set(given) - default - fixed - _GIVEN - _RUNS_OWN - _OF_A_WORKFLOW):
        key = _key_of(missing)
        where = f"{stage.name}.jobs.{definition.name}." + (key or f"DefaultArguments.--{missing}")
        yield stage.problem(f"{where} is missing: {shown_path(script)} needs --{missing}", *path)
    known = {_key_of(name) or name for name in arguments.required | arguments.optional}
    for argument in sorted(set(given) - arguments.required - arguments.optional):
        near = nearest(str(given[argument]), known)
        if "did you mean" not in near:
            setting = nearest(str(given[argument]), SETTING_NAMES)
            near = setting if "did you mean" in setting else near
        text = f"{definition.name}: {shown_path(script)} does not use the parameter {given[argument]}"
        yield stage.problem(text + near, *path, given[argument])


def _key_of(argument: str) -> str | None:
    """Return the parameter that reaches a script as this argument, in camel case if it can be; None if none does."""
    head, *rest = argument.split("_")
    camel_case = head + "".join(word.capitalize() for word in rest)
    keys = (key for key in (camel_case, argument) if snake_case(key) == argument and _PARAMETER.fullmatch(key))
    return next(keys, None)


def parameter_text(value: Any) -> str:
    """Write a parameter's value as its job gets it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
