"""A rehearsal that is ended at any moment, in whatever way, leaves no process and no port behind."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.conftest import ROOT
from tests.rehearsal.processes import at_work_in, left_of
from tests.rehearsal.small_pipeline import GOOD, SCRIPT_BUCKET, write_assembly, write_checkout
from tests.rehearsal.test_play import COMMAND

WITHOUT_ASSEMBLY = "cdk.Cdk.synth = "
SLOW = "import time; time.sleep(99)"

Started = subprocess.Popen[bytes]


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Started]:
    """Start a rehearsal of a small pipeline in a folder of its own; returns before it has done anything."""

    def started(name: str = "one", dev: str = GOOD, synth: bool = False, **options: Any) -> Started:
        folder = tmp_path / name
        scripts = {"dev": dev, "prod": GOOD}
        keys = {word: f"{word}.py" for word in scripts}
        data = folder / "data" / SCRIPT_BUCKET
        data.mkdir(parents=True)
        for word, script in scripts.items():
            (data / keys[word]).write_text(script)
        command = "\n".join(line for line in COMMAND.splitlines() if not (synth and line.startswith(WITHOUT_ASSEMBLY)))
        written: list[str | Path] = [
            write_assembly(folder / "assembly", keys),
            write_checkout(folder / "checkout", keys),
        ]
        app = {"app": f"{sys.executable} -c '{SLOW}'"}
        (folder / "checkout/cdk.json").write_text(json.dumps(app))
        written += ["--build", folder / "build", "--data", folder / "data"]
        streams: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT,
            **options,
        }
        return subprocess.Popen([sys.executable, "-c", command, *written], cwd=ROOT, **streams)

    return started


def read_until(descriptor: int, text: str) -> str:
    said = b""
    while text.encode() not in said:
        read = os.read(descriptor, 4096)
        assert read, said.decode()
        said += read
    return said.decode()


def await_process(folder: Path, *words: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        commands = [command_of(process) for process in at_work_in(folder)]
        if any(all(word in command for word in words) for command in commands):
            return
        assert time.monotonic() < deadline, commands
        time.sleep(0.05)


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def assert_nothing_is_left(folder: Path, said: str) -> None:
    left = left_of(at_work_in(folder))
    assert not left, [command_of(process) for process in left]
    ports = ports_in(said)
    deadline = time.monotonic() + 10
    while any(map(is_served, ports)):
        assert time.monotonic() < deadline, "a port of the local cloud or of the page is still served"


def ports_in(said: str) -> set[int]:
    return set(map(int, re.findall(r"http://127\.0\.0\.1:(\d+)", said)))


def is_served(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("LocalCloud", ("rehearsal.cloud",)),
        ("Synth", ("-c", "time.sleep(99)")),
        ("Bootstrap", ("cdk", "bootstrap")),
    ],
)
def test_an_interrupted_set_up_leaves_nothing_behind(start, tmp_path: Path, moment: str, words: tuple[str, ...]):
    process = start(synth=moment == "Synth")
    said = read_until(process.stdout.fileno(), f"{moment}  ")
    await_process(tmp_path, *words)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=30)
    said += rest.decode()
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert_nothing_is_left(tmp_path, said)
    last = json.loads((tmp_path / "one/build/report.json").read_text())["pipeline"][-1]
    assert (last["action"], last["state"], last["message"]) == (moment, "Failed", "interrupted")


def test_what_a_killed_rehearsal_has_started_ends_by_itself(start, tmp_path: Path):
    process = start(dev=SLOW)
    said = read_until(process.stdout.fileno(), "IntegrationTest-dev")
    await_process(tmp_path, "launch.py")
    await_process(tmp_path, "run_the_job.py")
    process.kill()
    process.communicate(timeout=30)
    assert_nothing_is_left(tmp_path, said)


def test_what_a_killed_set_up_has_started_ends_by_itself(start, tmp_path: Path):
    process = start(synth=True)
    said = read_until(process.stdout.fileno(), "Synth  ")
    await_process(tmp_path, "-c", "time.sleep(99)")
    process.kill()
    process.communicate(timeout=30)
    assert_nothing_is_left(tmp_path, said)


def test_two_rehearsals_side_by_side_and_one_that_is_interrupted_at_its_approval(start, tmp_path: Path):
    ours, theirs = pty.openpty()
    asked = start("asked", stdin=theirs, stdout=theirs, stderr=theirs)
    others = [start("left"), start("right")]
    os.close(theirs)
    said = read_until(ours, "[y/N]")
    time.sleep(1)  # between the prompt and the reading, Python does not see a signal before the next key
    asked.send_signal(signal.SIGINT)
    assert asked.wait(30) == 130
    assert_nothing_is_left(tmp_path / "asked", said)
    ports = []
    for name, other in zip(("left", "right"), others, strict=True):
        said = other.communicate(timeout=180)[0].decode()
        assert other.returncode == 0, said
        ports.append(ports_in(said))
        runs = json.loads((tmp_path / name / "build/report.json").read_text())["runs"]
        assert [(run["job"], run["state"]) for run in runs] == [("dev-Job", "SUCCEEDED"), ("prod-Job", "SUCCEEDED")]
        assert_nothing_is_left(tmp_path / name, said)
    assert all(ports)
    assert not ports[0] & ports[1]
