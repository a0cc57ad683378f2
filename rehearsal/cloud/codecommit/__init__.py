"""CodeCommit of the local cloud: repositories are bare git repositories, and a push is told to EventBridge's rules."""

from __future__ import annotations

from rehearsal.cloud.codecommit import api, repositories
from rehearsal.cloud.codecommit.watch import OnChange, Watch
from rehearsal.cloud.settings import Settings


def install(settings: Settings, on_change: OnChange) -> Watch:
    """Let moto's CodeCommit keep git repositories.

    Parameters
    ----------
    settings
        Where the repositories are kept.
    on_change
        Called with a repository, a branch and its new commit after each push.

    Returns
    -------
    Watch
        What must be shut down before the server ends.
    """
    repositories.keep_in(settings.repositories)
    api.install()
    watch = Watch(on_change)
    watch.start()
    return watch
