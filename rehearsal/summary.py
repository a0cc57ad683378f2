"""The end of a rehearsal on the terminal: failures with their own errors, runs, tables, and what none of it shows."""

from __future__ import annotations

import os
from pathlib import Path

from rehearsal.limits import NOT_COVERED
from rehearsal.report import PAGE, Report, RunReport
from rehearsal.terminal import Terminal

_LINES_OF_OUTPUT = 20
_WIDEST_ERROR = 100


def show_summary(terminal: Terminal, report: Report, build: Path) -> None:
    """Show what became of a rehearsal.

    Parameters
    ----------
    terminal
        Where to show it.
    report
        What happened.
    build
        The rehearsal's folder.
    """
    _show_runs(terminal, report)
    _show_tables(terminal, report)
    terminal.say()
    terminal.say("This rehearsal does not cover:", "bold")
    for subject, text in NOT_COVERED:
        terminal.say(f"  - {subject}: {text}")
    # what a reader looks for comes last, where the terminal is
    for run in report.runs:
        if run.state in ("FAILED", "TIMEOUT", "ERROR"):
            _show_failed_run(terminal, run, folder_of(build, run))
    failed = report.failed
    terminal.say()
    if failed:
        terminal.say(f"FAILED in {failed.stage}, action {failed.action}:", "red")
        terminal.say(_indented(failed.message), "red")
    else:
        stages = len({action.stage for action in report.pipeline if action.stage.startswith("Deploy")})
        ran = len(report.runs) - len(report.left_out)
        if report.left_out:
            terminal.say(f"{len(report.left_out)} job runs were not rehearsed:", "yellow")
            for run in report.left_out:
                terminal.say(f"  {run.job}: {run.error}", "yellow")
            terminal.say(f"The rest went through: {stages} stages, {ran} job runs.", "yellow")
        else:
            terminal.say(f"Every stage went through: {stages} stages, {ran} job runs.", "green")
    reports = f"{shown(build / PAGE)} and report.json"
    terminal.say(f"{terminal.seconds:.0f} s; report: {reports}, runs: {shown(build / 'runs')}/")


def folder_of(build: Path, run: RunReport) -> Path:
    """Return the folder that keeps a run's script, arguments and output.

    Parameters
    ----------
    build
        The rehearsal's folder.
    run
        The run.
    """
    kept = sorted((build / "runs").glob(f"*-{run.run_id}"))
    return kept[0] if kept else build / "runs"


def shown(path: Path) -> str:
    """Return a path as short as a user would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _show_failed_run(terminal: Terminal, run: RunReport, folder: Path) -> None:
    terminal.say()
    terminal.say(f"{run.job} {run.state}: {run.error or 'no error message'}", "red")
    errors = folder / "stderr"
    lines = errors.read_text(errors="replace").splitlines() if errors.is_file() else []
    terminal.say(_indented("\n".join(lines[-_LINES_OF_OUTPUT:]) or "(it printed no error)"))
    terminal.say(f"  all of it: {shown(folder)}/")


def _show_runs(terminal: Terminal, report: Report) -> None:
    if not report.runs:
        return
    terminal.say()
    terminal.say("Job runs", "bold")
    rows = [
        (
            run.stage,
            run.job,
            run.state,
            f"{run.seconds:.0f}",
            run.error[:_WIDEST_ERROR].split("\n")[0],
            run.run_id[:11],
        )
        for run in report.runs
    ]
    terminal.table(("stage", "job", "state", "seconds", "error", "run"), rows)


def _show_tables(terminal: Terminal, report: Report) -> None:
    if not report.tables:
        return
    terminal.say()
    terminal.say("Tables written", "bold")
    rows = [
        (table.stage, table.database, table.table, "-" if table.rows is None else f"{table.rows:,}")
        for table in report.tables
    ]
    terminal.table(("stage", "database", "table", "rows"), rows)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
