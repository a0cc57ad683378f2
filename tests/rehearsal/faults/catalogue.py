"""The faults of this suite, read from their tests, as the table of README.md.

``python -m tests.rehearsal.faults.catalogue`` writes the table anew.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

from tests.rehearsal.faults.fault import DOCS, Fault

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
_BEGIN = "<!-- the table below is written by catalogue.py -->\n"


def modules() -> Iterator[tuple[str, Any]]:
    """Yield the suite's test modules by their names."""
    for path in sorted(FOLDER.glob("test_*.py")):
        if path.stem != "test_catalogue":
            yield path.stem, importlib.import_module(f"tests.rehearsal.faults.{path.stem}")


def tests_of(module: Any) -> Iterator[tuple[FunctionType, list[Fault]]]:
    """Yield the tests of a module with their faults; a test without a fault has none."""
    for name, test in vars(module).items():
        if name.startswith("test_") and inspect.isfunction(test) and test.__module__ == module.__name__:
            yield test, getattr(test, "faults", [])


def table() -> str:
    """Return the table: what, where it shows, what AWS does, by the module that seeds it."""
    lines = []
    for _, module in modules():
        found = [each for _, faults in tests_of(module) for each in faults]
        told = (module.__doc__ or "").partition("\n")[0]
        lines += ["", f"## {told.rstrip('.')}", "", "| fault | shows at | AWS | documented |", "|---|---|---|---|"]
        for each in found:
            cells = [each.what, each.where, each.aws, f"[page]({DOCS}{each.page})"]
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def readme() -> str:
    """Return README.md as it should be: its own words, then the table."""
    return README.read_text(encoding="utf-8").partition(_BEGIN)[0] + _BEGIN + table()


if __name__ == "__main__":
    README.write_text(readme(), encoding="utf-8")
