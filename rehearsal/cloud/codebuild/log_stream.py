"""The log of a build in CloudWatch Logs, while it is written."""

from __future__ import annotations

import logging
import threading

from rehearsal.cloud.clients import client
from rehearsal.cloud.codebuild.record import Build
from rehearsal.cloud.glue.cloudwatch import write

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5


class LogStream:
    """Copies the lines of a build's log to its stream.

    Parameters
    ----------
    build
        The build.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._read = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"log of {build.id}", daemon=True)

    def start(self) -> None:
        """Begin to copy, in a thread."""
        self._thread.start()

    def close(self) -> None:
        """Copy what is left, and end."""
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        try:
            while not self._ended.wait(_LOOK_SECONDS):
                self._copy(whole_lines=True)
            self._copy(whole_lines=False)
        except Exception:
            log.exception("log of build %s", self._build.id)

    def _copy(self, *, whole_lines: bool) -> None:
        if not self._build.provisioned.is_set():
            return  # its role may not write the log, or cannot be assumed
        with self._build.log.open("rb") as file:
            file.seek(self._read)
            news = file.read()
        if whole_lines:
            news = news[: news.rfind(b"\n") + 1]
        if news:
            self._read += len(news)
            lines = news.decode(errors="replace").splitlines()
            logs = client("logs", self._build.account, self._build.region)
            write(logs, self._build.log_group, self._build.uuid, lines)
