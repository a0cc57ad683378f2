"""The shared library of the job scripts as a wheel: its name carries its content, its bytes are the same everywhere.

Follows https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import io
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

_VERSION = "1.0"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive knows
_HASH_LENGTH = 16


@dataclass(frozen=True)
class Wheel:
    """A built wheel.

    Parameters
    ----------
    name
        Its file name. The build tag in it is the hash of what the library holds, so another content is another file.
    content_hash
        That hash.
    data
        Its bytes.
    """

    name: str
    content_hash: str
    data: bytes = field(repr=False)

    def write(self, folder: Path) -> Path:
        """Write it into a folder, unless it stands there already, and return its path."""
        path = folder / self.name
        if not path.is_file() or path.read_bytes() != self.data:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.data)
        return path


def build_wheel(folder: Path, distribution: str) -> Wheel:
    """Build a wheel of pure Python from the modules and packages in a folder.

    What Python and editors leave there (caches, hidden files) stays out. Times, order and permissions of the files do
    not matter, and nothing is compressed: two releases of zlib may compress the same bytes differently.

    Parameters
    ----------
    folder
        What is to be importable: its modules and packages become top-level ones.
    distribution
        The wheel's name, with underscores.
    """
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(_files(folder))}
    content = "".join(f"{name} {_digest(data)}\n" for name, data in files.items())
    content_hash = hashlib.sha256(content.encode()).hexdigest()[:_HASH_LENGTH]
    build = f"1_{content_hash}"  # a build tag begins with a digit
    info = f"{distribution}-{_VERSION}.dist-info"
    title = distribution.replace("_", "-")
    metadata = f"Metadata-Version: 2.1\nName: {title}\nVersion: {_VERSION}\nSummary: Shared code of the job scripts\n"
    tags = f"Wheel-Version: 1.0\nGenerator: {__name__}\nRoot-Is-Purelib: true\nTag: py3-none-any\nBuild: {build}\n"
    files |= {f"{info}/METADATA": metadata.encode(), f"{info}/WHEEL": tags.encode()}
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return Wheel(f"{distribution}-{_VERSION}-{build}-py3-none-any.whl", content_hash, archive(files))


def archive(files: dict[str, bytes]) -> bytes:
    """Return a zip archive of files by name, in that order, the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as made:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            made.writestr(entry, data)
    return packed.getvalue()


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix not in (".pyc", ".pyo")
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def _digest(data: bytes) -> str:
    """Return a hash as RECORD has it."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
