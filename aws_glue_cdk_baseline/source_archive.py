"""The archive that seeds the CodeCommit repository: what git would commit, byte-identical from clone to clone."""

import stat
import subprocess
import tempfile
import zipfile
from pathlib import Path

from aws_glue_cdk_baseline.errors import BaselineError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def write_source_archive(root: Path, archive: Path) -> None:
    """Zip the files below `root` that no .gitignore excludes.

    The same files give the same bytes: sorted, without times, modes reduced to executable or not, stored uncompressed
    (compressors differ between machines). It works in a checkout and in a build's copy without `.git`.

    Raises
    ------
    BaselineError
        If git is not there to read the .gitignore files.
    """
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for name in _files(root):
            path = root / name
            if not path.is_file():
                continue  # a link to a folder, or to nothing
            executable = path.stat().st_mode & stat.S_IXUSR
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, so that the mode counts
            entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            target.writestr(entry, path.read_bytes())


def _files(root: Path) -> list[str]:
    """List what an empty repository in `root` would take as new files."""
    with tempfile.TemporaryDirectory() as empty:
        git = ["git", "-c", "core.excludesFile=", f"--git-dir={empty}", f"--work-tree={root}"]
        try:
            subprocess.run([*git, "init", "--quiet"], check=True, capture_output=True)
            listing = subprocess.run(
                [*git, "ls-files", "--others", "--exclude-standard", "-z"], check=True, capture_output=True, cwd=root
            )
        except (OSError, subprocess.CalledProcessError) as error:
            detail = getattr(error, "stderr", b"").decode(errors="replace").strip() or error
            raise BaselineError(f"git is needed to list the files that seed the repository: {detail}") from None
    return sorted(name for name in listing.stdout.decode().split("\0") if name and not name.startswith(".git/"))
