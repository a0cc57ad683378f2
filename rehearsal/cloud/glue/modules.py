"""The Python modules that a run asks for, installed by pip as Glue does it, into a folder for exactly these."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ARGUMENT = "--additional-python-modules"
OPTIONS = "--python-modules-installer-option"
FAILED = (
    "LAUNCH ERROR | Python Module Installer indicates modules that failed to install, check logs from the "
    "PythonModuleInstaller.Please refer logs for details."
)
"""What Glue says of a run whose modules pip could not install."""

_BUNDLE = ".gluewheels.zip"
_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[^]]*\])?==[^*]+")
_SECONDS = 600
_QUIET = ("--disable-pip-version-check", "--no-input", "--progress-bar=off")


class ModulesNotInstalledError(Exception):
    """Pip could not install what a run asks for."""


@dataclass(frozen=True)
class Modules:
    """What a run asks for.

    Parameters
    ----------
    items
        Packages by name, or wheels, archives of wheels and requirements files, as paths.
    options
        Options for pip: ``-r`` makes the items requirements files.
    """

    items: tuple[str | Path, ...]
    options: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        """Whether the same is installed whenever it is: files are what they are, names must be pinned."""
        return all(isinstance(item, Path) or _PINNED.fullmatch(item) for item in self.items)

    @property
    def key(self) -> str:
        """A name for what is installed, by its content."""
        content = hashlib.sha256(repr((sys.version_info[:2], sys.platform, self.options)).encode())
        for item in self.items:
            content.update(item.name.encode() + item.read_bytes() if isinstance(item, Path) else item.encode())
        return content.hexdigest()[:32]


def install_modules(modules: Modules, cache: Path, log: Path) -> Path:
    """Install modules, unless they were before.

    Parameters
    ----------
    modules
        What to install.
    cache
        The folder that keeps what was installed.
    log
        The file that gets pip's output.

    Returns
    -------
    Path
        A folder to import from.

    Raises
    ------
    ModulesNotInstalledError
        With pip's error.
    """
    folder = cache / modules.key
    with log.open("ab") as out:
        if folder.is_dir():
            out.write(b"PythonModuleInstaller: installed before, taken from the cache\n")
            return folder
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            target = Path(work) / "modules"
            for command in _commands(modules, Path(work)):
                _run([*command, "--target", str(target)], out.fileno())
            target.mkdir(exist_ok=True)
            try:
                target.rename(folder)  # whole or not at all
            except OSError:  # another run has installed the same meanwhile
                if not folder.is_dir():
                    raise
    return folder


def _commands(modules: Modules, work: Path) -> list[list[str]]:
    install = [sys.executable, "-m", "pip", "install", *_QUIET]
    options = [option for option in modules.options if option not in ("-r", "--requirement")]
    from_files = len(options) < len(modules.options)
    commands = []
    plain: list[str] = []
    for item in modules.items:
        if isinstance(item, Path) and item.name.endswith(_BUNDLE):
            commands.append([*install, *options, *_wheels_of(item, work)])
        elif from_files:
            plain += ["-r", str(item)]
        else:
            plain.append(str(item))
    return [*commands, *([[*install, *options, *plain]] if plain else [])]


def _wheels_of(bundle: Path, work: Path) -> Sequence[str]:
    """Return pip's arguments for an archive of wheels, unpacked."""
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        zipfile.ZipFile(bundle).extractall(folder)
    except zipfile.BadZipFile as error:
        raise ModulesNotInstalledError(f"{bundle.name} is no zip archive") from error
    wheels = folder / "wheels"
    listed = wheels / "requirements.txt"
    if listed.is_file():
        return ["--no-index", "--find-links", str(wheels), "-r", str(listed)]
    return ["--no-index", "--find-links", str(wheels), *map(str, sorted(wheels.glob("*.whl")))]


def _run(command: Sequence[str], out: int) -> None:
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ModulesNotInstalledError(f"pip did not end within {_SECONDS} seconds") from error
    if ended.returncode:
        told = ended.stderr.decode(errors="replace")
        errors = [line.removeprefix("ERROR: ") for line in told.splitlines() if line.startswith("ERROR: ")]
        raise ModulesNotInstalledError(" ".join(errors) or told.strip() or "pip failed")
