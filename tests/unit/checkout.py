"""A copy of what `validate` reads of the sample project, for a test to change."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from aws_glue_cdk_baseline.catalog import JOB_SCRIPTS, ROOT
from aws_glue_cdk_baseline.checks import Project, check
from aws_glue_cdk_baseline.errors import InvalidFilesError
from tests.conftest import SAMPLE

CONFIG = "default-config.yaml"


@dataclass(frozen=True)
class Checkout:
    """A folder with a config file and a catalog; files of layers are named from job_scripts on."""

    folder: Path

    @classmethod
    def copied_to(cls, folder: Path) -> Checkout:
        job_scripts = folder / JOB_SCRIPTS.relative_to(ROOT)
        shutil.copytree(SAMPLE / JOB_SCRIPTS.relative_to(ROOT), job_scripts)
        shutil.copy(SAMPLE / CONFIG, folder / CONFIG)
        return cls(folder)

    @property
    def job_scripts(self) -> Path:
        return self.folder / JOB_SCRIPTS.relative_to(ROOT)

    def path(self, file: str) -> Path:
        return self.folder / CONFIG if file == CONFIG else self.job_scripts / file

    def write(self, file: str, text: str) -> None:
        self.path(file).parent.mkdir(parents=True, exist_ok=True)
        self.path(file).write_text(text, encoding="utf-8")

    def append(self, file: str, text: str) -> None:
        self.write(file, self.path(file).read_text(encoding="utf-8") + text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Replace the first occurrence, which there has to be."""
        text = self.path(file).read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        self.write(file, text.replace(old, new, 1))

    def where(self, file: str, text: str) -> str:
        """Say where a text stands first outside comments, as errors do: `file:line`."""
        lines = self.path(file).read_text(encoding="utf-8").splitlines()
        line = next(number for number, one in enumerate(lines, 1) if text in one and not one.startswith("#"))
        return f"{self.path(file).relative_to(self.folder)}:{line}"

    def check(self) -> Project:
        return check(self.folder / CONFIG, self.job_scripts)

    def problems(self) -> list[str]:
        try:
            self.check()
        except InvalidFilesError as error:
            return [str(problem) for problem in error.problems]
        return []
