"""The report of a rehearsal: what a program reads instead of the terminal."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

LEFT_OUT = "NOT_REHEARSED"
"""State of a run that was left out, since this machine cannot play what it needs; Glue has no such state."""

PAGE = "report.html"
"""Name of the file that shows the same to people."""


@dataclass(frozen=True)
class ActionReport:
    """An action of the pipeline.

    Parameters
    ----------
    stage, action
        Names as the pipeline has them, for example ``DeployDev``.
    state
        ``Succeeded`` or ``Failed``.
    seconds
        How long it took.
    message
        Why it failed, or what is worth knowing.
    """

    stage: str
    action: str
    state: str
    seconds: float
    message: str = ""


@dataclass(frozen=True)
class RunReport:
    """A job run.

    Parameters
    ----------
    stage
        The environment word that the job was given: ``dev``.
    job
        The job's full name.
    run_id, state
        As Glue gives them; the state may also be ``NOT_REHEARSED``.
    seconds
        The run's execution time.
    error
        Glue's error message; empty if there is none.
    """

    stage: str
    job: str
    run_id: str
    state: str
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class TableReport:
    """A table that a job wrote.

    Parameters
    ----------
    stage
        The environment word of the run that wrote it.
    database, table
        Its names in the Glue catalog.
    rows
        Rows that the footers of its parquet files add up to; ``None`` for another format.
    """

    stage: str
    database: str
    table: str
    rows: int | None


@dataclass
class Report:
    """What happened, in the order in which it happened."""

    pipeline: list[ActionReport] = field(default_factory=list)
    runs: list[RunReport] = field(default_factory=list)
    tables: list[TableReport] = field(default_factory=list)

    @property
    def failed(self) -> ActionReport | None:
        """The action that failed, if one did."""
        return next((action for action in self.pipeline if action.state == "Failed"), None)

    @property
    def left_out(self) -> list[RunReport]:
        """The runs that would have taken place on AWS, and could not here."""
        return [run for run in self.runs if run.state == LEFT_OUT]

    def write(self, path: Path) -> None:
        """Write the report as JSON; a reader sees a whole report or none.

        Parameters
        ----------
        path
            The file.
        """
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(self), indent=2) + "\n")
        os.replace(unfinished, path)
