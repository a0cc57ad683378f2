"""What the seeded faults share: the sample project's stage in an account of the test, and the public data it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsal.data import lay
from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.faults.sample_stage import SampleStage, Templates


@pytest.fixture(scope="session")
def data(cloud: LocalCloud) -> str:
    return lay(cloud, REGION, None)


@pytest.fixture(scope="session")
def stage_in(data: str, assembly: Path, templates: Templates) -> Callable[[Account], SampleStage]:
    return lambda account: SampleStage(account, assembly, templates)


@pytest.fixture
def stage(account: Account, stage_in: Callable[[Account], SampleStage]) -> SampleStage:
    return stage_in(account)
