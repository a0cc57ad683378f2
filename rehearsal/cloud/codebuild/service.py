"""Keeps the builds of all accounts, starts them and ends them."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

from rehearsal.cloud.codebuild.execution import Execution
from rehearsal.cloud.codebuild.log_stream import LogStream
from rehearsal.cloud.codebuild.record import Build, Handover
from rehearsal.cloud.codebuild.reports import ReportGroups
from rehearsal.cloud.settings import Settings

log = logging.getLogger(__name__)

_END_SECONDS = 5.0


class BuildService:
    """The builds.

    Parameters
    ----------
    settings
        Where builds run, and how.
    """

    def __init__(self, settings: Settings) -> None:
        self.reports = ReportGroups()
        self._settings = settings
        self._builds: dict[str, Build] = {}
        self._threads: list[threading.Thread] = []
        self._handovers: dict[str, Handover] = {}
        self._lock = threading.Lock()
        self._shut = False

    @property
    def minute_seconds(self) -> float:
        """How long a minute of a timeout lasts."""
        return self._settings.minute_seconds

    def hand_over(self, handover: Handover) -> str:
        """Keep what a pipeline gives to a build that it is about to start.

        Returns
        -------
        str
            The word under which the start of the build finds it.
        """
        word = str(uuid.uuid4())
        self._handovers[word] = handover
        return word

    def start(
        self,
        account: str,
        region: str,
        project: dict[str, Any],
        *,
        variables: list[dict[str, str]],
        source_version: str = "",
        handed_over: str = "",
        initiator: str = "rehearsal",
    ) -> Build:
        """Start a build; it goes on by itself.

        Parameters
        ----------
        account, region
            Where.
        project
            The project's description, with the overrides of this build.
        variables
            Environment variables of this build only.
        source_version
            Branch or commit, for a source that has them.
        handed_over
            What ``hand_over`` returned, for a build of a pipeline.
        initiator
            Who starts it.
        """
        with self._lock:
            number = 1 + len(self._of_project(account, region, project["name"]))
            id_ = str(uuid.uuid4())
            build = Build(
                account=account,
                region=region,
                project=project,
                number=number,
                uuid=id_,
                folder=self._settings.builds / f"{project['name'][:80]}-{id_[:8]}",
                handover=self._handovers.pop(handed_over, None),
                initiator=initiator,
                variables=variables,
                source_version=source_version,
            )
            self._builds[build.arn] = build
            if self._shut:
                build.stop_requested.set()
            thread = threading.Thread(target=self._carry_out, args=(build,), name=build.id, daemon=True)
            self._threads.append(thread)
        thread.start()
        return build

    def retry(self, build: Build) -> Build:
        """Start a build again as it was started, for another than a pipeline's."""
        return self.start(
            build.account,
            build.region,
            build.project,
            variables=build.variables,
            source_version=build.source_version,
            initiator=build.initiator,
        )

    def find(self, account: str, region: str, id_: str) -> Build | None:
        """Return a build by its ID or ARN, or None."""
        return next((build for build in self.of(account, region) if id_ in (build.id, build.arn)), None)

    def of(self, account: str, region: str, project: str | None = None) -> list[Build]:
        """Return the builds of an account and Region, or of one project there, the newest first."""
        with self._lock:
            return self._of_project(account, region, project)[::-1]

    def shut_down(self) -> None:
        """Stop every build and start no other."""
        with self._lock:
            self._shut = True
            for build in self._builds.values():
                build.stop_requested.set()
            threads = list(self._threads)
        for thread in threads:
            thread.join(_END_SECONDS)

    def _of_project(self, account: str, region: str, project: str | None) -> list[Build]:
        here = [build for build in self._builds.values() if (build.account, build.region) == (account, region)]
        return [build for build in here if project in (None, build.name)]

    def _carry_out(self, build: Build) -> None:
        log.info("build %s starts", build.id)
        stream = LogStream(build)
        if build.logs_are_kept:
            stream.start()
        status = Execution(self._settings, build, self.reports).run()
        if build.logs_are_kept:
            stream.close()
        build.status = status  # last: who waits for the end finds all of it
        log.info("build %s: %s", build.id, status)
