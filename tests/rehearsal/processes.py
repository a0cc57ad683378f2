"""Are processes still there?  A zombie that nobody reaped yet is not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def left_of(processes: Iterable[int], seconds: float = 10) -> list[int]:
    """Return which of the processes are still there after a while."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [process for process in left if alive(process)]
    return left


def at_work_in(folder: Path) -> list[int]:
    """Return the processes that have a folder in their command, their environment, or as their working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            said = [(entry / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")]
            place = os.readlink(entry / "cwd")
        except OSError:
            continue
        if any(str(folder) in text for text in (*said, place)):
            found.append(int(entry.name))
    return found
