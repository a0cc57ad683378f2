"""What one local cloud is told when it starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Settings of a local cloud.

    Parameters
    ----------
    folder
        Absolute path under which the cloud keeps its objects, bookmarks and runs.
    minute_seconds
        Seconds that one minute of a job's ``Timeout`` lasts. Tests shorten it.
    spark_archives
        Folder of the class data sharing archives, kept from rehearsal to rehearsal; ``None`` does without.
    skipped_commands
        Commands of builds that are not run, and said to be skipped: beginnings, for example ``make test-unit``.
    modules
        Folder of the Python modules that runs have asked for, kept from rehearsal to rehearsal; ``None`` keeps none.
    """

    folder: Path
    minute_seconds: float = 60.0
    spark_archives: Path | None = None
    skipped_commands: tuple[str, ...] = ()
    modules: Path | None = None

    @property
    def checkout(self) -> Path:
        """The repository that this code is part of: builds use its environment and its node_modules."""
        return Path(__file__).resolve().parent.parent.parent

    @property
    def builds(self) -> Path:
        """Folder that holds one directory per build."""
        return self.folder / "builds"

    @property
    def objects(self) -> Path:
        """Folder that holds one directory per bucket: what Spark sees behind ``s3://``."""
        return self.folder / "objects"

    @property
    def runs(self) -> Path:
        """Folder that holds one directory per job run."""
        return self.folder / "runs"

    @property
    def repositories(self) -> Path:
        """Folder that holds CodeCommit's repositories: ``<account>/<region>/<name>``, and those of other hosts."""
        return self.folder / "repositories"

    @property
    def spark_slots(self) -> int:
        """How many Spark processes may work at once; further runs wait in STARTING."""
        return max(1, min(2, os.cpu_count() or 1))
