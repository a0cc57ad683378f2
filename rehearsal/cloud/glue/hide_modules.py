"""The ``sitecustomize`` of a Spark run's processes: hides the modules that only this machine's environment has.

It stands alone, as `launch` does. A module that the run has asked for is found where it was installed.
"""

import json
import os
import sys
import sysconfig
from importlib.machinery import ModuleSpec, PathFinder


class Hider:
    """Refuses hidden modules, unless they are somewhere else than in this machine's environment."""

    def __init__(self, hidden: "set[str]", environment: "set[str]") -> None:
        self._hidden = hidden
        self._environment = environment

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """Find a top-level module; what is below one is where the module is."""
        if name not in self._hidden:
            return None
        elsewhere = [one for one in sys.path if os.path.realpath(one) not in self._environment]
        spec = PathFinder.find_spec(name, elsewhere)
        if spec is None:
            told = f"No module named {name!r} (Glue has it not: list it in the job's Requirements)"
            raise ModuleNotFoundError(told, name=name)
        return spec


def install(folder: str) -> None:
    """Hide what the list in a folder names."""
    with open(os.path.join(folder, "hidden.json"), encoding="utf-8") as file:
        hidden = set(json.load(file))
    environment = {os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    sys.meta_path.insert(0, Hider(hidden, environment))


if __name__ == "sitecustomize":
    install(os.path.dirname(__file__))
