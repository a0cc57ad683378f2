"""What stands in for databases that this machine cannot reach: told by the rehearsal, heeded by the local cloud."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

NOT_REHEARSED = "Not rehearsed: "
"""What the error message of a run begins with that was left out: on AWS it would have run."""

_cloud: list[Path] = []


@dataclass
class StandIns:
    """Databases of this machine in the place of those that connections name.

    Parameters
    ----------
    places
        ``host:port`` of what stands in, by the ``host:port`` that connections name.
    absent
        Why nothing stands in, by ``host:port``: jobs with such a connection are left out, and said to be.
    secrets
        What the owner of an empty secret would put into it, by ``account/region/name``.
    """

    places: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def write(self, folder: Path) -> None:
        """Tell a local cloud, at once and for nobody else to read.

        Parameters
        ----------
        folder
            The local cloud's.
        """
        unfinished = folder / "stand-ins.unfinished"
        descriptor = os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(self), file)
        os.replace(unfinished, folder / "stand-ins.json")


def listen_in(folder: Path) -> None:
    """Say where this process, a local cloud, is told what stands in."""
    _cloud[:] = [folder]


def told() -> StandIns:
    """Return what this local cloud was told last; nothing, if nobody told it anything."""
    try:
        return StandIns(**json.loads((_cloud[0] / "stand-ins.json").read_text()))
    except FileNotFoundError:
        return StandIns()
