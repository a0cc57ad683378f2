"""A handle on a local cloud: starts its process, acts in its accounts, ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config

from rehearsal.environment import clean_environment
from rehearsal.errors import CloudStartError

_START_SECONDS = 60
_END_SECONDS = 10

_NOTHING_OF_THE_DEVELOPER = {
    # name: (name in the config file, environment variable, default, converter)
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


@dataclass(frozen=True)
class Credentials:
    """What a process needs to act in an account.

    Parameters
    ----------
    access_key_id, secret_access_key
        The key pair.
    session_token
        Set for assumed roles.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """Return the credentials as environment variables."""
        found = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}
        return found | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})


class LocalCloud:
    """A local cloud of a process of its own; use it in a ``with``.

    Parameters
    ----------
    folder
        Where it keeps objects, runs and its log.
    minute_seconds
        Seconds that one minute of a job's timeout lasts.
    spark_archives
        Folder of the class data sharing archives; ``None`` does without.
    skipped_commands
        Commands of builds that are not run, and said to be skipped: beginnings, for example ``make test-unit``.
    modules
        Folder of the Python modules that runs ask for, to be kept; ``None`` keeps none.

    Examples
    --------
    >>> with LocalCloud(Path("build/try")) as cloud:  # doctest: +SKIP
    ...     cloud.client("s3", "123456789102", "us-east-1").list_buckets()
    """

    def __init__(
        self,
        folder: Path,
        minute_seconds: float = 60.0,
        spark_archives: Path | None = None,
        *,
        skipped_commands: Sequence[str] = (),
        modules: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.endpoint = ""
        self._minute_seconds = minute_seconds
        self._spark_archives = spark_archives
        self._flags = [flag for command in skipped_commands for flag in ("--skip", command)]
        if modules:
            self._flags += ["--modules", str(modules.resolve())]
        self._process: subprocess.Popen[bytes] | None = None
        self._users: dict[str, Credentials] = {}
        self._lock = threading.Lock()
        self._session = boto3.session.Session(botocore_session=botocore.session.Session(_NOTHING_OF_THE_DEVELOPER))
        self._making_clients = threading.Lock()

    @property
    def runs(self) -> Path:
        """Folder that keeps the input and output of every job run."""
        return self.folder / "runs"

    @property
    def repositories(self) -> Path:
        """Folder that keeps the git repositories."""
        return self.folder / "repositories"

    def build_log(self, build_id: str) -> Path | None:
        """Return the file with the output of a CodeBuild build, also while it runs, or None if it has none yet.

        Parameters
        ----------
        build_id
            The build's ID, ``<project>:<uuid>``.
        """
        project, _, uuid = build_id.rpartition(":")
        if not project:
            return None
        found = self.folder / "builds" / f"{project[:80]}-{uuid[:8]}" / "build.log"
        return found if found.is_file() else None

    def __enter__(self) -> Self:
        """Start the server and wait until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "rehearsal.cloud", str(self.folder), "--minute", str(self._minute_seconds)]
        command += self._flags
        if self._spark_archives:
            command += ["--spark-archives", str(self._spark_archives.resolve())]
        root = str(Path(__file__).resolve().parent.parent)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=root,
                env=clean_environment() | {"PYTHONPATH": root},
                stdin=subprocess.PIPE,  # held open: its end tells the server that we are gone
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to handle
            )
        try:
            self.endpoint = self._await_endpoint(self._process)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server and with it every run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()

    def credentials(self, account: str) -> Credentials:
        """Return the credentials of an administrator of an account.

        Parameters
        ----------
        account
            Twelve digits; an account exists as soon as it is named.

        Returns
        -------
        Credentials
            A user's key pair, the same on every call.
        """
        with self._lock:
            if account not in self._users:
                iam = self._client("iam", "us-east-1", Credentials("rehearsal", "rehearsal"), account)
                iam.create_user(UserName="rehearsal")
                key = iam.create_access_key(UserName="rehearsal")["AccessKey"]
                self._users[account] = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
            return self._users[account]

    def credentials_of_role(self, role_arn: str, region: str, service: str) -> Credentials:
        """Return the credentials of a role that a service works with, as the service would get them.

        Parameters
        ----------
        role_arn
            The role; it must trust the service.
        region
            Where to ask.
        service
            For example ``codebuild.amazonaws.com``.

        Returns
        -------
        Credentials
            Of a session of the role.

        Raises
        ------
        botocore.exceptions.ClientError
            If the role does not exist or does not trust the service.
        """
        account = role_arn.split(":")[4]
        sts = self._client("sts", region, Credentials("rehearsal", "rehearsal"), account, service)
        found = sts.assume_role(RoleArn=role_arn, RoleSessionName="rehearsal")["Credentials"]
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])

    def client(self, service: str, account: str, region: str) -> Any:
        """Return a boto3 client of an account's administrator.

        Parameters
        ----------
        service
            Name of the service as boto3 knows it.
        account, region
            Where the client acts.
        """
        return self._client(service, region, self.credentials(account))

    def environment(self, credentials: Credentials, region: str) -> dict[str, str]:
        """Return the environment of a program that is to work in the local cloud.

        Parameters
        ----------
        credentials
            Whom the program acts as.
        region
            Its Region.
        """
        return clean_environment() | {
            **credentials.environment(),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
        }

    @property
    def _log(self) -> Path:
        return self.folder / "cloud.log"

    def _await_endpoint(self, process: subprocess.Popen[bytes]) -> str:
        too_late = threading.Timer(_START_SECONDS, process.kill)
        too_late.start()
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            line = process.stdout.readline()
        finally:
            too_late.cancel()
        if not line:
            process.wait()
            last = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise CloudStartError(f"the local cloud did not start; the end of its log {self._log}:\n{last}")
        return str(json.loads(line)["endpoint"])

    def _client(
        self, service: str, region: str, credentials: Credentials, account: str = "", acting_as: str = ""
    ) -> Any:
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}, read_timeout=600)
        with self._making_clients:  # one session for all: it reads the services' models once, but is not thread-safe
            made = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=config,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
            )
        headers = {"x-moto-account-id": account, "x-rehearsal-service": acting_as}

        def add_headers(request: Any, **_: Any) -> None:
            for name, value in headers.items():
                if value:
                    request.headers[name] = value

        made.meta.events.register(f"before-sign.{service}.*", add_headers)
        return made
