"""The console of one rehearsal: serves the page while it goes on, and leaves ``report.html``."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from rehearsal.assembly import Assembly
from rehearsal.console.answers import Answers
from rehearsal.console.feed import Feed
from rehearsal.console.page import live_page, write_report
from rehearsal.console.server import PageServer, Site
from rehearsal.console.snapshot import Snapshots
from rehearsal.console.watched import Watched
from rehearsal.errors import RehearsalError
from rehearsal.local_cloud import LocalCloud
from rehearsal.report import PAGE

_READERS_SECONDS = 1.5


class Console:
    """Shows a rehearsal on a page; use it in a ``with``, whose end is the rehearsal's.

    Parameters
    ----------
    watched
        The rehearsal.

    Attributes
    ----------
    address
        Of the page; empty while there is none.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._snapshots = Snapshots(watched)
        self._feed = Feed(self._snapshots)
        self._answers = Answers(watched)
        self._opened = ExitStack()
        self.address = ""

    def __enter__(self) -> Console:
        """Begin to serve the page."""
        site = Site(
            page=live_page,
            snapshot=self._feed.next,
            log=self._snapshots.log,
            changes={
                "/approval": lambda given: self._answers.approval(
                    given.get("id", ""), given.get("status", ""), given.get("comment", "")
                ),
                "/retry": lambda given: self._answers.retry(given.get("stage", ""), given.get("execution", "")),
            },
        )
        self.address = self._opened.enter_context(PageServer(site)).address
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the page how it ended, write the report, end the server."""
        with self._opened:
            final = self._feed.end(*_ending(error))
            write_report(self._watched.build / PAGE, final)
            self._feed.await_readers(_READERS_SECONDS)

    def show(self, cloud: LocalCloud | None = None, assembly: Assembly | None = None) -> None:
        """Show what there is to see from now on.

        Parameters
        ----------
        cloud
            The local cloud, once it runs.
        assembly
            What was synthesized, once it was.
        """
        self._watched.cloud = cloud or self._watched.cloud
        self._watched.assembly = assembly or self._watched.assembly

    def what_would_change(self, stage: str) -> list[str]:
        """Return what the approval before a stage would change, a line for each of its stacks.

        Parameters
        ----------
        stage
            Whose approval waits.
        """
        return self._feed.what_would_change(stage)

    def keep(self) -> None:
        """Take the last snapshot; the local cloud ends."""
        self._feed.keep()


def _ending(error: BaseException | None) -> tuple[str, str]:
    if error is None:
        return "Succeeded", ""
    if isinstance(error, KeyboardInterrupt):
        return "Stopped", "interrupted"
    return "Failed", str(error) if isinstance(error, RehearsalError) else f"{type(error).__name__}: {error}"
