"""Carries job runs out: queue, slots, process, time limit, retries, logs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.cloud.glue.archive import SparkArchive
from rehearsal.cloud.glue.cloudwatch import denied_publication, publish
from rehearsal.cloud.glue.connections import place_of
from rehearsal.cloud.glue.inputs import LaunchError, caller_of_run, folder_of, prepare
from rehearsal.cloud.glue.jobs import JobRun
from rehearsal.cloud.glue.process import RunProcess
from rehearsal.cloud.glue.verdict import denied
from rehearsal.cloud.objects import ObjectStore
from rehearsal.cloud.permissions.of_files import FileAccess
from rehearsal.cloud.settings import Settings
from rehearsal.cloud.views import View
from rehearsal.stand_ins import NOT_REHEARSED, told

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05


class Runner:
    """Carries runs out, each in a thread that watches over its process.

    Parameters
    ----------
    settings
        Where runs are kept, how many may use Spark at once, how long a minute is.
    store
        The directories behind ``s3://``.
    archive
        Spark's class archive, if runs use one.
    """

    def __init__(self, settings: Settings, store: ObjectStore, archive: SparkArchive | None) -> None:
        self._settings = settings
        self._store = store
        self._archive = archive
        self._slots = threading.Semaphore(settings.spark_slots)
        self._processes: set[RunProcess] = set()
        self._lock = threading.Lock()
        self._shut = False
        self._left_out: dict[str, str] = {}

    def carry_out(self, run: JobRun) -> None:
        """Begin with a run; it goes on by itself."""
        threading.Thread(target=self._carry_out, args=(run,), name=run.id, daemon=True).start()

    def shut_down(self) -> None:
        """Kill every process and start no other."""
        with self._lock:
            self._shut = True
            for process in self._processes:
                process.close()
        if self._archive:
            self._archive.stop()

    def _carry_out(self, run: JobRun) -> None:
        try:
            with self._turn(run) as its_turn:
                state, error = self._execute(run) if its_turn else ("STOPPED", None)
        except LaunchError as failure:
            state, error = "FAILED", str(failure)
        except Exception as failure:
            log.exception("run %s", run.id)
            state, error = "FAILED", f"InternalServiceException: {failure}"
        self._publish_logs(run, error)
        retry = self._retry_of(run) if state == "FAILED" else None
        with run.job.lock:
            if retry:  # first, so that nobody sees the failed run as the last one
                run.job.job_runs.append(retry)
            run.to(state, error)
        if retry:
            self.carry_out(retry)

    @contextmanager
    def _turn(self, run: JobRun) -> Iterator[bool]:
        """Wait in the job's queue and for a slot; False if the run was stopped before its turn came."""
        while run.state == "WAITING":
            with run.job.lock:
                ahead = [other for other in run.job.job_runs if other.state == "WAITING"]
                if run.job.live_runs < run.job.most_concurrent_runs and ahead[0] is run:
                    run.to("STARTING")
            if run.state == "WAITING" and run.stop_requested.wait(_LOOK_SECONDS):
                yield False
                return
        if not run.uses_spark:
            yield True
            return
        while not self._slots.acquire(timeout=_LOOK_SECONDS):
            if run.stop_requested.is_set():
                yield False
                return
        try:
            yield not run.stop_requested.is_set()
        finally:
            self._slots.release()

    def _execute(self, run: JobRun) -> tuple[str, str | None]:
        why = self._why_not_rehearsed(run)
        if why:
            run.to("RUNNING")
            return "SUCCEEDED", NOT_REHEARSED + why
        if not run.uses_spark:
            return self._execute_with(run, None)
        access = FileAccess(caller_of_run(run))
        with self._store.opened(run.id, access) as view:
            state, error = self._execute_with(run, view)
        if state in ("SUCCEEDED", "FAILED"):
            told = denied(run, view, access, error)
            state, error = ("FAILED", told) if told else (state, error)
        return state, error

    def _execute_with(self, run: JobRun, view: View | None) -> tuple[str, str | None]:
        inputs = prepare(self._settings, run, view, self._archive)
        with self._lock:
            if self._shut:
                return "STOPPED", None
            process = RunProcess(inputs)
            self._processes.add(process)
        run.to("RUNNING")
        ended_by = self._watch(run, process)
        with self._lock:
            self._processes.discard(process)
            status = process.close()
        if ended_by == "stop":
            return "STOPPED", None
        if ended_by == "timeout":
            return "TIMEOUT", f"Job run exceeded its timeout of {run.timeout_minutes} minute(s)."
        error = process.outcome(status)
        return ("FAILED", error) if error else ("SUCCEEDED", None)

    def _watch(self, run: JobRun, process: RunProcess) -> str | None:
        limit = time.monotonic() + run.timeout_minutes * self._settings.minute_seconds
        while not process.ended():
            if run.stop_requested.wait(_LOOK_SECONDS):
                run.to("STOPPING")
                process.stop()
                return "stop"
            if time.monotonic() > limit:
                process.stop()
                return "timeout"
        return None

    def _publish_logs(self, run: JobRun, error: str | None) -> None:
        folder = folder_of(self._settings, run)
        try:
            denial = denied_publication(run)
            if denial:  # as on AWS, where the run goes on without them
                folder.mkdir(parents=True, exist_ok=True)
                with (folder / "stderr").open("a") as errors:
                    errors.write(f"No logs of this run in CloudWatch Logs: User: {denial}\n")
                return
            publish(run, folder, error)
        except Exception:
            log.exception("logs of run %s", run.id)

    def _why_not_rehearsed(self, run: JobRun) -> str | None:
        """Return why a run is left out: for its database, that nothing stands in for, or with its workflow.

        The jobs that wait for one that was left out would only fail for what it did not write.
        """
        connections = run.job.backend.connections
        named = [name for name in run.definition.get("Connections", {}).get("Connections", []) if name in connections]
        absent = told().absent if named else {}
        places = [place_of(connections[name].connection_input) for name in named]
        why = next((f"{place}: {absent[place]}" for place in places if place in absent), None)
        workflow = run.arguments.get("--workflow_run_id")
        if workflow and why:
            self._left_out.setdefault(workflow, f"{run.job.name} before it was left out")
        return why or self._left_out.get(workflow or "")

    def _retry_of(self, run: JobRun) -> JobRun | None:
        if run.attempt >= int(run.definition.get("MaxRetries", 0)) or run.stop_requested.is_set() or self._shut:
            return None
        attempt = run.attempt + 1
        first = run.id.split("_attempt_")[0]
        return JobRun(run.job, run.overrides, attempt, previous_id=run.id, id=f"{first}_attempt_{attempt}")
