"""The catalog: which jobs there are, from each layer's jobs.csv, default_configs.yaml and custom_configs.yaml."""

import copy
import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_glue_cdk_baseline.documents import Document, Key, read_yaml, type_name, validate
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_settings import IntegrationTest, JobSettings, contradictions, not_for_settings
from aws_glue_cdk_baseline.job_settings import without_inapplicable as _without_inapplicable

ROOT = Path(__file__).parents[1]
JOB_SCRIPTS = ROOT / "aws_glue_cdk_baseline" / "job_scripts"
LIBRARY = JOB_SCRIPTS / "lib"
EXTRA_FILES = ("--extra-py-files", "--extra-jars", "--extra-files")
_COLUMNS = ("JobName", "Classification", "Category", "ConnectionName")
_JOB_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True)
class Layer:
    """A folder of jobs that plays one part in the medallion.

    Parameters
    ----------
    name
        Name of its folder below job_scripts.
    zone
        What its database and its part of the lake are called, after the stage: `dev_bronze`.
    """

    name: str
    zone: str


LAYERS = (
    Layer("ingestion", "bronze"),
    Layer("standardization", "silver"),
    Layer("transformation", "gold"),
    Layer("loading", "loading"),
)


@dataclass(frozen=True)
class SettingsSource:
    """One of the maps that a job's settings are merged from, and where it stands in its file."""

    document: Document
    path: tuple[Key, ...]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class JobDefinition:
    """A job of the catalog, before any stage.

    Parameters
    ----------
    name
        Its name without a stage.
    layer
        The layer that it belongs to.
    category
        What jobs.csv says under Category, or None.
    connection_name
        The Glue connection that it uses, or None.
    sources
        What its settings are merged from, the baseline first.
    row
        Its row in jobs.csv, for errors: the file and the line.
    """

    name: str
    layer: Layer
    category: str | None
    connection_name: str | None
    sources: tuple[SettingsSource, ...]
    row: tuple[str, int]
    folder: Path = field(repr=False)

    def settings(self, *overrides: SettingsSource) -> JobSettings:
        """Merge and validate its settings, with a stage's overrides last.

        Raises
        ------
        InvalidFilesError
            With every mistake, each at the place where the offending value stands.
        """
        sources = (*self.sources, *overrides)
        problems = [problem for source in sources for problem in _key_problems(source)]
        merged = {key: value for key, value in _merge_sources(sources).items() if not not_for_settings(key)}
        settings, mistakes = validate(JobSettings, merged)
        mistakes += contradictions(settings) if settings else []
        problems += [self._place(path, sentence, sources) for path, sentence in mistakes]
        if problems or settings is None:
            raise InvalidFilesError(problems)
        return settings

    def script(self, settings: JobSettings) -> Path:
        """Return the path of its script: its name in snake case beside the catalog, or what `Script` says."""
        return self.folder / (settings.script or f"{snake_case(self.name)}.py")

    def extra_files(self, settings: JobSettings) -> list[tuple[str, Path | str]]:
        """Return what the arguments `--extra-py-files`, `--extra-jars` and `--extra-files` list.

        Returns
        -------
        list of tuple
            The argument, and an `s3://` URL or the path of a file that is given relative to the layer's folder.
        """
        listed = [(name, one.strip()) for name in EXTRA_FILES for one in settings.arguments.get(name, "").split(",")]
        return [(name, one if one.startswith("s3://") else self.folder / one) for name, one in listed if one]

    def _place(self, path: tuple[Key, ...], sentence: str, sources: Iterable[SettingsSource]) -> Problem:
        """Blame the last map that has the setting, else the row of the job."""
        for source in reversed(tuple(sources)):
            if _has(source.settings, path):
                return source.document.problem(sentence, *source.path, *path)
        return Problem(*self.row, f"{self.name}: {sentence}")


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
    problems: list[Problem] = []
    jobs: dict[str, JobDefinition] = {}
    known = {layer.name for layer in LAYERS}
    for stray in sorted(path.parent for path in folder.glob("*/jobs.csv") if path.parent.name not in known):
        problems.append(Problem(shown_path(stray), 0, f"is not a layer{nearest(stray.name, known)}"))
    for layer in LAYERS:
        if not (folder / layer.name).is_dir():
            continue
        for job in _layer_jobs(folder / layer.name, layer, problems):
            other = jobs.get(job.name) or next((one for one in jobs.values() if _same_id(one.name, job.name)), None)
            if other:
                at = f"{other.row[0]}:{other.row[1]}"
                problems.append(Problem(*job.row, f"the job name {job.name} is already taken by {other.name}, {at}"))
            else:
                jobs[job.name] = job
    for job in jobs.values():
        problems += _job_problems(job)
    if problems:
        raise InvalidFilesError(problems)
    return jobs


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
        enabled = bool(test) and settings.command.name != "gluestreaming"
        found[job.name] = IntegrationTestSettings(enabled, (test or IntegrationTest()).max_seconds)
    return found


def snake_case(name: str) -> str:
    """Write a name in snake case: `ProcessLegislators`, `process-legislators` and `inputS3Path` as Python would."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("-", "_"))
    return words.lower()


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Merge deeply: maps merge, scalars and lists replace, None removes; neither argument is changed or shared."""
    merged: dict[str, Any] = copy.deepcopy(dict(base))
    for key, value in override.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def _layer_jobs(folder: Path, layer: Layer, problems: list[Problem]) -> Iterable[JobDefinition]:
    documents = {}
    for name in ("default_configs", "custom_configs"):
        try:
            documents[name] = read_yaml(folder / f"{name}.yaml")
        except InvalidFilesError as error:
            problems += error.problems
            documents[name] = Document(shown_path(folder / f"{name}.yaml"), {})
    default, custom = documents["default_configs"], documents["custom_configs"]
    rows = _rows(folder / "jobs.csv", problems)
    named = {row["JobName"]: row["Classification"] for _, row in rows}
    for job_name, block in custom.data.items():
        if job_name not in named:
            text = f"{job_name} is no job of {folder.name}/jobs.csv{nearest(job_name, named)}"
            problems.append(custom.problem(text, job_name))
        elif named[job_name] != "custom":
            text = f"{job_name} is classified {named[job_name]} in jobs.csv: write custom there, or remove this block"
            problems.append(custom.problem(text, job_name))
        elif not isinstance(block, dict):
            text = f"{job_name} should be a map of settings, found {type_name(block)}"
            problems.append(custom.problem(text, job_name))
    for line, row in rows:
        sources = [SettingsSource(default, (), default.data)]
        block = custom.data.get(row["JobName"])
        if row["Classification"] == "custom" and row["JobName"] not in custom.data:
            text = f"{row['JobName']} is custom, but {folder.name}/custom_configs.yaml has no block of that name"
            problems.append(Problem(shown_path(folder / "jobs.csv"), line, text))
        elif row["Classification"] == "custom" and isinstance(block, dict):
            sources.append(SettingsSource(custom, (row["JobName"],), block))
        yield JobDefinition(
            name=row["JobName"],
            layer=layer,
            category=row.get("Category") or None,
            connection_name=row.get("ConnectionName") or None,
            sources=tuple(sources),
            row=(shown_path(folder / "jobs.csv"), line),
            folder=folder,
        )


def _rows(path: Path, problems: list[Problem]) -> list[tuple[int, dict[str, str]]]:
    """Read jobs.csv; rows with mistakes are left out."""
    name = shown_path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        problems.append(Problem(name, 0, f"cannot be read: {error.strerror}"))
        return []
    except UnicodeDecodeError as error:
        problems.append(Problem(name, 0, f"is not UTF-8 text (byte {error.start})"))
        return []
    rows: list[tuple[int, dict[str, str]]] = []
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        header_problems = _header_problems(name, header)
        problems += header_problems
        if header_problems:
            return []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            found = _row_problem(header, cells)
            if found:
                problems.append(Problem(name, reader.line_num, found))
            else:
                row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
                rows.append((reader.line_num, {**row, "Classification": row["Classification"].lower()}))
    except csv.Error as error:
        problems.append(Problem(name, reader.line_num, f"is not valid CSV: {error}"))
    return rows


def _header_problems(name: str, header: list[str]) -> list[Problem]:
    problems = [
        Problem(name, 1, f"the column {column!r} is not known{nearest(column, _COLUMNS)}")
        for column in header
        if column not in _COLUMNS
    ]
    problems += [Problem(name, 1, f"the column {c} is missing") for c in _COLUMNS[:2] if c not in header]
    problems += [Problem(name, 1, f"the column {c} stands twice") for c in _COLUMNS if header.count(c) > 1]
    return problems


def _row_problem(header: list[str], cells: list[str]) -> str | None:
    if len(cells) != len(header):
        return f"has {len(cells)} values, the header has {len(header)} columns"
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    if not _JOB_NAME.fullmatch(row["JobName"]):
        rule = "should begin with a letter and have at most 100 letters, digits, '-' and '_'"
        return f"the job name {row['JobName']!r} {rule}"
    if row["Classification"].lower() not in ("default", "custom"):
        return f"Classification should be default or custom, found {row['Classification']!r}"
    return None


def _same_id(one: str, other: str) -> bool:
    """Whether two job names would share a script and a construct, as LoadOrders and load-orders do."""
    return snake_case(one) == snake_case(other)


def _job_problems(job: JobDefinition) -> list[Problem]:
    try:
        settings = job.settings()
    except InvalidFilesError as error:
        return error.problems
    for name, path in job.extra_files(settings):
        if isinstance(path, Path) and not path.is_file():
            return [Problem(*job.row, f"{name} of {job.name} names {shown_path(path)}, which does not exist")]
    script = job.script(settings)
    if not script.is_file():
        scripts = [path.name for path in job.folder.glob("*.py")]
        near = nearest(script.name, scripts)
        return [Problem(*job.row, f"the script of {job.name}, {shown_path(script)}, does not exist{near}")]
    return []


def _merge_sources(sources: Iterable[SettingsSource]) -> dict[str, Any]:
    """Merge the maps; a more specific one that makes the job a python shell job drops what its defaults meant for Spark."""
    merged: dict[str, Any] = {}
    for source in sources:
        command = source.settings.get("Command")
        if merged and isinstance(command, Mapping) and command.get("Name") == "pythonshell":
            merged = _without_inapplicable(merged)
        merged = merge(merged, source.settings)
    return merged


def _key_problems(source: SettingsSource) -> list[Problem]:
    """Find the properties of AWS::Glue::Job that are no settings here, with the reason."""
    found = [(key, not_for_settings(key)) for key in source.settings]
    return [source.document.problem(f"{key}: {why}", *source.path, key) for key, why in found if why]


def _has(settings: Any, path: tuple[Key, ...]) -> bool:
    for key in path:
        if not isinstance(settings, Mapping) or key not in settings:
            return False
        settings = settings[key]
    return True
