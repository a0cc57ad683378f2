"""Calls the integration test as the pipeline does: ``pytest tests/integ`` in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.integ.scripted_glue import REGION, ScriptedGlue

ROOT = Path(__file__).parents[3]
STAGE_TEST = "test_the_stage_has_jobs_to_test"


@dataclass
class Called:
    """What a call of the integration test came to: ``failures`` and ``skips`` by test, from its JUnit XML."""

    exit_code: int
    output: str
    passed: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    skips: dict[str, str] = field(default_factory=dict)


class IntegrationTest:
    """Calls ``pytest tests/integ`` in a process of its own."""

    def __init__(self, glue: ScriptedGlue, folder: Path) -> None:
        self._glue, self._junit = glue, folder / "integ.xml"
        self._processes: list[subprocess.Popen[str]] = []
        self.catalog: Mapping[str, Mapping[str, object]] = {}
        self.environment: dict[str, str] = {
            "AWS_ENDPOINT_URL": glue.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def start(self, *arguments: str, **options: str) -> subprocess.Popen[str]:
        """Start it; ``options`` replace those of a right call, by name, and an empty one leaves it out."""
        account = self._glue.account
        right = {"account": account, "region": REGION, "stage_name": "DeployDev"}
        right["sts_role_arn"] = f"arn:aws:iam::{account}:role/DeployDev-IntegrationTest-TestRole"
        given = [f"--{name.replace('_', '-')}={value}" for name, value in (right | options).items() if value]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
        environment |= self.environment | {
            "CATALOG_OF_TEST": json.dumps(self.catalog),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "INTEG_POLL_SECONDS": "0.02",
            "COLUMNS": "200",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # it needs none, and hypothesis takes longer than the whole test
        }
        own = ["-p", "tests.unit.integ.called_plugin", "-p", "no:cacheprovider", f"--junitxml={self._junit}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "tests/integ", *own, *given, *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._processes.append(process)
        return process

    def end(self, process: subprocess.Popen[str]) -> Called:
        """Wait for its end and read its report."""
        try:
            output, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            pytest.fail(f"the integration test did not end:\n{output}")
        called = Called(process.returncode, output)
        for case in ElementTree.parse(self._junit).iter("testcase") if self._junit.exists() else ():
            name = re.sub(r"test_(glue_job|workflow)\[(.*)]", r"\2", case.get("name", "interrupted"))
            if (failure := case.find("failure")) is not None:
                called.failures[name] = failure.text or ""
            elif (skip := case.find("skipped")) is not None:
                called.skips[name] = skip.attrib["message"]
            else:
                called.passed.add(name)
        return called

    def __call__(self, *arguments: str, **options: str) -> Called:
        """Call it and wait for its end."""
        return self.end(self.start(*arguments, **options))

    def clean_up(self) -> None:
        """Let no process outlive a test that failed."""
        for process in self._processes:
            process.kill()
            process.wait()
