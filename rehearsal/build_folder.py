"""The folder that one rehearsal at a time works in."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.errors import BuildFolderInUseError, RehearsalError

_MARK = ".rehearsal"


@contextmanager
def build_folder(path: Path) -> Iterator[Path]:
    """Hold an empty build folder; earlier results in it are removed.

    Parameters
    ----------
    path
        The folder; it is made if it is missing.

    Yields
    ------
    Path
        The folder, absolute.

    Raises
    ------
    BuildFolderInUseError
        If another rehearsal holds it.
    RehearsalError
        If it holds something that no rehearsal left there.
    """
    path = path.resolve()
    if path.exists() and not (path / _MARK).exists() and (not path.is_dir() or any(path.iterdir())):
        raise RehearsalError(f"{path} holds something that is not a rehearsal's: choose another folder with --build")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BuildFolderInUseError(
                f"another rehearsal works in {path}: wait for its end, or give this one its own folder with --build"
            ) from error
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(exist_ok=True)
        (path / _MARK).touch()
        yield path
