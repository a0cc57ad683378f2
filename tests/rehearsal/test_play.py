"""Whole plays of a small pipeline with the real CDK command line; only the synthesis is left out."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rehearsal.programs import Programs
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.processes import left_of
from tests.rehearsal.small_pipeline import SCRIPT_BUCKET, write_assembly, write_checkout

BROKEN = "import sys\nprint('so far so good')\nraise KeyError('no such column')"

COMMAND = """
import pathlib, shutil, sys
from rehearsal import __main__, cdk
cdk.Cdk.synth = lambda self, step, config: shutil.copytree(sys.argv[1], self.assembly)
__main__.ROOT = pathlib.Path(sys.argv[2])
sys.exit(__main__.main(sys.argv[3:]))
"""


@pytest.fixture
def play(tmp_path: Path):
    """Start a rehearsal of a pipeline whose stages run the given scripts."""

    def start(**scripts: str) -> subprocess.Popen[str]:
        data = tmp_path / "data" / SCRIPT_BUCKET
        data.mkdir(parents=True)
        for word, script in scripts.items():
            (data / f"{word}.py").write_text(script)
        keys = {word: f"{word}.py" for word in scripts}
        written: list[str | Path] = [
            write_assembly(tmp_path / "assembly", keys),
            write_checkout(tmp_path / "checkout", keys),
        ]
        written += ["--build", tmp_path / "build", "--data", tmp_path / "data"]
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, *written],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def test_a_pipeline_is_played_to_its_end(play, tmp_path: Path):
    process = play(dev="print('hello from dev')", prod="print('hello from prod')")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    report = json.loads((tmp_path / "build/report.json").read_text())
    played = [(each["stage"], each["action"]) for each in report["pipeline"]]
    assert played == [
        ("Setup", "LocalCloud"),
        ("Setup", "Synth"),
        ("Setup", "Bootstrap"),
        ("Setup", "Data"),
        ("Setup", "Source"),
        ("Setup", "PipelineStack"),
        ("Source", "Read"),
        ("DeployDev", "Jobs.Deploy"),
        ("DeployDev", "IntegrationTest-dev"),
        ("DeployProd", "Approve-prod"),
        ("DeployProd", "Jobs.Deploy"),
        ("DeployProd", "RunJobs"),
    ]
    assert {each["state"] for each in report["pipeline"]} == {"Succeeded"}
    assert [(run["stage"], run["job"], run["state"]) for run in report["runs"]] == [
        ("dev", "dev-Job", "SUCCEEDED"),
        ("prod", "prod-Job", "SUCCEEDED"),
    ]
    kept = tmp_path / f"build/runs/dev-Job-{report['runs'][0]['run_id']}"
    assert (kept / "stdout").read_text() == "hello from dev\n"
    assert "there is no terminal to ask on" in said
    assert "This rehearsal does not cover:" in said


def test_a_failing_job_stops_the_pipeline_and_shows_its_own_error(play, tmp_path: Path):
    process = play(dev=BROKEN, prod="print()")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1, said
    report = json.loads((tmp_path / "build/report.json").read_text())
    last = report["pipeline"][-1]
    assert (last["stage"], last["action"], last["state"]) == ("DeployDev", "IntegrationTest-dev", "Failed")
    assert report["runs"][0]["error"] == "KeyError: 'no such column'"
    assert "FAILED in DeployDev, action IntegrationTest-dev" in said
    assert "dev-Job FAILED: KeyError: 'no such column'" in said
    assert "line 3, in <module>" in said
    assert f"dev-Job-{report['runs'][0]['run_id']}" in said


def test_programs_end_with_the_programs_that_they_started(tmp_path: Path):
    programs = Programs()
    heard: list[str] = []
    command = [
        sys.executable,
        "-c",
        "import subprocess; p = subprocess.Popen(['sleep', '99']); print(p.pid, flush=True); p.wait()",
    ]
    running = threading.Thread(
        target=programs.run,
        args=(command,),
        kwargs={"log": tmp_path / "log", "environment": {}, "folder": tmp_path, "on_line": heard.append},
    )
    running.start()
    while not heard:
        time.sleep(0.02)
    programs.end_all()
    running.join(10)
    assert not running.is_alive()
    assert not left_of([int(heard[0])], seconds=2)
    with pytest.raises(KeyboardInterrupt):
        programs.run(command, log=tmp_path / "log", environment={}, folder=tmp_path, on_line=heard.append)
