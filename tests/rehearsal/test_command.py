"""The command line: what it refuses before it starts, and the approval."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from rehearsal.__main__ import main
from rehearsal.build_folder import build_folder
from rehearsal.terminal import Terminal
from tests.rehearsal.conftest import ROOT


def refused(capsys, *arguments: str) -> str:
    assert main(list(arguments)) == 1
    return str(capsys.readouterr().out)


def test_a_wrong_data_folder_is_refused_before_anything_starts(capsys, tmp_path: Path):
    said = refused(capsys, "--data", str(tmp_path / "none"), "--build", str(tmp_path / "build"))
    assert said.startswith("error: the data folder")
    assert not (tmp_path / "build").exists()


def test_a_folder_with_something_else_in_it_is_not_emptied(capsys, tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("mine")
    assert "choose another folder" in refused(capsys, "--build", str(tmp_path))
    assert (tmp_path / "thesis.txt").exists()


def test_two_rehearsals_do_not_share_a_folder(capsys, tmp_path: Path):
    with build_folder(tmp_path / "b"):
        assert "another rehearsal works in" in refused(capsys, "--build", str(tmp_path / "b"))


def test_earlier_results_are_removed(tmp_path: Path):
    with build_folder(tmp_path / "b") as build:
        (build / "report.json").write_text("{}")
    with build_folder(tmp_path / "b") as build:
        assert not (build / "report.json").exists()


def test_an_unknown_answer_in_approve_is_refused_at_the_start(capsys, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("APPROVE", "perhaps")
    assert "neither yes nor no" in refused(capsys, "--build", str(tmp_path / "b"))


def test_a_long_step_shows_signs_of_life(monkeypatch):
    monkeypatch.setattr("rehearsal.terminal.HEARTBEAT_SECONDS", 0.05)
    stream = io.StringIO()
    with Terminal(stream).step("DeployDev", "Deploy") as step:
        step.note("DataLake")
        time.sleep(0.3)
        step.message = "2 stacks"
    lines = stream.getvalue().splitlines()
    assert any("DataLake" in line for line in lines[1:-1])
    assert "done in" in lines[-1]
    assert lines[-1].endswith("2 stacks")


def test_a_synth_that_fails_is_told_and_reported(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-m", "rehearsal", "--build", str(tmp_path / "b"), "--config", "no-such-config.yaml"],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "FAILED in Setup, action Synth" in ended.stdout
    assert "no-such-config.yaml" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    report = json.loads((tmp_path / "b/report.json").read_text())
    assert [(each["action"], each["state"]) for each in report["pipeline"]] == [
        ("LocalCloud", "Succeeded"),
        ("Synth", "Failed"),
    ]
