"""The triggers of a pipeline: which pushes start it.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rehearsal.cloud.codecommit.repositories import Push, Repository

_MOST_FILES = 100
"""How many of the changed files CodePipeline looks at."""


@dataclass(frozen=True)
class Criteria:
    """Patterns that names are held to.

    Parameters
    ----------
    includes, excludes
        Patterns; what is excluded is so although it is included too. Without includes everything is.
    """

    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    def admits(self, name: str) -> bool:
        """Say whether a name is included and not excluded."""
        if any(_expression(pattern).fullmatch(name) for pattern in self.excludes):
            return False
        return not self.includes or any(_expression(pattern).fullmatch(name) for pattern in self.includes)


@dataclass(frozen=True)
class PushFilter:
    """Which pushes a trigger is for; all that is given must hold.

    Parameters
    ----------
    tags, branches
        What the names of the tags or branches are held to; None if the filter says nothing of them.
    paths
        What the changed files are held to: one that is admitted is enough.
    """

    tags: Criteria | None = None
    branches: Criteria | None = None
    paths: Criteria | None = None

    def wants(self, repository: Repository, push: Push) -> bool:
        """Say whether a push passes the filter."""
        if push.kind == "tag":
            return self.tags is not None and self.tags.admits(push.name)
        if self.tags is not None or (self.branches is not None and not self.branches.admits(push.name)):
            return False
        return self.paths is None or any(map(self.paths.admits, repository.changed_files(push)[:_MOST_FILES]))


@dataclass(frozen=True)
class Trigger:
    """A trigger of a source action of a connection.

    Parameters
    ----------
    action
        Name of the source action.
    pushes
        Its filters for pushes; one that a push passes is enough.
    filtered
        Whether there is any filter, also one for pull requests, which nobody opens here; without one every push to the
        branch of the action counts.
    """

    action: str
    pushes: tuple[PushFilter, ...] = ()
    filtered: bool = False

    def wants(self, repository: Repository, push: Push, branch: str) -> bool:
        """Say whether a push starts the pipeline.

        Parameters
        ----------
        repository, push
            What was pushed.
        branch
            The branch that the source action names.
        """
        if not self.filtered:
            return (push.kind, push.name) == ("branch", branch)
        return any(filter_.wants(repository, push) for filter_ in self.pushes)


def read_triggers(declared: Iterable[dict[str, Any]]) -> tuple[Trigger, ...]:
    """Read the triggers of a declaration.

    Parameters
    ----------
    declared
        The structure ``triggers`` of the API.
    """
    found = []
    for each in declared:
        given = each["gitConfiguration"]
        pushes = tuple(
            PushFilter(*(_criteria(filter_.get(name)) for name in ("tags", "branches", "filePaths")))
            for filter_ in given.get("push") or ()
        )
        found.append(Trigger(given["sourceActionName"], pushes, bool(pushes or given.get("pullRequest"))))
    return tuple(found)


def _criteria(given: dict[str, list[str]] | None) -> Criteria | None:
    if given is None:
        return None
    return Criteria(tuple(given.get("includes") or ()), tuple(given.get("excludes") or ()))


def _expression(pattern: str) -> re.Pattern[str]:
    """Return a glob pattern as a regular expression.

    ``*`` and ``?`` stay within a folder, ``**`` does not, ``{a,b}`` is either, ``[ab]`` one of the letters:
    https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
    """
    found, depth = "", 0
    for part in re.findall(r"\*\*|\[!?[^\]]+\]|.", pattern, re.DOTALL):
        if part == "{":
            found, depth = found + "(?:", depth + 1
        elif part == "}" and depth:
            found, depth = found + ")", depth - 1
        elif part == "," and depth:
            found += "|"
        elif len(part) > 1 and part[0] == "[":
            found += part.replace("[!", "[^", 1)
        else:
            found += {"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part)
    return re.compile(found + ")" * depth, re.DOTALL)
