"""A job of the catalog, before any stage: what its settings are merged from, and where its files are."""

import copy
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_glue_cdk_baseline.documents import Document, Key, validate
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_rules import EXTRA_FILES, Mistake, contradictions
from aws_glue_cdk_baseline.job_settings import JobSettings, not_for_settings, without_inapplicable
from aws_glue_cdk_baseline.requirements_file import examine_requirements


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
    folder
        The layer's folder.
    """

    name: str
    layer: Layer
    category: str | None
    connection_name: str | None
    sources: tuple[SettingsSource, ...]
    row: tuple[str, int]
    folder: Path = field(repr=False)

    def merged(self, *overrides: SettingsSource) -> dict[str, Any]:
        """Merge its settings as the files have them, unchecked, with a stage's overrides last."""
        return _merged((*self.sources, *overrides))

    def settings(self, *overrides: SettingsSource) -> JobSettings:
        """Merge and validate its settings, with a stage's overrides last.

        Raises
        ------
        InvalidFilesError
            With every mistake, each at the place where the offending value stands.
        """
        sources = (*self.sources, *overrides)
        settings, mistakes = _examine(sources)
        if mistakes or settings is None:
            raise InvalidFilesError(self.problem(*mistake, sources) for mistake in mistakes)
        return settings

    def script(self, file: str | None) -> Path:
        """Return the path of its script: the `file` that `Script` names, or the job's name in snake case."""
        return self.folder / (file or f"{snake_case(self.name)}.py")

    def extra_files(self, settings: JobSettings) -> list[tuple[str, Path | str]]:
        """Return what the arguments `--extra-py-files`, `--extra-jars` and `--extra-files` list.

        Returns
        -------
        list of tuple
            The argument, and an `s3://` URL or the path of a file that is given relative to the layer's folder.
        """
        listed = [(name, one.strip()) for name in EXTRA_FILES for one in settings.arguments.get(name, "").split(",")]
        return [(name, one if one.startswith("s3://") else self.folder / one) for name, one in listed if one]

    def file_problems(self, settings: JobSettings, *overrides: SettingsSource) -> Iterator[Problem]:
        """Find the files that its settings name and that are not in this repository."""
        sources = (*self.sources, *overrides)
        script = self.script(settings.script)
        if not self.has_file(script):
            near = nearest(script.name, [path.name for path in self.folder.glob("*.py")])
            text = f"the script {shown_path(script)} does not exist in this repository{near}"
            yield self.problem(("Script",), text, sources)
        if settings.requirements:
            file = self.folder / settings.requirements.file
            if self.has_file(file):
                yield from examine_requirements(file)[1]
            else:
                near = nearest(file.name, [path.name for path in self.folder.glob("*.txt")])
                text = f"the requirements file {shown_path(file)} does not exist in this repository{near}"
                yield self.problem(("Requirements", "File"), text, sources)
        for name, path in self.extra_files(settings):
            if isinstance(path, Path) and not self.has_file(path):
                text = f"{name} names {shown_path(path)}, which does not exist in this repository"
                yield self.problem(("DefaultArguments", name), text, sources)

    @property
    def repository(self) -> Path:
        """The folder that the repository is checked out to."""
        return self.folder.resolve().parents[2]

    def has_file(self, path: Path) -> bool:
        """Say whether a path is a file of this repository, which the pipeline's own synth has too."""
        # os.path bears names that are too long for the file system, where pathlib raises
        return os.path.isfile(path) and Path(os.path.realpath(path)).is_relative_to(self.repository)

    def problem(self, path: tuple[Key, ...], sentence: str, sources: Sequence[SettingsSource]) -> Problem:
        """Blame the last map that has the setting, else the row of the job."""
        for index in reversed(range(len(sources))):
            source = sources[index]
            if _has(source.settings, path):
                # a default may be wrong only together with what this job makes of it
                alone = (path, sentence) in _examine(sources[: index + 1])[1] or index == len(sources) - 1
                job = "" if alone else f" (job {self.name})"
                return source.document.problem(sentence + job, *source.path, *path)
        return Problem(*self.row, f"{self.name}: {sentence}")


def merge(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Merge deeply: maps merge, scalars and lists replace, None removes; neither argument is changed or shared."""
    merged: dict[str, Any] = copy.deepcopy(dict(base))
    for key, value in override.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def snake_case(name: str) -> str:
    """Write a name in snake case: `ProcessLegislators`, `process-legislators` and `inputS3Path` as Python would."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("-", "_"))
    return words.lower()


def _merged(sources: Iterable[SettingsSource]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        command = source.settings.get("Command")
        if merged and isinstance(command, Mapping):
            merged = without_inapplicable(merged, str(command.get("Name")))
        merged = merge(merged, source.settings)
    return merged


def _examine(sources: Iterable[SettingsSource]) -> tuple[JobSettings | None, list[Mistake]]:
    merged = _merged(sources)
    refused = not_for_settings(merged)
    settings, mistakes = validate(JobSettings, merged)
    found = [*refused.items(), *(one for one in mistakes if one[0] not in refused)]
    return settings, [*found, *(contradictions(settings) if settings else [])]


def _has(settings: Any, path: tuple[Key, ...]) -> bool:
    for key in path:
        if not isinstance(settings, Mapping) or key not in settings:
            return False
        settings = settings[key]
    return True
