"""`make graph`: workflows as Mermaid, and the README that has them."""

from __future__ import annotations

from pathlib import Path

import pytest

import aws_glue_cdk_baseline.__main__ as command_line
from aws_glue_cdk_baseline.catalog import ROOT
from aws_glue_cdk_baseline.errors import InvalidFilesError
from aws_glue_cdk_baseline.workflow_definition import FILE, load_workflows
from aws_glue_cdk_baseline.workflow_graph import BEGIN, END, graphs, write_graphs
from tests.unit.checkout import Checkout


def test_a_job_points_to_those_that_wait_for_it(checkout: Checkout):
    assert graphs(load_workflows(checkout.job_scripts).values()) == (
        "**RefreshLegislators**: Legislators and their history, every morning\n"
        "(`cron(0 6 * * ? *)`, Europe/Berlin)\n"
        "\n"
        "```mermaid\n"
        "flowchart LR\n"
        "    job1[ProcessLegislators]\n"
        "    job2[JoinLegislators]\n"
        "    job1 --> job2\n"
        "```\n"
    )


def test_a_wait_that_nobody_asked_for_is_dotted(checkout: Checkout):
    checkout.append("loading/jobs.csv", "".join(f"{name},default,,\n" for name in "ABCD"))
    for name in "abcd":
        checkout.write(f"loading/{name}.py", "print('hello')\n")
    checkout.write(FILE, "N: {jobs: {A: , B: , C: {after: [A, B]}, D: {after: B}}}\n")
    arrows = [
        line.strip() for line in graphs(load_workflows(checkout.job_scripts).values()).splitlines() if ">" in line
    ]
    assert arrows == ["job1 --> job3", "job2 --> job3", "job2 --> job4", "job1 -.-> job4"]


def test_a_file_gets_them_between_its_marks(tmp_path: Path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n", encoding="utf-8")
    write_graphs("new\n", file)
    write_graphs("new\n", file)
    assert file.read_text(encoding="utf-8") == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nafter\n"


@pytest.mark.parametrize("text", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_file_without_the_marks_is_left_as_it_is(tmp_path: Path, text: str):
    file = tmp_path / "README.md"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFilesError, match="should have once each the lines"):
        write_graphs("new\n", file)
    assert file.read_text(encoding="utf-8") == text


def test_the_command_prints_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        command_line.main(["graph"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == graphs(load_workflows().values())


def test_the_command_writes_them(tmp_path: Path):
    file = tmp_path / "README.md"
    file.write_text(BEGIN + END, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        command_line.main(["graph", "--into", str(file)])
    assert ended.value.code == 0
    assert graphs(load_workflows().values()) in file.read_text(encoding="utf-8")


def test_the_readmes_graphs_are_those_of_the_catalog(tmp_path: Path):
    """Who takes the marks out of the README is not bothered."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if BEGIN not in readme:
        pytest.skip("the README shows no graphs")
    copy = tmp_path / "README.md"
    copy.write_text(readme, encoding="utf-8")
    write_graphs(graphs(load_workflows().values()), copy)
    assert copy.read_text(encoding="utf-8") == readme, "call `make graph`"
