"""Zip archives as the pipeline's services hand them on: files with their modes, packed and unpacked in memory."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

TIME_OF_FILES = 315_532_800
"""The time that unpacked files carry, 1980 in UTC: older than whatever was made from them."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(files: Iterable[tuple[str, Path]]) -> bytes:
    """Zip files.

    Parameters
    ----------
    files
        Names in the archive, and where the files are.

    Returns
    -------
    bytes
        The archive.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, so that the mode counts
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | stat.S_IMODE(path.stat().st_mode)) << 16
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack a zip into a folder, with the modes that its files carry and one time for all.

    Parameters
    ----------
    archive
        The zip.
    folder
        Where to; it is made if it is missing.

    Raises
    ------
    ValueError
        If it is no zip, or a name in it leads out of the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        opened = zipfile.ZipFile(io.BytesIO(archive))
    except zipfile.BadZipFile as error:
        raise ValueError("not a zip archive") from error
    with opened:
        for entry in opened.infolist():
            path = folder / entry.filename
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ValueError(f"{entry.filename} leads out of the archive")
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(opened.read(entry))
            path.chmod(stat.S_IMODE(entry.external_attr >> 16) or 0o644)
            os.utime(path, (TIME_OF_FILES, TIME_OF_FILES))
