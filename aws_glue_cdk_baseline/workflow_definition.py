"""`workflows.yaml`: jobs in an order, their parameters there, schedules and limits, as a typed, validated model."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.catalog import JOB_SCRIPTS, JobDefinition, load_catalog
from aws_glue_cdk_baseline.documents import Document, FileModel, Key, shown_value
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest
from aws_glue_cdk_baseline.job_order import find_cycles
from aws_glue_cdk_baseline.job_settings import WholeNumber
from aws_glue_cdk_baseline.schedule_expression import schedule_mistake, time_zone_mistake
from aws_glue_cdk_baseline.yaml_files import read_yaml

FILE = "workflows.yaml"
# the schedule `<stage>-<workflow>` may have 64 characters, and a stage's name 20:
# https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,42}")
# a state's name may have 80, and one is called "Did <job> run?":
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_LONGEST_JOB_NAME = 70
_DAY = 24 * 60  # minutes
_YEAR = 365 * _DAY  # the longest that a standard workflow may take


class ScheduleSettings(FileModel):
    """When a workflow starts: `cron(...)` or `rate(...)`, meant in a time zone."""

    model_config = ConfigDict(alias_generator=to_camel)

    schedule: str | None = None
    time_zone: str | None = None

    @field_validator("schedule")
    @classmethod
    def _expression(cls, value: str | None) -> str | None:
        if value is not None and (mistake := schedule_mistake(value)):
            raise ValueError(mistake)
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and (mistake := time_zone_mistake(value)):
            raise ValueError(mistake)
        return value


class WorkflowSettings(ScheduleSettings):
    """A workflow less its jobs; its time limit in minutes."""

    description: str | None = Field(default=None, max_length=512)
    time_limit: WholeNumber = Field(default=_DAY, ge=1, le=_YEAR)
    retries: WholeNumber = Field(default=0, ge=0, le=10)


class WorkflowJob(FileModel):
    """A job's part in a workflow: what it waits for, its arguments there, and how often a failed run is tried again."""

    model_config = ConfigDict(alias_generator=to_camel)

    after: tuple[str, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)
    retries: WholeNumber | None = Field(default=None, ge=0, le=10)

    @field_validator("after", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


@dataclass(frozen=True)
class WorkflowDefinition:
    """A workflow of the catalog, before any stage.

    Parameters
    ----------
    name
        Its name without a stage.
    settings
        Its description, schedule and limits.
    jobs
        Its jobs by name.
    document
        The file that it was read from, for errors.
    """

    name: str
    settings: WorkflowSettings
    jobs: Mapping[str, WorkflowJob]
    document: Document

    @property
    def after(self) -> dict[str, tuple[str, ...]]:
        """Every job with those that it waits for."""
        return {name: job.after for name, job in self.jobs.items()}

    def problem(self, message: str, *path: Key) -> Problem:
        """Describe a mistake at `path` of its block."""
        return self.document.problem(f"{self.name}: {message}", self.name, *path)


def load_workflows(folder: Path = JOB_SCRIPTS) -> dict[str, WorkflowDefinition]:
    """Read the workflows of the catalog below `folder`.

    Returns
    -------
    dict
        Workflows by name, in the order of the file; none if there is no file.

    Raises
    ------
    InvalidFilesError
        With every mistake.
    """
    workflows, problems = examine_workflows(folder, load_catalog(folder))
    if problems:
        raise InvalidFilesError(problems)
    return workflows


def examine_workflows(
    folder: Path, catalog: Mapping[str, JobDefinition], *, whole_catalog: bool = True
) -> tuple[dict[str, WorkflowDefinition], list[Problem]]:
    """Look at all of workflows.yaml, whatever is wrong with a part of it.

    Parameters
    ----------
    folder
        The folder of the layers.
    catalog
        The jobs that there are.
    whole_catalog
        Whether every row of the catalog could be read; if not, a job may be unknown for that reason only.

    Returns
    -------
    tuple
        The workflows without mistakes, and the mistakes.
    """
    path = folder / FILE
    if not path.exists():
        return {}, []
    try:
        document = read_yaml(path)
    except InvalidFilesError as error:
        return {}, error.problems
    problems = list(document.problems)
    workflows = {}
    for name, block in document.data.items():
        found: list[Problem] = []
        workflow = _workflow(document, str(name), block, found)
        if workflow:
            found += _job_problems(workflow, catalog if whole_catalog else {**catalog, **_as_known(workflow)})
        if workflow and not found:
            workflows[workflow.name] = workflow
        problems += found
    return workflows, problems


def _workflow(document: Document, name: str, block: Any, problems: list[Problem]) -> WorkflowDefinition | None:
    if not _NAME.fullmatch(name):
        rule = "should begin with a letter and have at most 43 letters, digits, '-' and '_'"
        problems.append(document.problem(f"the workflow name {name!r} {rule}", name))
    if not isinstance(block, Mapping):
        problems.append(document.problem(f"{name} should be a map with jobs, found {shown_value(block)}", name))
        return None
    rest = {key: value for key, value in block.items() if key != "jobs"}
    settings = document.parse(WorkflowSettings, rest, name, problems=problems)
    if settings and settings.time_zone and not settings.schedule:
        problems.append(document.problem(f"{name}.timeZone is of no use without a schedule", name, "timeZone"))
    blocks = block.get("jobs")
    if blocks is None or blocks == {}:
        problems.append(document.problem(f"{name} has nothing to run: list its jobs under jobs", name, "jobs"))
        return None
    if not isinstance(blocks, Mapping):
        text = f"{name}.jobs should be a map of jobs, like `LoadOrders: {{after: [ReadOrders]}}`"
        problems.append(document.problem(f"{text}, found {shown_value(blocks)}", name, "jobs"))
        return None
    jobs = {}
    for job, what in blocks.items():
        parsed = document.parse(WorkflowJob, {} if what is None else what, name, "jobs", job, problems=problems)
        jobs[str(job)] = parsed or WorkflowJob()
    return WorkflowDefinition(name, settings or WorkflowSettings(), jobs, document)


def _job_problems(workflow: WorkflowDefinition, catalog: Mapping[str, Any]) -> Iterator[Problem]:
    for name, job in workflow.jobs.items():
        if name not in catalog:
            yield workflow.problem(f"{name} is in no layer's jobs.csv{nearest(name, catalog)}", "jobs", name)
        elif len(name) > _LONGEST_JOB_NAME:
            text = f"{name} has {len(name)} characters: in a workflow, a job's name has at most {_LONGEST_JOB_NAME}"
            yield workflow.problem(text, "jobs", name)
        path = ("jobs", name, "after")
        for index, other in enumerate(job.after):
            if other not in workflow.jobs:
                hint = ": add it to its jobs" if other in catalog else nearest(other, workflow.jobs)
                text = f"{name} waits for {other}, which is no job of this workflow{hint}"
                yield workflow.problem(text, *path, index)
            elif other in job.after[:index]:
                yield workflow.problem(f"{name} waits for {other} twice", *path, index)
    for cycle in find_cycles(workflow.after):
        waits = [f"{job} waits for {other}" for job, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
        if len(cycle) == 1:
            waits = [f"{cycle[0]} waits for itself"]
        yield workflow.problem(f"the jobs wait in a circle: {', '.join(waits)}", "jobs", cycle[0], "after")


def _as_known(workflow: WorkflowDefinition) -> dict[str, None]:
    return dict.fromkeys(workflow.jobs)
