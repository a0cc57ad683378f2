"""Requirements: pinned and with hashes, or an error with file and line; deployed as a file or as the wheels."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from aws_glue_cdk_baseline.errors import InvalidFilesError
from aws_glue_cdk_baseline.requirements_file import examine_requirements
from aws_glue_cdk_baseline.wheel_bundle import bundle_wheels
from tests.unit.mistakes import mistakes
from tests.wheels import hash_of, make_wheel, required

HASH = f"--hash=sha256:{'a' * 64}"
HOW_TO_HASH = "`pip-compile --generate-hashes` writes such a file, `pip hash` tells one file's"
NO_HASH = "is no hash, like --hash=sha256: and 64 digits of 0-9, a-f"
IS_AN_OPTION = "is an option: a requirements file has packages only, each pinned and with its hashes"
BY_NAME = "should be a package by its name, like PyMySQL==1.1.1 --hash=sha256:..., without a URL or a path"
FILE = {"File": "requirements.txt"}


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a requirements file; returns the names in it and what is said of it."""
    monkeypatch.chdir(tmp_path)

    def of(*lines: str) -> tuple[list[str], list[str]]:
        path = tmp_path / "requirements.txt"
        path.write_text("".join(f"{line}\n" for line in lines))
        found, problems = examine_requirements(path)
        return [one.name for one in found], [str(one) for one in problems]

    return of


def test_a_file_as_pip_compile_writes_it_is_right(examine):
    lines = [
        "# generated",
        "",
        "Py_MySQL==1.1.1 \\",
        f"    {HASH} \\",
        f"    {HASH.replace('aaa', 'bbb')}",
        "    # via -r requirements.in",
        f"requests[socks]==2.32.3 ; python_version >= '3.9' {HASH}",
        f"torch===2.0+cpu {HASH}  # a comment",
    ]
    assert examine(*lines) == (["py-mysql", "requests", "torch"], [])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("pymysql", "pymysql is not pinned: write pymysql==<version>"),
        ("pymysql>=1.0", "pymysql is not pinned: write pymysql==<version>, found pymysql>=1.0"),
        ("pymysql==1.*", "pymysql is not pinned: write pymysql==<version>, found pymysql==1.*"),
        ("pymysql==1.0,<2", "pymysql is not pinned: write pymysql==<version>, found pymysql==1.0,<2"),
        ("pymysql==1.1.1", f"pymysql==1.1.1 has no --hash=sha256:...: {HOW_TO_HASH}"),
        ("pymysql==1.1.1 --hash=md5:12", f"pymysql==1.1.1: --hash=md5:12 {NO_HASH}"),
        ("-r other.txt", f"-r {IS_AN_OPTION}"),
        ("--index-url https://user:hunter2@index/simple", f"--index-url {IS_AN_OPTION}"),
        ("https://example.com/x.whl", BY_NAME),
        ("x @ https://example.com/x.whl", BY_NAME),
        ("./x.whl", BY_NAME),
    ],
)
def test_what_would_not_be_the_same_tomorrow_is_refused_with_its_line(examine, line, told):
    assert examine("# first", "", line)[1] == [f"requirements.txt:3: {told}"]


def test_a_package_that_stands_twice_is_refused(examine):
    assert examine(f"a-b==1 {HASH}", f"A_b==2 {HASH}")[1] == [
        "requirements.txt:2: A_b stands here a second time (first on line 1)"
    ]


def test_a_file_without_packages_is_refused(examine):
    assert examine("# nothing")[1] == ["requirements.txt: lists no package"]


@pytest.mark.parametrize("version", ["5.0", "5.1", "6.0", None])
def test_spark_jobs_of_glue_5_and_later_may_have_requirements(version):
    assert mistakes(Requirements=FILE, **({"GlueVersion": version} if version else {})) == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"GlueVersion": "4.0"}, "Requirements needs GlueVersion 5.0 or later, found 4.0"),
        ({"Command": {"Name": "pythonshell"}},
         "Requirements is for Spark jobs: list pinned modules in --additional-python-modules of a pythonshell job"),
        ({"DefaultArguments": {"--additional-python-modules": "x==1"}},
         "--additional-python-modules is what Requirements sets: list the packages in its file"),
        ({"NonOverridableArguments": {"--python-modules-installer-option": "-r"}},
         "--python-modules-installer-option is what Requirements sets: list the packages in its file"),
    ],
)  # fmt: skip
def test_what_glue_would_not_install_is_refused(settings, told):
    assert mistakes(Requirements=FILE, **settings) == [told]


def test_a_missing_file_is_an_error_where_it_is_named(checkout):
    checkout.replace("default-config.yaml", "File: requirements.txt", "File: requirement.txt")
    (problem,) = checkout.problems()
    assert problem == (
        f"{checkout.where('default-config.yaml', 'requirement.txt')}: the requirements file "
        "aws_glue_cdk_baseline/job_scripts/transformation/requirement.txt does not exist in this repository "
        "(did you mean 'requirements.txt'?)"
    )


def test_a_mistake_in_the_file_is_an_error_of_its_line(checkout):
    checkout.append("transformation/requirements.txt", "numpy\n")
    where = checkout.where("transformation/requirements.txt", "numpy")
    assert checkout.problems() == [f"{where}: numpy is not pinned: write numpy==<version>"]


def test_a_layers_requirements_are_not_for_its_python_shell_jobs(checkout):
    checkout.append("ingestion/default_configs.yaml", "\nRequirements: {File: requirements.txt}\n")
    checkout.write("ingestion/requirements.txt", f"pymysql==1.1.1 {HASH}\n")
    checkout.replace("ingestion/jobs.csv", "ProcessLegislators,default", "ProcessLegislators,custom")
    checkout.append("ingestion/custom_configs.yaml", "\nProcessLegislators: {Command: {Name: pythonshell}}\n")
    assert checkout.problems() == []


# ---- what is deployed


def test_glue_installs_from_the_deployed_file(templates):
    def arguments(stage: str) -> dict[str, str]:
        resources = templates[f"Deploy{stage.title()}-Transformation"]["Resources"].values()
        named = {one["Properties"]["Name"]: one for one in resources if one["Type"] == "AWS::Glue::Job"}
        given: dict[str, str] = named[f"{stage}-DimCustomers"]["Properties"]["DefaultArguments"]
        return given

    dev = arguments("dev")
    assert dev["--python-modules-installer-option"] == "-r"
    file, prefix = dev["--additional-python-modules"], "s3://cdk-hnb659fds-assets-123456789102-us-east-1/"
    assert file.startswith(f"{prefix}dev-transformation/")  # which the role may read
    assert file.endswith("-requirements.txt")
    assert "--additional-python-modules" not in arguments("prod")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let pip find wheels in a folder and nowhere else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "index"


@pytest.fixture
def bundle(tmp_path: Path):
    def of(*lines: str, version: str = "5.1") -> Path:
        file = tmp_path / "requirements.txt"
        file.write_text("".join(lines))
        return bundle_wheels(file, version, tmp_path / "cache")

    return of


def test_wheels_are_those_of_glues_platform_not_of_this_machine(index, bundle):
    wheels = [
        make_wheel(index, "plain"),
        make_wheel(index, "compiled", tag="cp311-cp311-manylinux_2_28_x86_64"),
        make_wheel(index, "stable", tag="cp37-abi3-manylinux2014_x86_64"),
    ]
    make_wheel(index, "compiled", tag="cp311-cp311-macosx_11_0_arm64")
    made = bundle(*map(required, wheels))
    assert made.name.endswith(".gluewheels.zip")
    held = zipfile.ZipFile(made)
    assert held.namelist() == ["wheels/requirements.txt", *sorted(f"wheels/{wheel.name}" for wheel in wheels)]
    assert held.read("wheels/requirements.txt").decode() == "".join(map(required, wheels))


def test_the_same_file_is_the_same_bundle_and_downloaded_once(index, bundle, tmp_path, capsys):
    line = required(make_wheel(index, "plain"))
    first = bundle(line)
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    assert "Downloading the wheels of requirements.txt for Glue 5.1" in capsys.readouterr().err
    assert bundle(line) == first
    assert capsys.readouterr().err == ""
    first.unlink()
    assert hashlib.sha256(bundle(line).read_bytes()).hexdigest() == digest
    assert bundle(line, "# a comment\n") != first


def test_glue_6_has_another_python(index, bundle):
    old = make_wheel(index, "compiled", tag="cp311-cp311-manylinux2014_x86_64")
    new = make_wheel(index, "compiled", tag="cp313-cp313-manylinux2014_x86_64")
    line = f"compiled==1.0 {hash_of(old)} {hash_of(new)}\n"
    assert zipfile.ZipFile(bundle(line)).namelist()[1] == f"wheels/{old.name}"
    assert zipfile.ZipFile(bundle(line, version="6.0")).namelist()[1] == f"wheels/{new.name}"


@pytest.fixture
def refused(bundle, tmp_path):
    def of(*lines: str) -> str:
        with pytest.raises(InvalidFilesError) as raised:
            bundle(*lines)
        assert list((tmp_path / "cache").iterdir()) == []  # nothing half made
        return str(raised.value).splitlines()[0]

    return of


def test_a_package_that_another_needs_must_be_listed(index, refused):
    line = required(make_wheel(index, "needy", needs=["plain"]))
    make_wheel(index, "plain")
    told = "needy needs plain, which the file does not list: add it, pinned and with its hashes"
    assert refused("# first\n", line) == f"requirements.txt:2: {told}"


def test_a_pinned_package_that_another_needs_must_be_listed(index, refused):
    line = required(make_wheel(index, "needy", needs=["plain==1.0"]))
    make_wheel(index, "plain")
    assert "plain==1.0 is needed by another package, and the file does not list it" in refused(line)


def test_a_wheel_that_was_exchanged_is_refused(index, refused):
    line = required(make_wheel(index, "plain"))
    (index / "plain-1.0-py3-none-any.whl").write_bytes(make_wheel(index / "x", "plain", "1.0", ["other"]).read_bytes())
    assert refused(line).startswith("requirements.txt:1: the wheel of plain has another hash than the file gives:")


def test_a_version_that_no_index_has_is_named(index, refused):
    line = required(make_wheel(index, "plain")).replace("1.0", "2.0")
    told = "there is no wheel of plain==2.0 for Python 3.11 on Linux (x86_64)"
    assert refused(line) == f"requirements.txt:1: {told}"


def test_a_package_without_a_wheel_for_linux_is_named(index, refused):
    line = required(make_wheel(index, "mac_only", tag="cp311-cp311-macosx_11_0_arm64"))
    assert "there is no wheel of mac_only==1.0 for Python 3.11 on Linux (x86_64)" in refused(line)
