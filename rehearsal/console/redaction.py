"""Takes out of a text what belongs to this machine only: where things lie, and credentials of the local cloud."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_KEY = re.compile(r"\b[AL][KS]IA[A-Z0-9]{12,}\b")
_SECRET = re.compile(
    r"""((?:aws_?)?(?:secret_?access_?key|session_?token|security_?token)["']?\s*[:=]\s*["']?)[^\s"',}]+""",
    re.IGNORECASE,
)
_MASK = "***"


class Redaction:
    """Replaces paths of this machine and credentials.

    Parameters
    ----------
    root
        The repository: what is in it is shown relative to it.
    build
        The rehearsal's folder.
    """

    def __init__(self, root: Path, build: Path) -> None:
        places = {
            build.resolve(): "build/rehearsal",
            root.resolve(): ".",
            Path(sys.prefix): "<python>",
            Path(sys.base_prefix): "<python>",
            Path.home(): "~",
            Path(tempfile.gettempdir()).resolve(): "<tmp>",
        }
        # a path that is part of another one comes after it; the root folder itself would be part of all
        longest = sorted((str(path) for path in places if len(path.parts) > 1), key=len, reverse=True)
        self._labels = {path: places[Path(path)] for path in longest}
        self._paths = re.compile("|".join(rf"{re.escape(path)}(?![\w.-])" for path in longest) or r"(?!)")
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """Hide a text wherever it stands from now on; very short ones would hide too much."""
        if len(secret) >= 6:
            self._secrets.add(secret)

    def text(self, text: str) -> str:
        """Return a text without what is to be hidden."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        text = self._paths.sub(lambda found: self._labels[found[0]], text)
        return _SECRET.sub(rf"\1{_MASK}", _KEY.sub(_MASK, text))

    def all(self, value: Any) -> Any:
        """Return a value of JSON with all of its texts redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.all(part) for name, part in value.items()}
        return [self.all(part) for part in value] if isinstance(value, list | tuple) else value
