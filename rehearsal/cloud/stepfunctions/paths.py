"""Values that JSONPath selects: one where a path can only mean one, a list where it can mean several.

moto gives a list for ``$[1].JobRunState`` too, which no Choice then finds equal to a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import ModuleType
from typing import Any

from jsonpath_ng.ext.parser import parse
from moto.stepfunctions.parser.asl.utils.json_path import NoSuchJsonPathError

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_DASHED = re.compile(r"\.(-[\w-]*|[A-Za-z_]\w*-[\w-]*)")
_SEVERAL = re.compile(r"\.\.|\*|\?|\[[^\]]*[:,][^\]]*\]")
"""What makes a path mean several: a deep scan, a wildcard, a filter, a slice or a union."""


def install(modules: Iterable[ModuleType]) -> None:
    """Give the modules of moto that read paths our reading.

    Parameters
    ----------
    modules
        The modules of moto's interpreter.
    """
    for module in modules:
        if hasattr(module, "extract_json"):
            module.extract_json = extract  # type: ignore[attr-defined]


def extract(path: str, data: Any) -> Any:
    """Return what a path selects.

    Parameters
    ----------
    path
        For example ``$.tables[0]``.
    data
        From what.

    Raises
    ------
    NoSuchJsonPathError
        If a path that means one value finds none.

    Examples
    --------
    >>> extract("$[1].a", [{"a": 1}, {"a": 2}])
    2
    >>> extract("$[*].a", [{"a": 1}])
    [1]
    """
    found = [match.value for match in parsed(path).find(data)]
    if _SEVERAL.search(_QUOTED.sub("", path)):
        return found
    if not found:
        raise NoSuchJsonPathError(json_path=path, data=data)
    return found[0]


@lru_cache(maxsize=1024)
def parsed(path: str) -> Any:
    """Return a path as jsonpath_ng has it.

    Parameters
    ----------
    path
        For example ``$.Arguments.--table``, where dashes are a part of the name: jsonpath_ng would subtract.

    Raises
    ------
    jsonpath_ng.exceptions.JSONPathError
        If it is none.
    """
    return parse(path if any(sign in path for sign in "'\"?") else _DASHED.sub(r"['\1']", path))
