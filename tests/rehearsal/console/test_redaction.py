"""What belongs to this machine only does not leave it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rehearsal.console.redaction import Redaction


@pytest.fixture
def redaction(tmp_path: Path) -> Redaction:
    return Redaction(tmp_path / "repo", tmp_path / "repo" / "build" / "mine")


def test_paths_are_shown_from_the_repository(redaction: Redaction, tmp_path: Path):
    repo = tmp_path / "repo"
    assert redaction.text(f"File {repo}/a.py, {repo}/build/mine/runs/x") == "File ./a.py, build/rehearsal/runs/x"
    assert redaction.text(str(Path.home() / "thing")) == "~/thing"
    assert redaction.text(f"{sys.prefix}/lib/x.py") == "<python>/lib/x.py"


def test_a_path_that_only_begins_alike_is_another(redaction: Redaction, tmp_path: Path):
    assert f"{tmp_path.name}/repository" in redaction.text(f"{tmp_path}/repository")


@pytest.mark.parametrize(
    "text",
    [
        "AWS_ACCESS_KEY_ID=LKIAQAAAAAAAHYLXUGS2",
        "key ASIAIOSFODNN7EXAMPLE1 used",
        "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG",
        '"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG"',
        "aws_session_token = FwoGZXIvYXdzEPT",
        "'SessionToken': 'FwoGZXIvYXdzEPT'",
    ],
)
def test_credentials_are_masked(redaction: Redaction, text):
    told = redaction.text(text)
    assert "***" in told
    for secret in ("LKIAQAAAAAAAHYLXUGS2", "ASIAIOSFODNN7EXAMPLE1", "wJalrXUtnFEMI", "FwoGZXIvYXdzEPT"):
        assert secret not in told


def test_a_secret_that_is_known_is_masked_wherever_it_stands(redaction: Redaction):
    redaction.hide("hunter2-long")
    redaction.hide("abc")  # would hide half of the words
    found = redaction.all({"a": ["connecting with hunter2-long", 3, None], "b": {"c": "abc"}})
    assert found == {"a": ["connecting with ***", 3, None], "b": {"c": "abc"}}
