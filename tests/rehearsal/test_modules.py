"""Python modules that runs ask for: installed as Glue does it, exactly these, or the run fails in Glue's words."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from rehearsal.cloud.glue.modules import Modules
from tests.rehearsal.acting import Account
from tests.wheels import make_wheel, required

FAILED = (
    "LAUNCH ERROR | Python Module Installer indicates modules that failed to install, check logs from the "
    "PythonModuleInstaller.Please refer logs for details."
)
SCRIPT = "import plain; print('plain', plain.VERSION, plain.__file__)"
MODULES, OPTIONS = "--additional-python-modules", "--python-modules-installer-option"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def run(account: Account):
    """Run a job of one script with the given arguments; returns the run and what it printed."""

    def of(arguments: dict[str, str], script: str = SCRIPT, command: str = "pythonshell") -> tuple[dict[str, Any], str]:
        ended = account.run(account.make_job("x", script, command, DefaultArguments=arguments))
        return ended, "\n".join(account.printed(ended["Id"]))

    return of


def put(account: Account, path: Path) -> str:
    account.s3.put_object(Bucket=account.bucket, Key=f"lib/{path.name}", Body=path.read_bytes())
    return f"s3://{account.bucket}/lib/{path.name}"


def bundle(folder: Path, *wheels: Path, listed: str | None = None) -> Path:
    path = folder / "x.gluewheels.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for wheel in wheels:
            archive.write(wheel, f"wheels/{wheel.name}")
        if listed is not None:
            archive.writestr("wheels/requirements.txt", listed)
    return path


def test_a_wheel_is_installed_before_the_script_starts_and_pip_says_so(account: Account, run, index):
    ended, printed = run({MODULES: put(account, make_wheel(index, "plain", "1.5"))})
    assert ended["JobRunState"] == "SUCCEEDED", ended
    assert "Successfully installed plain-1.5" in printed
    assert "plain 1.5" in printed


def test_a_bundle_is_installed_without_an_index_from_its_list(account: Account, run, index, tmp_path):
    wheels = [make_wheel(index, "plain"), make_wheel(index, "other")]
    archive = bundle(tmp_path, *wheels, listed=required(wheels[0]))
    _, printed = run({MODULES: put(account, archive), OPTIONS: "--no-index"})
    assert "Successfully installed plain-1.0" in printed
    assert "plain 1.0" in printed


def test_a_bundle_without_a_list_is_installed_whole(account: Account, run, index, tmp_path):
    archive = bundle(tmp_path, make_wheel(index, "plain"), make_wheel(index, "other"))
    _, printed = run({MODULES: put(account, archive), OPTIONS: "--no-index"}, "import plain, other; print('both')")
    assert printed.endswith("both")


def test_a_requirements_file_is_installed_with_its_hashes(account: Account, run, index, tmp_path):
    listed = tmp_path / "requirements.txt"
    listed.write_text(required(make_wheel(index, "plain", "2.0")))
    options = f"--no-index --find-links {index} -r"
    _, printed = run({MODULES: put(account, listed), OPTIONS: options})
    assert "plain 2.0" in printed
    make_wheel(index, "plain", "2.0", needs=["exchanged"])
    listed.write_text(listed.read_text() + "# another file, so that it is not taken from the cache\n")
    account.glue.delete_job(JobName="x")
    ended, _ = run({MODULES: put(account, listed), OPTIONS: options})
    assert "DO NOT MATCH THE HASHES" in ended["ErrorMessage"]


def test_several_are_installed_together(account: Account, run, index):
    listed = [put(account, make_wheel(index, name)) for name in ("plain", "other")]
    _, printed = run({MODULES: ",".join(listed)}, "import plain, other; print('both')")
    assert printed.endswith("both")


def test_what_was_installed_once_is_taken_from_the_cache(account: Account, run, index):
    arguments = {MODULES: put(account, make_wheel(index, "plain", "1.25"))}
    run(arguments)
    account.glue.delete_job(JobName="x")
    _, printed = run(arguments)
    assert printed.startswith("PythonModuleInstaller: installed before, taken from the cache")
    assert "plain 1.25" in printed


def test_a_spark_job_imports_them_in_its_workers_too(account: Account, run, index):
    script = (
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "def version(_):\n    import plain\n    return plain.VERSION\n"
        "print(spark.sparkContext.parallelize([1]).map(version).collect())\n"
    )
    _, printed = run({MODULES: put(account, make_wheel(index, "plain", "3.0"))}, script, "glueetl")
    assert printed.endswith("['3.0']")


def test_a_package_that_pip_does_not_find_fails_the_run_in_glues_words(account: Account, run):
    ended, _ = run({MODULES: "no-such-package==1.0", OPTIONS: "--no-index"})
    assert ended["JobRunState"] == "FAILED"
    assert ended["ErrorMessage"].startswith(FAILED)
    assert "No matching distribution found for no-such-package==1.0" in ended["ErrorMessage"]
    assert any("PythonModuleInstaller" in line for line in account.printed(ended["Id"], "error"))


def test_a_wheel_under_another_name_than_pips_fails_the_run(account: Account, run, index, tmp_path):
    renamed = make_wheel(index, "plain").rename(tmp_path / "0123abc.whl")
    ended, _ = run({MODULES: put(account, renamed)})
    assert ended["ErrorMessage"].startswith(FAILED)


def test_an_archive_that_is_none_fails_the_run(account: Account, run, tmp_path):
    spoilt = tmp_path / "x.gluewheels.zip"
    spoilt.write_text("no zip")
    ended, _ = run({MODULES: put(account, spoilt)})
    assert "x.gluewheels.zip is no zip archive" in ended["ErrorMessage"]


def test_python_shell_installs_the_wheels_of_extra_py_files(account: Account, run, index):
    script = "import importlib.metadata, plain; print(importlib.metadata.version('plain'), plain.__file__)"
    _, printed = run({"--extra-py-files": put(account, make_wheel(index, "plain", "4.0"))}, script)
    assert printed.splitlines()[-1].startswith("4.0")
    assert not printed.endswith(".whl/plain.py")


@pytest.mark.parametrize(
    ("items", "fixed"),
    [(("plain==1.0",), True), (("plain[x]==1.0",), True), (("plain",), False), (("plain==1.*",), False),
     (("plain>=1",), False), ((Path("x.whl"), "plain"), False), ((Path("x.whl"),), True)],
)  # fmt: skip
def test_only_what_cannot_change_is_kept_from_rehearsal_to_rehearsal(items, fixed):
    assert Modules(items).fixed is fixed
