"""Malformed configs and catalogs: `make validate` and `cdk synth` refuse each with file, line and remedy.

A folder of `malformed/` is a sample: files that are laid over a copy of config and catalog, and `expected.txt`: what is
said of them. Only the copies for samples called `workflow-...` have workflows.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

import app
import aws_glue_cdk_baseline.__main__ as command_line
from aws_glue_cdk_baseline.catalog import ROOT
from aws_glue_cdk_baseline.checks import check
from tests.conftest import SAMPLE
from tests.unit.checkout import CONFIG, Checkout

SAMPLES = sorted(folder for folder in (Path(__file__).parent / "malformed").iterdir() if folder.is_dir())
EXPECTED = "expected.txt"


@pytest.fixture(params=SAMPLES, ids=lambda folder: folder.name)
def sample(request, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lay a sample over the copy, which the entry points then read; returns what they should say."""
    lay_over(checkout, request.param)
    for entry_point in (command_line, app):
        monkeypatch.setattr(entry_point, "check", functools.partial(check, job_scripts=checkout.job_scripts))
    return expected(request.param)


def expected(folder: Path) -> str:
    return (folder / EXPECTED).read_text(encoding="utf-8")


def lay_over(checkout: Checkout, folder: Path) -> None:
    if not folder.name.startswith("workflow-"):  # whose jobs the other samples' configs leave out
        checkout.path("workflows.yaml").unlink()
    for file in (file for file in folder.rglob("*") if file.is_file() and file.name != EXPECTED):
        name = file.relative_to(folder)
        target = checkout.folder / CONFIG if name.name == CONFIG else checkout.job_scripts.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    checkout.write("loading/load_orders.py", "print('the job of the samples')\n")


def test_there_are_at_least_twenty():
    assert len(SAMPLES) >= 20


def test_every_sample_says_file_and_line():
    for folder in SAMPLES:
        *problems, count = expected(folder).splitlines()
        assert count == f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found"
        folder_as_a_whole = "is not a layer"  # has no line
        assert all(re.match(r"[\w./-]+:\d+: ", one) or folder_as_a_whole in one for one in problems), folder.name


def test_validate_refuses_it(sample: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        command_line.main(["validate"])
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", sample)


def test_synth_refuses_it(sample: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(app, "ROOT", checkout.folder)
    cdk_app = cdk.App(outdir=str(checkout.folder / "cdk.out"))
    monkeypatch.setattr("aws_cdk.App", lambda: cdk_app)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert str(ended.value.code).strip() == sample.strip()


@pytest.mark.parametrize("name", ["several-mistakes", "config-with-an-endless-alias", "catalog-flex-with-retries"])
def test_the_programs_themselves_end_without_a_traceback(tmp_path: Path, name: str):
    ignored = shutil.ignore_patterns("__pycache__", "job_scripts")
    shutil.copytree(ROOT / "aws_glue_cdk_baseline", tmp_path / "aws_glue_cdk_baseline", ignore=ignored)
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    shutil.copy(ROOT / "app.py", tmp_path / "app.py")
    (tmp_path / CONFIG).rename(tmp_path / "other.yaml")
    folder = ROOT / "tests/unit/malformed" / name
    lay_over(Checkout(tmp_path), folder)
    config = CONFIG if (tmp_path / CONFIG).exists() else "other.yaml"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"CDK_CONTEXT_JSON": json.dumps({"config": config}), "CDK_OUTDIR": str(tmp_path / "cdk.out")}
    for program in (["app.py"], ["-m", "aws_glue_cdk_baseline", "validate", "--config", config]):
        ended = subprocess.run(
            [sys.executable, *program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        assert ended.stderr.strip() == expected(folder).strip()
        assert ended.stdout == ""
        assert not (tmp_path / "cdk.out" / "manifest.json").exists()
