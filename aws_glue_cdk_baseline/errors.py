"""What is wrong with a user's files: each finding with its place, all of them in one error without a traceback."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

_LONGEST_MESSAGE = 600  # characters; a longer one loses its middle, which is the offending text
_MOST_NAMES = 20


class BaselineError(Exception):
    """Base of every error that a user of the template can mend; entry points show it without a traceback."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in one file.

    Parameters
    ----------
    file
        The file as the user knows it.
    line
        Line number from 1, or 0 when the problem is the file as a whole.
    message
        What was found and what would be right.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        message = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in self.message)
        if len(message) > _LONGEST_MESSAGE:
            half = _LONGEST_MESSAGE // 2
            message = f"{message[:half]} ... {message[-half:]}"
        return f"{self.file}:{self.line}: {message}" if self.line else f"{self.file}: {message}"


class InvalidFilesError(BaselineError):
    """The config or the catalog has mistakes; all of them, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        super().__init__("\n".join([*(str(problem) for problem in self.problems), count + " found"]))


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or which names there are.

    Returns
    -------
    str
        `` (did you mean 'x'?)``, or a list of the known names if none is near.
    """
    names = sorted(known)
    by_lower_case = {candidate.lower(): candidate for candidate in names}
    close = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    if close:
        return f" (did you mean '{by_lower_case[close[0]]}'?)"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f" (known: {', '.join(names[:_MOST_NAMES])}{more})" if names else ""


def shown_path(path: Path) -> str:
    """Return the path relative to the working folder where it lies below it."""
    try:
        return str(Path(os.path.realpath(path)).relative_to(Path.cwd()))  # unlike resolve() it bears circular links
    except ValueError:
        return str(path)
