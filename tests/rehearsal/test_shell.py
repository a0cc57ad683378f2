"""``python -m rehearsal exec``: a command that works in the local cloud."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rehearsal.shell import work_in_the_cloud
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.small_pipeline import ACCOUNT, GOOD, SCRIPT_BUCKET, write_assembly, write_checkout
from tests.rehearsal.test_play import COMMAND

LOOK = """
import boto3, os, subprocess, sys
print("account", boto3.client("sts").get_caller_identity()["Account"])
print("pipelines", len(boto3.client("codepipeline").list_pipelines()["pipelines"]))
boto3.client("codecommit").create_repository(repositoryName="mine")
url = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/mine"
print("git", subprocess.run(["git", "ls-remote", url]).returncode)
print("aws", subprocess.run(["aws", "codepipeline", "list-pipelines"], capture_output=True).returncode)
print("cdk", subprocess.run(["cdk", "--version"], capture_output=True).returncode)
sys.exit(7)
"""


def test_a_command_works_in_the_local_cloud_and_its_status_is_handed_on(tmp_path: Path):
    (tmp_path / "data" / SCRIPT_BUCKET).mkdir(parents=True)
    (tmp_path / "data" / SCRIPT_BUCKET / "dev.py").write_text(GOOD)
    keys = {"dev": "dev.py"}
    written = [write_assembly(tmp_path / "assembly", keys), write_checkout(tmp_path / "checkout", keys)]
    folders = ["--build", str(tmp_path / "build"), "--data", str(tmp_path / "data")]
    arguments = ["exec", *folders, "--", sys.executable, "-c", LOOK]
    ended = subprocess.run(
        [sys.executable, "-c", COMMAND, *written, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 7, ended.stdout + ended.stderr
    said = ended.stdout.splitlines()
    for line in (f"account {ACCOUNT}", "pipelines 1", "git 0", "aws 0", "cdk 0"):
        assert line in said
    assert (tmp_path / "build/report.html").is_file()


def test_a_folder_that_is_taken_is_refused(tmp_path: Path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").touch()
    assert work_in_the_cloud(ROOT, ["exec", "--build", str(tmp_path / "full"), "--", "true"]) == 1
    assert "holds something that is not a rehearsal's" in capsys.readouterr().out
