"""The shared library as a wheel: valid, importable, its name its content, its bytes the same from clone to clone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from pyspark import SparkContext

from aws_glue_cdk_baseline.catalog import LIBRARY
from aws_glue_cdk_baseline.named_asset import StackWithNamedAssets
from aws_glue_cdk_baseline.wheel import Wheel, build_wheel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    (folder / "package" / "inner").mkdir(parents=True)
    (folder / "package" / "__init__.py").write_text("WORD = 'hello'\n")
    (folder / "package" / "inner" / "data.json").write_text("{}")
    (folder / "module.py").write_text("NUMBER = 7\n")
    return folder


def build(folder: Path) -> Wheel:
    return build_wheel(folder, "job_scripts_lib")


def printed(code: str, place: Path) -> str:
    """What a program prints that imports from one place."""
    command, environment = [sys.executable, "-c", code], {"PYTHONPATH": str(place)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def names(wheel: Wheel, folder: Path) -> list[str]:
    return zipfile.ZipFile(wheel.write(folder)).namelist()


def test_its_name_is_a_wheels_name_with_the_hash_of_its_content(folder):
    wheel = build(folder)
    assert wheel.name == f"job_scripts_lib-1.0-1_{wheel.content_hash}-py3-none-any.whl"


def test_pip_installs_it_and_its_record_is_right(folder, tmp_path):
    path = build(folder).write(tmp_path)
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--target", target, path], check=True)
    code = "import module, package; print(module.NUMBER, package.WORD)"
    assert printed(code, target) == "7 hello"
    assert (target / "package" / "inner" / "data.json").is_file()
    environment = {**os.environ, "PYTHONPATH": str(target)}
    shown = subprocess.run(
        [*pip, "show", "--files", "job-scripts-lib"], env=environment, capture_output=True, text=True, check=True
    )
    assert "Version: 1.0" in shown.stdout
    assert "module.py" in shown.stdout


def test_it_is_imported_from_as_it_is_under_the_name_that_spark_distributes(folder, tmp_path):
    wheel = build(folder)
    path = Wheel(f"{wheel.name}.zip", wheel.content_hash, wheel.data).write(tmp_path)
    assert path.name[-4:] in SparkContext.PACKAGE_EXTENSIONS
    code = "import module, package; print(module.NUMBER, package.WORD)"
    assert printed(code, path) == "7 hello"


def test_another_clone_with_other_times_order_and_permissions_gives_the_same_bytes(folder, tmp_path, monkeypatch):
    listed = Path.rglob
    clone = tmp_path / "clone"
    for path in sorted((path for path in folder.rglob("*") if path.is_file()), reverse=True):
        target = clone / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o777)
        os.utime(target, (2_000_000_000, 2_000_000_000))
    before = build(folder)
    # as another file system might list them
    monkeypatch.setattr(Path, "rglob", lambda self, pattern: sorted(listed(self, pattern), reverse=True))
    assert build(clone) == before


def test_what_python_and_editors_leave_is_not_part_of_it(folder, tmp_path):
    before = build(folder)
    for name in ("package/__pycache__/x.cpython-311.pyc", "module.pyc", ".DS_Store", ".mypy_cache/x.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("left")
    assert build(folder) == before


@pytest.mark.parametrize("change", ["content", "name", "new", "gone"])
def test_a_change_of_any_kind_is_another_name(folder, change):
    before = build(folder).name
    if change == "content":
        (folder / "module.py").write_text("NUMBER = 8\n")
    elif change == "name":
        (folder / "module.py").rename(folder / "module2.py")
    elif change == "new":
        (folder / "empty.py").write_text("")
    else:
        (folder / "module.py").unlink()
    assert build(folder).name != before


def test_a_file_that_was_written_before_is_written_again_only_if_it_is_another(folder, tmp_path):
    wheel = build(folder)
    path = wheel.write(tmp_path)
    os.utime(path, (1, 1))
    assert wheel.write(tmp_path).stat().st_mtime == 1
    path.write_bytes(b"spoilt")
    assert wheel.write(tmp_path).read_bytes() == wheel.data


def test_the_repositorys_library_is_whole(tmp_path):
    held = names(build_wheel(LIBRARY, "job_scripts_lib"), tmp_path)
    assert {"job_runtime/__init__.py", "job_runtime/py.typed", "popolo.py"} <= set(held)
    assert held[-1].endswith(".dist-info/RECORD")


def test_a_stack_publishes_for_python_shell_only_what_python_shell_jobs_need(tmp_path):
    from aws_glue_cdk_baseline.library import Library

    app, env = cdk.App(outdir=str(tmp_path / "out")), cdk.Environment(account="1" * 12, region="us-east-1")
    stack = StackWithNamedAssets(app, "S", synthesizer=cdk.DefaultStackSynthesizer(), env=env)
    library = Library(stack, "Library")
    library.code(spark=True)
    before = len(list((tmp_path / "out").glob("asset.*")))
    library.code(spark=False)
    library.code(spark=False)
    assert (before, len(list((tmp_path / "out").glob("asset.*")))) == (1, 2)
    assert Template.from_stack(stack).to_json().get("Resources") is None
