"""All that the page shows, as one dict: what the live page polls, and what stays in report.html."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from rehearsal.changes import changes_of_stage
from rehearsal.console.logs import Files, Log
from rehearsal.console.pipeline import PipelineView, state_of_stage
from rehearsal.console.redaction import Redaction
from rehearsal.console.secrets_kept import secrets_of
from rehearsal.console.watched import Watched
from rehearsal.limits import NOT_COVERED
from rehearsal.report import LEFT_OUT, RunReport, TableReport
from rehearsal.stage_jobs import ENDED, StageJobs
from rehearsal.summary import folder_of
from rehearsal.tables import tables_written

_SETUP = "Setup"
_SETUP_LOGS = {"Synth": "synth.", "Bootstrap": "bootstrap-"}
"""What the names of a step's logs begin with; the deployment of a stack is named after the stack."""
_UNDER_WAY = ("InProgress", "Waiting", "Stopping")


class Snapshots:
    """Makes snapshots of a rehearsal, asking the local cloud what any client of its API could ask.

    Parameters
    ----------
    watched
        The rehearsal.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._began = time.time() - watched.terminal.seconds
        self._redaction = Redaction(watched.root, watched.build)
        self._view: PipelineView | None = None
        self._jobs: list[StageJobs] = []
        self._tables: tuple[list[RunReport], list[TableReport]] = ([], [])
        self._changes: dict[str, list[dict[str, Any]]] = {}
        self._logs: dict[str, Log] = {}

    def take(self, *, outputs: bool = False, asking: bool = True) -> dict[str, Any]:
        """Return the rehearsal as it is now.

        Parameters
        ----------
        outputs
            Whether to put every output in.
        asking
            Whether the local cloud can be asked; without, only what the rehearsal knows itself is told.

        Returns
        -------
        dict
            Of JSON. Times are seconds since 1970; what goes on has ``began``, what has ended has ``seconds``.
        """
        logs: dict[str, Log] = {}
        known = self._watched if asking and self._watched.cloud and self._watched.assembly else None
        pipeline = self._pipeline(logs) if known else None
        stages = pipeline["stages"] if pipeline else []
        setup = self._own_steps({stage["name"] for stage in stages}, stages)
        self._name_setup_logs(setup, logs)
        runs = self._runs() if known else self._watched.report.runs
        tables = self._tables_of(runs) if known else self._watched.report.tables
        found = {
            "rehearsal": {"began": self._began, "state": "InProgress", "retries": self._watched.retries},
            "setup": setup,
            "pipeline": pipeline,
            "approvals": self._approvals(pipeline) if pipeline else [],
            "runs": [asdict(run) | {"log": self._name_run_log(run, logs)} for run in runs],
            "tables": [asdict(table) for table in tables],
            "not_covered": [list(pair) for pair in NOT_COVERED],
        }
        self._logs = logs
        if outputs:
            found["logs"] = self._outputs(self._watched if known else None)
        return dict(self._redaction.all(found))

    def log(self, name: str) -> str | None:
        """Return the output that the last snapshot names, or None if it names none like that.

        Parameters
        ----------
        name
            The ``log`` of an action or a run.
        """
        log = self._logs.get(name)
        return None if log is None else self._redaction.text(log.text())

    def final(self, snapshot: dict[str, Any], state: str, message: str = "") -> dict[str, Any]:
        """Return a snapshot as it is to remain: ended, with every output.

        Parameters
        ----------
        snapshot
            The last one; this one is changed.
        state
            ``Succeeded``, which becomes ``InPart`` if runs were left out; ``Failed`` or ``Stopped``.
        message
            Why it did not succeed.
        """
        now = time.time()
        stages = snapshot["pipeline"]["stages"] if snapshot["pipeline"] else []
        for step in [*snapshot["setup"], *(action for stage in stages for action in stage["actions"])]:
            _settle(step, now)
        for stage in stages:
            stage["state"] = state_of_stage(stage["actions"])
        execution = snapshot["pipeline"]["execution"] if snapshot["pipeline"] else None
        if execution:
            _settle(execution, now)
        if self._watched.retries and state == "Succeeded":  # the shell has ended well: what of its pipeline?
            state = execution["state"] if execution else "Stopped"
        for run in snapshot["runs"]:
            run["state"] = run["state"] if run["state"] in ENDED else "STOPPED"
        if state == "Succeeded" and any(run["state"] == LEFT_OUT for run in snapshot["runs"]):
            state = "InPart"
        took = round(now - self._began, 1)
        told = {"state": state, "seconds": took, "message": self._redaction.text(message), "retries": False}
        snapshot["rehearsal"] |= told
        return snapshot

    def _outputs(self, known: Watched | None) -> dict[str, str]:
        """Return every output that is named, without the secrets that the local cloud keeps."""
        for secret in secrets_of(known) if known else ():
            self._redaction.hide(secret)
        return {name: log.text() for name, log in self._logs.items()}

    def _pipeline(self, logs: dict[str, Log]) -> dict[str, Any] | None:
        if self._view is None:
            self._view = PipelineView(self._watched)
        return self._view.take(logs)

    def _own_steps(self, known: set[str], stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the steps of the set-up, and put those that the rehearsal adds to a stage beside its actions."""
        setup = []
        by_name = {stage["name"]: stage["actions"] for stage in stages}
        for stage, step in self._steps():
            if stage == _SETUP or stage not in known:
                setup.append(step)
            elif step["name"] not in [action["name"] for action in by_name[stage]]:
                by_name[stage].append(step)
        for each in stages:
            each["state"] = state_of_stage(each["actions"])
        return setup

    def _steps(self) -> list[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        for ended in list(self._watched.report.pipeline):
            good = ended.state == "Succeeded"
            text = {"summary": ended.message if good else "", "error": "" if good else ended.message}
            step = {"name": ended.action, "provider": "Rehearsal", "state": ended.state, "seconds": ended.seconds}
            found.append((ended.stage, step | text))
        for going in self._watched.terminal.running:
            step = {"name": going.action, "provider": "Rehearsal", "state": "InProgress", "began": going.since}
            found.append((going.stage, step | {"summary": going.latest, "error": ""}))
        return found

    def _name_setup_logs(self, setup: list[dict[str, Any]], logs: dict[str, Log]) -> None:
        folder = self._watched.build / "logs"
        for step in setup:
            beginning = _SETUP_LOGS.get(step["name"], f"deploy-{step['name']}.")
            files = sorted(folder.glob(f"{beginning}*log"))
            if files:
                step["log"] = f"setup:{step['name']}"
                logs[step["log"]] = Files(files)

    def _approvals(self, pipeline: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        for stage in pipeline["stages"]:
            for action in stage["actions"]:
                if action["provider"] != "Manual" or "id" not in action:
                    continue
                id_ = action["id"]
                if id_ not in self._changes and action["state"] == "Waiting":
                    self._changes[id_] = self._changes_of(pipeline, stage["name"])
                told = {"id": id_, "stage": stage["name"], "action": action["name"], "state": action["state"]}
                found.append(
                    told | {"summary": action["summary"] or action["error"], "changes": self._changes.get(id_)}
                )
        return found

    def _changes_of(self, pipeline: dict[str, Any], stage: str) -> list[dict[str, Any]]:
        assert self._view is not None  # noqa: S101 - there is a pipeline
        execution = pipeline["execution"]["id"]
        found = changes_of_stage(self._watched.client, self._view.where, pipeline["name"], execution, stage)
        return [asdict(each) | {"words": each.in_words()} for each in found]

    def _runs(self) -> list[RunReport]:
        assert self._watched.cloud is not None and self._watched.assembly is not None  # noqa: S101, PT018 - as above
        if not self._jobs:
            self._jobs = [StageJobs(self._watched.cloud, stage) for stage in self._watched.assembly.stages]
        return [run for jobs in self._jobs for run in jobs.runs()]

    def _name_run_log(self, run: RunReport, logs: dict[str, Log]) -> str:
        name = f"run:{run.run_id}"
        folder = folder_of(self._watched.cloud.folder if self._watched.cloud else self._watched.build, run)
        logs[name] = Files([folder / "stdout", folder / "stderr"])
        return name

    def _tables_of(self, runs: list[RunReport]) -> list[TableReport]:
        """Return the tables; their files are read only after a run has ended."""
        done = [run for run in runs if run.state in ENDED]
        assert self._watched.cloud is not None and self._watched.assembly is not None  # noqa: S101, PT018 - as above
        if done and done != self._tables[0]:
            places = [stage.environment for stage in self._watched.assembly.stages]
            self._tables = (done, tables_written(self._watched.cloud, places, runs))
        return self._tables[1]


def _settle(step: dict[str, Any], now: float) -> None:
    if step["state"] in _UNDER_WAY:
        step["state"] = "Stopped"
        step["seconds"] = round(now - step["began"], 1)
