"""One local cloud for all tests of the rehearsal; each test works in an account of its own."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
from tests.rehearsal.flowing import Workflows

ROOT = Path(__file__).resolve().parent.parent.parent

MINUTE_SECONDS = 1.5
"""What a minute of a job's timeout lasts in these tests."""

_accounts = itertools.count(200000000001)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    folder = tmp_path_factory.mktemp("cloud")
    archives = ROOT / "build" / "spark"
    skipped = ["make skipped"]
    with LocalCloud(folder, MINUTE_SECONDS, spark_archives=archives, skipped_commands=skipped) as cloud:
        yield cloud


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    return Account(cloud, str(next(_accounts)))


@pytest.fixture
def workflows(account: Account) -> Workflows:
    return Workflows(account)


@pytest.fixture
def assembly_of(tmp_path: Path) -> Any:
    """Write a cloud assembly of one stack, as the CDK would: the CLI then needs no app."""

    def write(stack: str, account: str, template: dict[str, Any]) -> Path:
        folder = tmp_path / "cdk.out"
        folder.mkdir(exist_ok=True)
        artifact = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/us-east-1",
            "properties": {"templateFile": f"{stack}.template.json"},
        }
        manifest = {"version": "38.0.0", "artifacts": {stack: artifact}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder / f"{stack}.template.json").write_text(json.dumps(template))
        return folder

    return write


@pytest.fixture
def times_of_access(tmp_path: Path) -> None:
    """Skip where the file system does not note when a file is read."""
    probe = tmp_path / "probe"
    probe.write_bytes(b"1")
    os.utime(probe, (1, 1000))
    probe.read_bytes()
    if probe.stat().st_atime == 1:
        pytest.skip("this file system keeps no times of access (noatime)")
