"""The repositories: bare git repositories that a path clones and pushes to, CodeCommit's and those of other hosts."""

from __future__ import annotations

import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from rehearsal.cloud.archives import unpack
from rehearsal.git import GitError, git, hosted_folder

_SEED_MESSAGE = "Initial commit by AWS CodeCommit"
_HEADS = "refs/heads/"
_KINDS = {"refs/heads/": "branch", "refs/tags/": "tag"}


@dataclass(frozen=True)
class Person:
    """Who wrote or made a commit.

    Parameters
    ----------
    name, email
        As git has them.
    date
        Seconds since 1970 and the offset from UTC: ``1763700000 +0000``.
    """

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """A commit.

    Parameters
    ----------
    id, tree
        Their hashes.
    parents
        Hashes of the commits before it.
    author, committer
        Who wrote it, who made it.
    message
        All of it.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True)
class Push:
    """A branch or a tag that was made or moved.

    Parameters
    ----------
    kind
        ``branch`` or ``tag``.
    name
        Its name.
    commit
        The commit that it is at.
    before
        The commit that it was at; None for a new one.
    """

    kind: str
    name: str
    commit: str
    before: str | None = None


@dataclass
class Repository:
    """One repository.

    Parameters
    ----------
    account, region, name
        Whose it is; one of another git host has neither account nor Region, and the name ``owner/name``.
    folder
        The bare git repository.
    """

    account: str
    region: str
    name: str
    folder: Path
    lock: threading.Lock = field(default_factory=threading.Lock)
    told: dict[str, str] = field(default_factory=dict)
    """Commits by the full names of branches and tags, as they were when pushes were last looked for."""

    def seed(self, archive: bytes, branch: str) -> None:
        """Make the first commit, on a branch that becomes the default one; nobody is told of it.

        Parameters
        ----------
        archive
            A zip of the files.
        branch
            The branch's name.

        Raises
        ------
        ValueError
            If the archive cannot be unpacked.
        """
        with self.lock, tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            work = Path(scratch)
            unpack(archive, work)
            git(self.folder, "symbolic-ref", "HEAD", f"{_HEADS}{branch}")
            git(self.folder, "add", "--all", "--force", ".", work=work)
            git(self.folder, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", _SEED_MESSAGE, work=work)
            self.told = self.references()

    def references(self) -> dict[str, str]:
        """Return the commit that each branch and tag is at, by their full names: ``refs/heads/main``."""
        form = "--format=%(refname) %(objectname) %(*objectname)"  # the last is what an annotated tag is of
        listed = git(self.folder, "for-each-ref", form, *_KINDS).decode()
        parts = (line.split() for line in listed.splitlines())
        return {name: found[-1] for name, *found in parts}

    def branches(self) -> dict[str, str]:
        """Return the commit that each branch is at."""
        found = self.references().items()
        return {name.removeprefix(_HEADS): commit for name, commit in found if name.startswith(_HEADS)}

    def news(self) -> list[Push]:
        """Return what was pushed since the last look."""
        with self.lock:
            before, self.told = self.told, self.references()
        return [
            Push(kind, name.removeprefix(folder), commit, before.get(name))
            for name, commit in self.told.items()
            for folder, kind in _KINDS.items()
            if name.startswith(folder) and before.get(name) != commit
        ]

    def changed_files(self, push: Push) -> list[str]:
        """Return the paths of the files that a push changed; for a new branch, those of its last commit."""
        since = [push.before, push.commit] if push.before else ["--root", push.commit]
        listed = git(self.folder, "diff-tree", "-r", "-z", "--no-commit-id", "--name-only", *since)
        return [path for path in listed.decode(errors="replace").split("\0") if path]

    def default_branch(self) -> str | None:
        """Return the branch that a clone checks out, or None as long as it has no commit."""
        name = git(self.folder, "symbolic-ref", "HEAD").decode().strip().removeprefix(_HEADS)
        return name if name in self.branches() else None

    def commit(self, id_: str) -> Commit | None:
        """Return a commit by its hash, or None."""
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"
        try:
            told = git(self.folder, "show", "-s", "--date=raw", f"--format={form}", f"{id_}^{{commit}}", "--")
        except GitError:
            return None
        parts = told.decode(errors="replace").split("\0")
        return Commit(
            id=parts[0],
            tree=parts[1],
            parents=tuple(parts[2].split()),
            author=Person(*parts[3:6]),
            committer=Person(*parts[6:9]),
            message=parts[9].removesuffix("\n"),
        )

    def archive(self, commit: str) -> bytes:
        """Return the files of a commit as a zip, without git's own."""
        return git(self.folder, "archive", "--format=zip", "-1", commit)


_repositories: dict[tuple[str, str, str], Repository] = {}
_kept: list[Path] = []


def keep_in(folder: Path) -> None:
    """Say where repositories are kept: ``<folder>/<account>/<region>/<name>``."""
    _kept[:] = [folder]


def create(account: str, region: str, name: str) -> Repository:
    """Make an empty repository."""
    folder = _kept[0] / account / region / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    git(folder, "config", "gc.auto", "0")
    made = Repository(account, region, name, folder)
    _repositories[account, region, name] = made
    return made


def remove(account: str, region: str, name: str) -> None:
    """Take a repository away; one that is not there is no error."""
    gone = _repositories.pop((account, region, name), None)
    if gone:
        shutil.rmtree(gone.folder, ignore_errors=True)


def find(account: str, region: str, name: str) -> Repository | None:
    """Return a repository, or None."""
    return _repositories.get((account, region, name))


def hosted(name: str) -> Repository | None:
    """Return a repository of another git host, which whoever rehearses has laid there, or None.

    Parameters
    ----------
    name
        ``owner/name``. From the first look on, pushes to it are noticed.
    """
    found = find("", "", name)
    folder = hosted_folder(_kept[0], name)
    if found is None and (folder / "HEAD").is_file():
        found = Repository("", "", name, folder)
        found.told = found.references()
        _repositories["", "", name] = found
    return found


def every() -> list[Repository]:
    """Return all repositories of all accounts."""
    return list(_repositories.values())
