"""Which arguments a script asks for, read from its text."""

import pytest

from aws_glue_cdk_baseline.script_arguments import Arguments, script_arguments


@pytest.mark.parametrize(
    ("script", "required", "optional"),
    [
        ('with glue_job("a", "b", c="1") as job: ...', "ab", "c"),
        ('job_runtime.glue_job("a")', "a", ""),
        ("glue_job()", "", ""),
        ('getResolvedOptions(sys.argv, ["JOB_NAME", "a"])', {"JOB_NAME", "a"}, ""),
        ('getResolvedOptions(sys.argv, ("a",)); glue_job("b")', "ab", ""),
    ],
)
def test_a_scripts_arguments_are_read_from_its_text(tmp_path, script, required, optional):
    file = tmp_path / "script.py"
    file.write_text(script)
    assert script_arguments(file) == Arguments(frozenset(required), frozenset(optional))


@pytest.mark.parametrize(
    "script",
    ["print()", "glue_job(*names)", "glue_job(name)", "glue_job('a', **more)", "getResolvedOptions(sys.argv, names)"],
)
def test_arguments_that_cannot_be_read_are_not_checked(tmp_path, script):
    file = tmp_path / "script.py"
    file.write_text(script)
    assert script_arguments(file) is None
