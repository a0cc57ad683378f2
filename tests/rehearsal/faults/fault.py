"""A seeded fault: what it is, where it shows, what is said of it, what AWS does, and where AWS documents that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

DOCS = "https://docs.aws.amazon.com/"

CLOUDFORMATION = "AWSCloudFormation/latest/UserGuide/"
CODEBUILD = "codebuild/latest/userguide/"
CODEPIPELINE = "codepipeline/latest/userguide/"
GLUE = "glue/latest/dg/"
IAM = "IAM/latest/UserGuide/"
CDK = "cdk/v2/guide/"
"""Guides: the first part of a fault's page."""


@dataclass(frozen=True)
class Fault:
    """A fault that a test seeds.

    Parameters
    ----------
    what
        The fault, as a row of README.md has it.
    where
        The stage or the action of the pipeline at which it shows.
    says
        What is said of it: texts in their order, with ``…`` between them.
    aws
        What AWS does.
    page
        Where AWS documents that: the address without DOCS.
    """

    what: str
    where: str
    says: str
    aws: str
    page: str

    def is_named_in(self, told: str) -> None:
        """Assert that what a user reads names the cause."""
        rest = told
        for text in self.says.split("…"):
            before, found, rest = rest.partition(text.strip())
            assert found, f"{self.what}: {text.strip()!r} is missing in {before[:2000]!r}"


def fault(what: str, *, where: str, says: str, aws: str, page: str) -> Callable[[Any], Any]:
    """Give a test the record of its one fault, as its argument ``fault``."""
    return faults({Fault(what, where, says, aws, page): ()})


def faults(cases: Mapping[Fault, Any], *names: str) -> Callable[[Any], Any]:
    """Make a test of each fault; what differs between them comes as further arguments with the given names."""

    def mark(test: Any) -> Any:
        test.faults = list(cases)
        values = [pytest.param(each, *_listed(more), id=each.what) for each, more in cases.items()]
        return pytest.mark.parametrize(("fault", *names), values)(test)

    return mark


def _listed(more: Any) -> tuple[Any, ...]:
    return more if isinstance(more, tuple) else (more,)
