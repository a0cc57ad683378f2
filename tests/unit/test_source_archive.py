"""The archive that seeds the repository: what git would commit, the same bytes from clone to clone."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from aws_glue_cdk_baseline.source_archive import write_source_archive


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "jobs").mkdir(parents=True)
    (root / ".gitignore").write_text(".env\nvenv/\n*.log\n")
    (root / ".env").write_text("SECRET=1")
    (root / "venv").mkdir()
    (root / "venv" / "python").write_text("")
    (root / "run.log").write_text("")
    (root / "jobs" / ".gitignore").write_text("scratch.py\n")
    (root / "jobs" / "scratch.py").write_text("")
    (root / "jobs" / "job.py").write_text("print(1)\n")
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    return root


def archived(root: Path, archive: Path) -> list[str]:
    write_source_archive(root, archive)
    return zipfile.ZipFile(archive).namelist()


def test_what_gitignore_ignores_stays_out(checkout, tmp_path):
    names = archived(checkout, tmp_path / "a.zip")
    assert names == [".gitignore", "jobs/.gitignore", "jobs/job.py", "run"]


def test_it_is_the_same_with_and_without_a_git_folder(checkout, tmp_path):
    without = archived(checkout, tmp_path / "a.zip")
    subprocess.run(["git", "init", "--quiet"], cwd=checkout, check=True)
    subprocess.run(["git", "add", "."], cwd=checkout, check=True)
    assert archived(checkout, tmp_path / "b.zip") == without
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_clones_give_the_same_bytes_whatever_their_times_and_umask(checkout, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(checkout, other)
    for file in other.rglob("*"):
        os.utime(file, (0, 0))
    (other / "jobs" / "job.py").chmod(0o600)
    (other / "run").chmod(0o700)
    write_source_archive(checkout, tmp_path / "a.zip")
    write_source_archive(other, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_executables_stay_executable(checkout, tmp_path):
    write_source_archive(checkout, tmp_path / "a.zip")
    modes = {
        entry.filename: entry.external_attr >> 16 & 0o777 for entry in zipfile.ZipFile(tmp_path / "a.zip").infolist()
    }
    assert modes["run"] == 0o755
    assert modes["jobs/job.py"] == 0o644


def test_changed_content_changes_the_archive(checkout, tmp_path):
    write_source_archive(checkout, tmp_path / "a.zip")
    (checkout / "jobs" / "job.py").write_text("print(2)\n")
    write_source_archive(checkout, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() != (tmp_path / "b.zip").read_bytes()
