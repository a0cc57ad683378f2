"""Tiny wheels for tests: packages of one module, as an index would hold them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from pathlib import Path

ANYWHERE = "py3-none-any"


def make_wheel(folder: Path, name: str, version: str = "1.0", needs: Iterable[str] = (), tag: str = ANYWHERE) -> Path:
    """Make a wheel whose one module of the same name says its VERSION."""
    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", *(f"Requires-Dist: {n}\n" for n in needs)]
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": "".join(metadata),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def hash_of(path: Path) -> str:
    """The option by which a requirements file pins a file's content."""
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def required(wheel: Path) -> str:
    """A line of a requirements file for a wheel."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} {hash_of(wheel)}\n"
