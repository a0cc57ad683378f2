"""The catalog: which jobs there are, from each layer's jobs.csv, default_configs.yaml and custom_configs.yaml."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aws_glue_cdk_baseline.documents import Document, type_name, validate
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_definition import JobDefinition, Layer, SettingsSource, snake_case
from aws_glue_cdk_baseline.job_rules import EXTRA_FILES
from aws_glue_cdk_baseline.job_settings import IntegrationTest, JobSettings
from aws_glue_cdk_baseline.jobs_csv import Row, read_rows
from aws_glue_cdk_baseline.yaml_files import read_yaml

__all__ = [
    "EXTRA_FILES",
    "JOB_SCRIPTS",
    "LAYERS",
    "LIBRARY",
    "ROOT",
    "IntegrationTestSettings",
    "JobDefinition",
    "Layer",
    "SettingsSource",
    "examine_catalog",
    "integration_test_settings",
    "load_catalog",
]

ROOT = Path(__file__).resolve().parents[1]
JOB_SCRIPTS = ROOT / "aws_glue_cdk_baseline" / "job_scripts"
LIBRARY = JOB_SCRIPTS / "lib"
LAYERS = (
    Layer("ingestion", "bronze"),
    Layer("standardization", "silver"),
    Layer("transformation", "gold"),
    Layer("loading", "loading"),
)
# A stack holds 500 resources, and a layer's has roles and policies besides its jobs:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_MOST_JOBS = 480


def load_catalog(folder: Path = JOB_SCRIPTS) -> dict[str, JobDefinition]:
    """Read the catalog of every layer below `folder`.

    Returns
    -------
    dict
        Job definitions by name, in the order of layers and rows.

    Raises
    ------
    InvalidFilesError
        With every mistake of every layer.
    """
    jobs, problems = examine_catalog(folder)
    if problems:
        raise InvalidFilesError(problems)
    return jobs


def examine_catalog(folder: Path = JOB_SCRIPTS) -> tuple[dict[str, JobDefinition], list[Problem]]:
    """Look at all of the catalog, whatever is wrong with a part of it.

    Returns
    -------
    tuple
        The jobs whose rows can be read, as `load_catalog` returns them, and the mistakes.
    """
    problems: list[Problem] = []
    jobs: dict[str, JobDefinition] = {}
    # LoadOrders and load-orders would share a script
    by_script: dict[str, JobDefinition] = {}
    known = {layer.name for layer in LAYERS}
    for stray in sorted(path.parent for path in folder.glob("*/jobs.csv") if path.parent.name not in known):
        problems.append(Problem(shown_path(stray), 0, f"is not a layer{nearest(stray.name, known)}"))
    for layer in LAYERS:
        if not (folder / layer.name).is_dir():
            continue
        for job in _layer_jobs(folder / layer.name, layer, problems):
            other = by_script.setdefault(snake_case(job.name), job)
            if other is not job:
                at = f"{other.row[0]}:{other.row[1]}"
                problems.append(Problem(*job.row, f"the job name {job.name} is already taken by {other.name}, {at}"))
            else:
                jobs[job.name] = job
                problems += _job_problems(job)
    return jobs, problems


@dataclass(frozen=True)
class IntegrationTestSettings:
    """Whether the integration test runs a job, and how many seconds the run may take."""

    enabled: bool
    max_seconds: int


def integration_test_settings(folder: Path = JOB_SCRIPTS) -> dict[str, IntegrationTestSettings]:
    """Return what the catalog says about each job's integration test, by job name without a stage."""
    found = {}
    for job in load_catalog(folder).values():
        settings = job.settings()
        test = settings.integration_test
        enabled = test is not None and settings.command.name != "gluestreaming"
        found[job.name] = IntegrationTestSettings(enabled, (test or IntegrationTest()).max_seconds)
    return found


def _layer_jobs(folder: Path, layer: Layer, problems: list[Problem]) -> Iterator[JobDefinition]:
    default = _settings_file(folder / "default_configs.yaml", problems)
    custom = _settings_file(folder / "custom_configs.yaml", problems)
    csv_file = shown_path(folder / "jobs.csv")
    csv_problems: list[Problem] = []
    rows = read_rows(folder / "jobs.csv", csv_problems)
    problems += csv_problems
    if rows or not csv_problems:
        problems += _custom_problems(custom, rows, f"{folder.name}/jobs.csv")
    if not rows:  # else each job finds them
        _, mistakes = validate(JobSettings, default.data)
        problems += [default.problem(sentence, *path) for path, sentence in mistakes]
    if len(rows) > _MOST_JOBS:
        text = (
            f"the layer {layer.name} has {len(rows)} jobs: its stack can hold {_MOST_JOBS}, move some to another layer"
        )
        problems.append(Problem(csv_file, rows[_MOST_JOBS].line, text))
    for row in rows:
        sources = [SettingsSource(default, (), default.data)]
        block = custom.data.get(row.job_name)
        if row.custom and row.job_name not in custom.data:
            text = f"{row.job_name} is custom, but {folder.name}/custom_configs.yaml has no block of that name"
            problems.append(Problem(csv_file, row.line, text + nearest(row.job_name, custom.data)))
        elif row.custom and isinstance(block, dict):
            sources.append(SettingsSource(custom, (row.job_name,), block))
        yield JobDefinition(
            name=row.job_name,
            layer=layer,
            category=row.category,
            connection_name=row.connection_name,
            sources=tuple(sources),
            row=(csv_file, row.line),
            folder=folder,
        )


def _settings_file(path: Path, problems: list[Problem]) -> Document:
    """Read default_configs.yaml or custom_configs.yaml; one that cannot be read counts as empty."""
    try:
        document = read_yaml(path)
    except InvalidFilesError as error:
        problems += error.problems
        return Document(shown_path(path), {})
    problems += document.problems
    return document


def _custom_problems(custom: Document, rows: Iterable[Row], csv_file: str) -> list[Problem]:
    """Find the blocks of custom_configs.yaml that are no settings of a custom job."""
    is_custom = {row.job_name: row.custom for row in rows}
    problems = []
    for name, block in custom.data.items():
        if name not in is_custom:
            text = f"{name} is no job of {csv_file}{nearest(name, is_custom)}"
        elif not is_custom[name]:
            text = f"{name} is classified default in jobs.csv: write custom there, or remove this block"
        elif not isinstance(block, dict):
            text = f"{name} should be a map of settings, found {type_name(block)}"
        else:
            continue
        problems.append(custom.problem(text, name))
    return problems


def _job_problems(job: JobDefinition) -> list[Problem]:
    try:
        return list(job.file_problems(job.settings()))
    except InvalidFilesError as error:
        return error.problems
