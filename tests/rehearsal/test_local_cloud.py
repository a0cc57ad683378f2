"""The life of a local cloud: it ends with its starter, takes its processes along, and keeps the developer out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlparse

import pytest

from rehearsal.environment import clean_environment
from rehearsal.errors import CloudStartError
from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.processes import left_of

STARTER = """
import os, sys, time
from pathlib import Path
from rehearsal.local_cloud import LocalCloud
from tests.rehearsal.acting import Account
with LocalCloud(Path(sys.argv[1])) as cloud:
    account = Account(cloud, "200000006666")
    job = account.make_job("x", "import os, time; print(os.getpid(), flush=True); time.sleep(99)")
    run = account.start(job)
    output = None
    while not (output and output.exists() and output.read_text()):
        output = next(iter(cloud.runs.glob("*/stdout")), None)
        time.sleep(0.05)
    print(cloud._process.pid, output.read_text().strip(), cloud.endpoint, flush=True)
    time.sleep(99)
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_the_starter_ends(tmp_path: Path, number):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "cloud")],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert starter.stdout
    server, run, endpoint = starter.stdout.readline().split()
    starter.send_signal(number)
    starter.wait(20)
    assert not left_of([int(server), int(run)]), "the server or a run outlives its starter"
    deadline = time.monotonic() + 5  # the kernel closes a dead process's sockets a moment later
    while listens(urlparse(endpoint).port or 0):
        assert time.monotonic() < deadline, "the port is still served"
        time.sleep(0.05)


def test_two_clouds_live_side_by_side(tmp_path: Path, cloud: LocalCloud):
    with LocalCloud(tmp_path / "other") as other:
        assert other.endpoint != cloud.endpoint
        Account(other, "200000005555").bucket  # noqa: B018 - makes it
        assert Account(cloud, "200000005555").s3.list_buckets()["Buckets"] == []


def test_a_cloud_that_does_not_start_says_why(tmp_path: Path):
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud/runs").write_text("in the way")
    with pytest.raises(CloudStartError, match="FileExistsError"):
        LocalCloud(tmp_path / "cloud").__enter__()


def test_programs_see_no_credentials_profiles_or_endpoints_of_the_developer(monkeypatch, cloud: LocalCloud):
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL_S3",
        "CDK_NEW_BOOTSTRAP",
        "PYTHONPATH",
        "JAVA_OPTS",
    ):
        monkeypatch.setenv(name, "the developer's")
    environment = cloud.environment(cloud.credentials("200000004444"), "eu-west-1")
    assert "the developer's" not in environment.values()
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["AWS_REGION"] == "eu-west-1"
    assert Path(environment["PATH"].split(os.pathsep)[0]) == Path(sys.executable).parent
