"""The page: its HTML, style and script in one file, for the server and for ``report.html``."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

_PARTS = Path(__file__).resolve().parent / "page"
_SCRIPTS = ("elements.js", "pipeline.js", "results.js", "live.js")


def live_page(token: str) -> tuple[str, str]:
    """Return the page that follows a rehearsal.

    Parameters
    ----------
    token
        What its requests carry when they change something.

    Returns
    -------
    tuple of str and str
        The HTML, and its Content-Security-Policy.
    """
    text, policy = _page(f'<meta name="token" content="{html.escape(token)}">', "null", connects="'self'")
    return text, f"{policy}; frame-ancestors 'none'"


def report_page(snapshot: dict[str, Any]) -> str:
    """Return the page that shows a snapshot for good, with nothing but itself.

    Parameters
    ----------
    snapshot
        The last one, with every output.
    """
    return _page("", _embedded(snapshot), connects="'none'")[0]


def write_report(path: Path, snapshot: dict[str, Any]) -> None:
    """Write the page that shows a snapshot for good; a reader sees a whole page or none.

    Parameters
    ----------
    path
        The file.
    snapshot
        The last one, with every output.
    """
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(report_page(snapshot), encoding="utf-8")
    os.replace(unfinished, path)


def _page(head: str, data: str, *, connects: str) -> tuple[str, str]:
    skeleton, style, script = _parts()
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; connect-src {connects}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": html.escape(policy), "head": head, "style": style, "script": script, "data": data}
    pieces = []
    for number, piece in enumerate(skeleton.split("%%")):  # not one replacement after the other: data may hold a mark
        pieces.append(parts[piece] if number % 2 else piece)
    return "".join(pieces), policy


def _embedded(value: dict[str, Any]) -> str:
    """Return JSON that ends no script element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _parts() -> tuple[str, str, str]:
    script = "".join((_PARTS / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    skeleton = (_PARTS / "page.html").read_text(encoding="utf-8")
    return skeleton, (_PARTS / "page.css").read_text(encoding="utf-8"), f'"use strict";\n(() => {{\n{script}}})();\n'
