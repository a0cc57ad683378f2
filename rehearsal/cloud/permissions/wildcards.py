"""``*`` and ``?`` as policies use them."""

from __future__ import annotations

import re
from functools import lru_cache


def like(pattern: str, text: str) -> bool:
    """Say whether a text is what a pattern with ``*`` and ``?`` stands for; ``*`` also stands for slashes and colons.

    Examples
    --------
    >>> like("arn:aws:s3:::lake/bronze/*", "arn:aws:s3:::lake/bronze/a/b")
    True
    """
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.DOTALL)
