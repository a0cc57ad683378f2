"""Carries a build out, phase by phase.

Transitions: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloud.codebuild import leavings, sources, tools
from rehearsal.cloud.codebuild.buildspec import Buildspec, BuildspecError, Phase, is_inline, parse
from rehearsal.cloud.codebuild.record import Build, PhaseRecord
from rehearsal.cloud.codebuild.reporting import make_reports
from rehearsal.cloud.codebuild.reports import ReportGroups
from rehearsal.cloud.codebuild.shell import Ended, Shell
from rehearsal.cloud.codebuild.variables import VariableError, environment_of
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.cloud.permissions.of_runs import denied_logs
from rehearsal.cloud.sessions import Session, assume_as_service
from rehearsal.cloud.settings import Settings

log = logging.getLogger(__name__)

SERVICE = "codebuild.amazonaws.com"


class PhaseError(Exception):
    """A phase failed.

    Parameters
    ----------
    code
        For example ``COMMAND_EXECUTION_ERROR``.
    message
        What CodeBuild says.
    status
        ``FAILED``, ``TIMED_OUT`` or ``STOPPED``.
    """

    def __init__(self, code: str, message: str, status: str = "FAILED") -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Execution:
    """One build on its way.

    Parameters
    ----------
    settings
        Where builds run, how long a minute is, which commands are skipped.
    build
        The build; its record follows what happens.
    groups
        Where its test reports go.
    """

    def __init__(self, settings: Settings, build: Build, groups: ReportGroups) -> None:
        self._settings = settings
        self._groups = groups
        self._left_out = False
        self._build = build
        self._deadline = time.monotonic() + build.minutes * settings.minute_seconds
        build.folder.mkdir(parents=True, exist_ok=True)

    def run(self) -> str:
        """Run the build to its end; never raises.

        Returns
        -------
        str
            How it ended: the status that its record gets when its log is published.
        """
        build = self._build
        try:
            self._run()
            status = "SUCCEEDED"
        except PhaseError as error:
            status = error.status
        except Exception as error:
            log.exception("build %s", build.id)
            self._say(f"INTERNAL_ERROR: {error}")
            build.phases.append(PhaseRecord("FINALIZING", time.time(), time.time(), "FAULT", "FAULT", str(error)))
            status = "FAULT"
        build.phases.append(PhaseRecord("COMPLETED", time.time()))
        build.ended = time.time()
        return status

    def _run(self) -> None:
        build = self._build
        for kind in ("SUBMITTED", "QUEUED"):
            with self._phase(kind):
                pass
        with self._phase("PROVISIONING"):
            session = self._assume_role()
            self._build.provisioned.set()
        with self._phase("DOWNLOAD_SOURCE"):
            found, spec, environment = self._prepare(session)
        shell = Shell(spec.shell, build.folder / "state", found[""], environment, build.log)
        try:
            self._run_phases(spec, shell)
        finally:
            build.exported = {name: shell.environment.get(name, "") for name in spec.exported}
            problems = list(make_reports(build, spec, session, found[""], self._groups))
            for told in problems:
                self._say(f"report {told}")
        with self._phase("UPLOAD_ARTIFACTS"):
            if problems and not self._left_out:
                raise PhaseError("CLIENT_ERROR", f"Error in UPLOAD_ARTIFACTS phase: {', '.join(problems)}")
            try:
                for told in leavings.upload(build, spec, session, found[""]):
                    self._say(told)
            except leavings.ArtifactError as error:
                raise PhaseError("CLIENT_ERROR", str(error)) from error
        with self._phase("FINALIZING"):
            pass

    def _assume_role(self) -> Session:
        role = self._build.project["serviceRole"]
        try:
            session = assume_as_service(SERVICE, role, self._build.region, f"AWSCodeBuild-{self._build.uuid}")
        except ClientError as error:
            message = f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {role}: {error}"
            raise PhaseError("ACCESS_DENIED", message) from error
        caller = caller_of(session.access_key_id, self._build.region) if self._build.logs_are_kept else None
        denial = caller and denied_logs(caller, self._build.region, self._build.log_group, self._build.uuid)
        if denial:
            message = (
                f"Service role {role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for "
                f"build {self._build.arn}. Error message: User: {denial}"
            )
            raise PhaseError("ACCESS_DENIED", message)
        return session

    def _prepare(self, session: Session) -> tuple[dict[str, Path], Buildspec, dict[str, str]]:
        build = self._build
        try:
            found = sources.lay_out(build, session, build.folder)
            spec = parse(self._buildspec(found[""]))
            lent = tools.lend(self._settings.checkout, build.folder, found[""])
            return found, spec, lent | session.environment() | environment_of(build, spec, session, found)
        except sources.SourceError as error:
            raise PhaseError("CLIENT_ERROR", str(error)) from error
        except BuildspecError as error:
            raise PhaseError("YAML_FILE_ERROR", str(error)) from error
        except (tools.ToolsError, VariableError) as error:
            raise PhaseError("CLIENT_ERROR", str(error)) from error

    def _buildspec(self, source: Path) -> str:
        text = self._build.project["source"].get("buildspec") or "buildspec.yml"
        if is_inline(text):
            return str(text)
        try:
            return (source / text).read_text()
        except OSError as error:
            raise PhaseError("YAML_FILE_ERROR", f"stat {text}: no such file or directory in the source") from error

    def _run_phases(self, spec: Buildspec, shell: Shell) -> None:
        failure: PhaseError | None = None
        for name in ("install", "pre_build", "build", "post_build"):
            phase = spec.phases[name]
            try:
                with self._phase(name.upper()):
                    self._run_phase(phase, shell)
            except PhaseError as error:
                failure = failure or error
                if error.status != "FAILED" or name == "post_build" or phase.on_failure == "ABORT":
                    break
                if name != "build" and phase.on_failure != "CONTINUE":
                    break
                shell.environment["CODEBUILD_BUILD_SUCCEEDING"] = "0"
        if failure:
            raise failure

    def _run_phase(self, phase: Phase, shell: Shell) -> None:
        try:
            for told in tools.other_runtimes(phase.runtimes):
                self._say(f"rehearsal: {told}")
        except tools.ToolsError as error:
            raise PhaseError("YAML_FILE_ERROR", str(error)) from error
        try:
            for command in phase.commands:
                self._run_command(command, shell)
        finally:
            for command in phase.finally_:
                self._run_command(command, shell)

    def _run_command(self, command: str, shell: Shell) -> None:
        taken, why = tools.instead(command, self._settings.skipped_commands)
        if why:
            self._say(f"rehearsal: {why}")
        if taken is None:
            self._left_out = True  # what it would have reported is missing for no fault of the build
            return
        self._say(f"Running command {taken}")
        try:
            status = shell.run(taken, self._build.stop_requested, self._deadline)
        except Ended as error:
            if self._build.stop_requested.is_set():
                raise PhaseError("STOPPED", "Build was stopped", "STOPPED") from error
            minutes = self._build.minutes
            raise PhaseError(
                "BUILD_TIMED_OUT", f"Build has timed out after {minutes} minute(s)", "TIMED_OUT"
            ) from error
        if status:
            message = f"Error while executing command: {command}. Reason: exit status {status}"
            raise PhaseError("COMMAND_EXECUTION_ERROR", message)

    @contextmanager
    def _phase(self, kind: str) -> Iterator[None]:
        phase = PhaseRecord(kind, time.time())
        self._build.phases.append(phase)
        try:
            if self._build.stop_requested.is_set():
                raise PhaseError("STOPPED", "Build was stopped", "STOPPED")
            yield
            phase.status = "SUCCEEDED"
        except PhaseError as error:
            phase.status, phase.code, phase.message = error.status, error.code, str(error)
            self._say(f"Phase context status code: {error.code} Message: {error}")
            raise
        except (BotoCoreError, ClientError) as error:
            phase.status, phase.code, phase.message = "FAILED", "CLIENT_ERROR", str(error)
            raise PhaseError("CLIENT_ERROR", str(error)) from error
        finally:
            phase.ended = time.time()
            self._say(f"Phase complete: {kind} State: {phase.status or 'FAULT'}")

    def _say(self, text: str) -> None:
        now = datetime.now(UTC).strftime("%Y/%m/%d %H:%M:%S")
        with self._build.log.open("a") as file:
            file.write(f"[Container] {now} {text}\n")
