"""The data products of another commit, and the files that differ from it, by git."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aws_glue_cdk_baseline.errors import BaselineError


class GitError(BaselineError):
    """Git is missing, or does not know the commit; says what to do."""


@contextmanager
def folder_at(ref: str, folder: Path) -> Iterator[Path]:
    """Lay out a folder as a commit has it.

    Parameters
    ----------
    ref
        A branch, a tag or a commit, or what else git understands.
    folder
        The folder in the working tree.

    Yields
    ------
    Path
        The folder's content at that commit, in a place of its own; empty if the commit does not have it.

    Raises
    ------
    GitError
        If there is no git, no repository, or no such commit.
    """
    root, inside = _root(folder)
    commit = _commit(root, ref)
    with tempfile.TemporaryDirectory(prefix="data-products-") as place:
        if _git(root, "ls-tree", commit, "--", inside):
            archive = _git(root, "archive", "--format=tar", commit, "--", inside)
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(place, filter="data")
        yield Path(place) / inside


def base_of(ref: str, folder: Path) -> str:
    """Return the commit at which the working tree and `ref` parted; `ref` itself if git does not have that commit.

    Changes are told from there: what others did on the main branch since is no change of this one.

    Raises
    ------
    GitError
        If there is no git, no repository, or no such commit.
    """
    root, _ = _root(folder)
    commit = _commit(root, ref)
    found = _run(root, "merge-base", commit, "HEAD")
    return found.stdout.decode().strip() if found.returncode == 0 else commit


def changed_files(ref: str, folder: Path) -> list[str]:
    """Return the files below a folder that differ from those at `base_of(ref)`, also those not committed yet.

    Returns
    -------
    list
        Paths from the folder on, with slashes, as `select` takes them; those that are gone included.

    Raises
    ------
    GitError
        If there is no git, no repository, or no such commit.
    """
    root, inside = _root(folder)
    differing = _git(root, "diff", "--name-only", "--no-renames", "-z", base_of(ref, folder), "--", inside)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", inside)
    names = {name for name in (differing + untracked).decode().split("\0") if name}
    return sorted(name.removeprefix(f"{inside}/") for name in names)


def _root(folder: Path) -> tuple[Path, str]:
    """Return the repository's folder, and the given one from there on."""
    around = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    root = Path(_git(around, "rev-parse", "--show-toplevel").decode().strip())
    try:
        return root, folder.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise GitError(f"{folder} is not in the repository {root}") from None


def _commit(root: Path, ref: str) -> str:
    found = _run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    remote, _, branch = ref.partition("/")
    remotes = _git(root, "remote").decode().split()
    hint = f": try git fetch {remote} {branch}" if branch and remote in remotes else ""
    raise GitError(f"there is no commit {ref} in {root}{hint}")


def _git(root: Path, *arguments: str) -> bytes:
    done = _run(root, *arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise GitError(f"git {arguments[0]}: {said}")
    return done.stdout


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("git is not installed, and the comparison with another commit needs it") from None
