"""What the console watches: a rehearsal that has more to show the further it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal.assembly import Assembly
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import Report
from rehearsal.terminal import Terminal


@dataclass
class Watched:
    """A rehearsal as the console sees it.

    Parameters
    ----------
    root
        The repository.
    build
        The rehearsal's folder.
    terminal
        Knows the steps that go on.
    report
        Knows those that ended.
    retries
        Whether a failed stage can be tried again: nobody waits for the pipeline's end.
    cloud, assembly
        Set once they exist.
    """

    root: Path
    build: Path
    terminal: Terminal
    report: Report
    retries: bool = False
    cloud: LocalCloud | None = None
    assembly: Assembly | None = None
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str, account: str, region: str) -> Any:
        """Return a boto3 client of an account's administrator; the same one for the same names.

        Parameters
        ----------
        service
            Name of the service as boto3 knows it.
        account, region
            Where the client acts.
        """
        assert self.cloud is not None  # noqa: S101 - nobody asks before there is one
        with self._making:
            if (service, account, region) not in self._clients:
                self._clients[service, account, region] = self.cloud.client(service, account, region)
            return self._clients[service, account, region]
