"""`python -m aws_glue_cdk_baseline`: quick, without the CDK, and never a traceback for a user's mistake."""

import os
import re
import subprocess
import sys

import pytest

import aws_glue_cdk_baseline.__main__ as command_line
from aws_glue_cdk_baseline.catalog import ROOT


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


def test_this_repository_is_valid_and_validate_says_what_each_stage_deploys(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        command_line.main(["validate"])
    assert ended.value.code == 0
    counts = r"\d+ in \w+(, \d+ in \w+)*\n"
    expected = rf"default-config.yaml: valid. Jobs: {counts}(Workflows: {counts})?(Data products: \d+, tables: \d+\n)?"
    assert re.fullmatch(expected, capsys.readouterr().out)


def test_validate_takes_another_config(checkout, capsys):
    checkout.replace("../../default-config.yaml", "\nprodAccount:", "\nqaAccount:")
    (checkout.folder / "default-config.yaml").rename(checkout.folder / "other.yaml")
    with pytest.raises(SystemExit) as ended:
        command_line.main(["validate", "--config", "other.yaml"])
    assert ended.value.code == 1
    assert "prod has no account: add prodAccount, or remove the block" in capsys.readouterr().err


def test_validate_takes_less_than_two_seconds():
    before = os.times()
    assert run("-m", "aws_glue_cdk_baseline", "validate").returncode == 0
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    assert seconds < 2, f"{seconds:.1f} s of CPU"


def test_validate_needs_neither_the_cdk_nor_node():
    code = (
        "import sys, aws_glue_cdk_baseline.__main__, aws_glue_cdk_baseline.checks\n"
        "print(sorted({'aws_cdk', 'jsii', 'constructs', 'boto3', 'pyspark'} & set(sys.modules)))"
    )
    assert run("-c", code).stdout == "[]\n"
    environment = {"PATH": "/nowhere"}
    assert run("-m", "aws_glue_cdk_baseline", "validate", env=environment).returncode == 0


def test_a_config_that_is_not_there_is_a_sentence():
    ended = run("-m", "aws_glue_cdk_baseline", "validate", "--config", "nowhere.yaml")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "nowhere.yaml: cannot be read: No such file or directory\n1 problem found\n"


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "--help"]])
def test_help_says_what_there_is(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 0
    assert "Check the config, the catalog and the data products." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["valdate"], ["validate", "--confg", "x"]])
def test_a_misspelt_command_is_a_sentence(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        command_line.main(arguments)
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
