"""The checkout as a repository: what a pipeline reads whose repository the pipeline's stack does not make itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rehearsal.assembly import Environment, Source
from rehearsal.errors import RehearsalError
from rehearsal.git import GitError, git, hosted_folder
from rehearsal.local_cloud import LocalCloud

_MESSAGE = "The checkout that is rehearsed"


def lay_source(cloud: LocalCloud, environment: Environment, source: Source, root: Path) -> str:
    """Make the repository that a source action reads, with one commit: the checkout's files as they are now.

    Parameters
    ----------
    cloud
        Where to make it.
    environment
        Account and Region of the pipeline.
    source
        The repository and its branch.
    root
        The checkout; what its ``.gitignore`` excludes is left out.

    Returns
    -------
    str
        What was done, in a few words.

    Raises
    ------
    RehearsalError
        If git cannot.
    """
    if source.hosted:
        folder = hosted_folder(cloud.repositories, source.repository)
    else:
        api = cloud.client("codecommit", environment.account, environment.region)
        api.create_repository(repositoryName=source.repository)
        folder = cloud.repositories / environment.account / environment.region / source.repository
    try:
        with tempfile.TemporaryDirectory(dir=cloud.folder) as scratch:
            made = Path(scratch)
            git(made, "init", "--quiet", "--bare", f"--initial-branch={source.branch}")
            git(made, "add", "--all", ".", work=root)
            git(made, "commit", "--quiet", "--no-verify", "-m", _MESSAGE, work=root)
            if source.hosted:
                folder.parent.mkdir(parents=True, exist_ok=True)
                git(made, "clone", "--quiet", "--bare", str(made), str(folder))
            else:
                git(made, "push", "--quiet", str(folder), source.branch)
    except GitError as error:
        raise RehearsalError(f"{source.repository} could not be made from {root}: {error}") from error
    return f"{source.repository} at {source.branch}, from this checkout; on AWS it must exist already"
