"""Calls git, with nothing of the developer's own settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from rehearsal.environment import clean_environment

_AUTHOR = "AWS CodeCommit"
_EMAIL = "noreply-awscodecommit@amazon.com"


class GitError(Exception):
    """git refused; the text is git's."""


def hosted_folder(repositories: Path, name: str) -> Path:
    """Return where a repository of a git host other than CodeCommit is kept.

    Parameters
    ----------
    repositories
        The local cloud's folder of repositories.
    name
        ``owner/name``.
    """
    return repositories / "hosted" / f"{name}.git"


def git(folder: Path, *arguments: str, work: Path | None = None) -> bytes:
    """Run git on a repository.

    Parameters
    ----------
    folder
        The bare repository.
    *arguments
        What git is to do.
    work
        Folder with the files to act on, if there are any.

    Returns
    -------
    bytes
        What git printed.

    Raises
    ------
    GitError
        If git failed or is not there.
    """
    environment = clean_environment() | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": _AUTHOR,
        "GIT_AUTHOR_EMAIL": _EMAIL,
        "GIT_COMMITTER_NAME": _AUTHOR,
        "GIT_COMMITTER_EMAIL": _EMAIL,
    }
    command = ["git", f"--git-dir={folder}", *([f"--work-tree={work}"] if work else []), *arguments]
    try:
        return subprocess.run(command, env=environment, check=True, capture_output=True, cwd=work).stdout
    except FileNotFoundError as error:
        raise GitError("git is not installed: CodeCommit of the rehearsal needs it") from error
    except subprocess.CalledProcessError as error:
        raise GitError(f"git {arguments[0]}: {error.stderr.decode(errors='replace').strip()}") from error
