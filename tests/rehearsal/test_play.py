"""Whole plays of a small pipeline with the real CDK command line; only the synthesis is left out."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from rehearsal.programs import Programs
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.processes import at_work_in, left_of
from tests.rehearsal.small_pipeline import SCRIPT_BUCKET, write_assembly, write_checkout


def page_of(build: Path) -> dict[str, Any]:
    """What report.html shows."""
    found = re.search(r'id="data">(.*?)</script>', (build / "report.html").read_text(), re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


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
    assert "Watch it at http://127.0.0.1:" in said
    assert "DeployProd-Jobs: first deployment: adds 1 Glue job (prod-Job), 1 IAM role" in said
    assert f"{tmp_path / 'build/report.html'} and report.json" in said
    page = page_of(tmp_path / "build")
    assert page["rehearsal"]["state"] == "Succeeded"
    assert [stage["state"] for stage in page["pipeline"]["stages"]] == ["Succeeded"] * 3
    assert page["runs"][0]["job"] == "dev-Job"
    assert "hello from dev" in page["logs"][page["runs"][0]["log"]]
    assert page["approvals"][0]["changes"][0]["first"]
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
    page = page_of(tmp_path / "build")
    assert page["rehearsal"]["state"] == "Failed"
    assert [stage["state"] for stage in page["pipeline"]["stages"]] == ["Succeeded", "Failed", "NotStarted"]
    assert "line 3, in <module>" in page["logs"][page["runs"][0]["log"]]
    assert str(tmp_path) not in json.dumps(page)


def test_an_interrupted_rehearsal_leaves_no_process_behind(play, tmp_path: Path):
    process = play(dev="import time; time.sleep(99)", prod="print()")
    assert process.stdout
    for line in process.stdout:
        if "IntegrationTest-dev" in line:
            break
    runs = tmp_path / "build/runs"
    while not list(runs.glob("*/arguments.json")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert not left_of(at_work_in(tmp_path))
    assert json.loads((tmp_path / "build/report.json").read_text())["pipeline"][-1]["state"] == "Failed"
    page = page_of(tmp_path / "build")
    assert page["rehearsal"]["state"] == "Stopped"
    assert page["pipeline"]["stages"][1]["actions"][1]["state"] == "Stopped"
    assert page["runs"][0]["state"] == "STOPPED"


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
