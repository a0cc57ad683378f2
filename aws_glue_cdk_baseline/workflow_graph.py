"""Workflows as Mermaid graphs, which GitHub, GitLab and most editors draw."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from aws_glue_cdk_baseline.errors import BaselineError, InvalidFilesError, Problem, shown_path
from aws_glue_cdk_baseline.job_order import added_waits
from aws_glue_cdk_baseline.workflow_definition import WorkflowDefinition
from aws_glue_cdk_baseline.yaml_files import read_text

BEGIN = "<!-- workflows: written by `make graph` -->"
END = "<!-- end of workflows -->"


def graphs(workflows: Iterable[WorkflowDefinition]) -> str:
    """Return Markdown with a graph of each workflow.

    A job points to those that wait for it. A dotted arrow is a wait that nobody asked for, but that a state machine
    cannot do without (see `job_order`).
    """
    return "\n".join(line for workflow in workflows for line in _section(workflow)) or "There are no workflows.\n"


def write_graphs(text: str, path: Path) -> None:
    """Put the graphs into a Markdown file, between the marks `BEGIN` and `END`.

    Raises
    ------
    BaselineError
        If the file cannot be read or written, or does not have the two marks once each, in this order.
    """
    content = read_text(path)
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        marks = f"the lines {BEGIN} and {END}, between which the graphs go"
        raise InvalidFilesError([Problem(shown_path(path), 0, f"should have once each {marks}")])
    try:
        path.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{shown_path(path)} cannot be written: {error.strerror}") from None


def _section(workflow: WorkflowDefinition) -> Iterator[str]:
    settings = workflow.settings
    yield f"**{workflow.name}**" + (f": {settings.description}" if settings.description else "")
    if settings.schedule:
        yield f"(`{settings.schedule}`, {settings.time_zone or 'UTC'})"
    yield from ("", "```mermaid", "flowchart LR")
    number = {job: f"job{index}" for index, job in enumerate(workflow.jobs, 1)}
    yield from (f"    {number[job]}[{job}]" for job in workflow.jobs)
    for job, others in workflow.after.items():
        yield from (f"    {number[other]} --> {number[job]}" for other in others)
    for job, other in added_waits(workflow.after):
        yield f"    {number[other]} -.-> {number[job]}"
    yield from ("```", "")
