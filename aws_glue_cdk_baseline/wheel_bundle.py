"""The wheels of a requirements file in one archive, for jobs in networks without a package index.

Glue 5.0 and later install from such an archive: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
"""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from aws_glue_cdk_baseline.catalog import ROOT
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, shown_path
from aws_glue_cdk_baseline.requirements_file import examine_requirements, normalized
from aws_glue_cdk_baseline.wheel import archive

BUNDLES = ROOT / "build" / "requirements"
SUFFIX = ".gluewheels.zip"  # by which Glue knows the archive
_PYTHON = {"5.0": "3.11", "5.1": "3.11", "6.0": "3.13"}
# Amazon Linux 2023 has glibc 2.34: https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(34, 16, -1)] + ["manylinux2014_x86_64"]
_PATIENCE = 600  # seconds

# what pip says in hash-checking mode, by what it means
_NAME = r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)"
_UNPINNED = re.compile(rf"^ +{_NAME}\S* from .*\(from (?P<by>[A-Za-z0-9._-]+)==", re.MULTILINE)
_WITHOUT_HASH = re.compile(rf"^ +{_NAME}==(?P<version>\S+) --hash=", re.MULTILINE)
_OTHER_HASH = re.compile(rf"^ +{_NAME}==.*\n +Expected .*\n +Got +(?P<got>[0-9a-f]+)", re.MULTILINE)
_NOT_FOUND = re.compile(rf"No matching distribution found for {_NAME}(?P<pin>\S*)")
_ADD = "add it, pinned and with its hashes"


def bundle_wheels(requirements: Path, glue_version: str, cache: Path = BUNDLES) -> Path:
    """Download the wheels of a requirements file for Glue's Python and platform, whatever machine this is.

    What was downloaded once is taken from the cache, by the content of the file: hashes say which wheels those are.

    Parameters
    ----------
    requirements
        A requirements file without mistakes.
    glue_version
        The version of Glue, 5.0 or later.
    cache
        Where archives are kept.

    Returns
    -------
    Path
        The archive, the same bytes wherever it is made.

    Raises
    ------
    InvalidFilesError
        If a wheel cannot be had: no index, no such version, another hash, no wheel for Linux, a package that another
        needs and that the file does not list.
    """
    python, text = _PYTHON[glue_version], requirements.read_bytes()
    key = hashlib.sha256(b"\n".join([text, python.encode(), *map(str.encode, _PLATFORMS)])).hexdigest()
    path = cache / f"{key}{SUFFIX}"
    if path.is_file():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    sys.stderr.write(
        f"Downloading the wheels of {shown_path(requirements)} for Glue {glue_version} (Python {python})\n"
    )
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        _download(requirements, python, Path(folder))
        wheels = {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in sorted(Path(folder).glob("*.whl"))}
    made = cache / f"{key}.{os.getpid()}"
    made.write_bytes(archive({"wheels/requirements.txt": text, **wheels}))
    made.replace(path)  # whole or not at all
    return path


def _download(requirements: Path, python: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary=:all:", "--require-hashes", "--implementation=cp", f"--python-version={python}"]
    command += [f"--abi=cp{python.replace('.', '')}", *(f"--platform={platform}" for platform in _PLATFORMS)]
    command += [f"--dest={folder}", "--requirement", str(requirements)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        text = f"pip did not download its wheels within {_PATIENCE} seconds"
        raise InvalidFilesError([Problem(shown_path(requirements), 0, text)]) from None
    if ended.returncode != 0:
        platform = f"Python {python} on Linux (x86_64)"
        raise InvalidFilesError([_problem(requirements, platform, ended.stderr)])


def _problem(requirements: Path, platform: str, told: str) -> Problem:
    """Say in the words of the file what pip has told."""
    lines = {one.name: one.line for one in examine_requirements(requirements)[0]}
    errors = "\n".join(line for line in told.splitlines() if not line.lstrip().startswith("WARNING:"))
    about, text = "", f"pip found no wheels for {platform}: {' '.join(errors.replace('ERROR: ', '').split())}"
    if found := _UNPINNED.search(errors):
        about, text = found["by"], f"{found['by']} needs {found['name']}, which the file does not list: {_ADD}"
    elif found := _WITHOUT_HASH.search(errors):
        text = (
            f"{found['name']}=={found['version']} is needed by another package, and the file does not list it: {_ADD}"
        )
    elif found := _OTHER_HASH.search(errors):
        about, text = (
            found["name"],
            f"the wheel of {found['name']} has another hash than the file gives: {found['got']}",
        )
    elif found := _NOT_FOUND.search(errors):
        about, text = found["name"], f"there is no wheel of {found['name']}{found['pin']} for {platform}"
    return Problem(shown_path(requirements), lines.get(normalized(about), 0), text)
