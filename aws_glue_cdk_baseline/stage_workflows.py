"""The workflows of one stage: the catalog's definitions with the stage's settings, checked against the stage's jobs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aws_glue_cdk_baseline.config import Stage
from aws_glue_cdk_baseline.documents import Key, shown_value
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest, shown_path
from aws_glue_cdk_baseline.job_definition import snake_case
from aws_glue_cdk_baseline.script_arguments import Arguments, script_arguments
from aws_glue_cdk_baseline.stage_jobs import StageJob, name_mistake, parameter_text, value_mistake
from aws_glue_cdk_baseline.state_machine import limit_mistake
from aws_glue_cdk_baseline.workflow_definition import ScheduleSettings, WorkflowDefinition


class StageSettings(ScheduleSettings):
    """What a stage says of a workflow: another schedule, and whether it starts by hand only."""

    paused: bool | None = None


@dataclass(frozen=True)
class WorkflowTask:
    """A job's part in a workflow: its arguments there (with dashes) and how often a failed run is tried again."""

    job: str
    after: tuple[str, ...]
    arguments: Mapping[str, str]
    retries: int

    @property
    def s3_locations(self) -> tuple[str, ...]:
        """The `s3://` locations that its arguments name, which the job has to be allowed to read."""
        texts = [text for text in self.arguments.values() if text.startswith("s3://")]
        return tuple(location.strip() for text in texts for location in text.split(","))


@dataclass(frozen=True)
class StageWorkflow:
    """A workflow as a stage deploys it.

    Parameters
    ----------
    name
        Its name without the stage.
    description
        What it is for, or None.
    tasks
        Its jobs' parts, in the order of the file.
    schedule, time_zone
        When it starts, as EventBridge Scheduler takes it; None if by hand only.
    paused
        Whether the schedule is off.
    minutes
        After how many minutes an execution is stopped.
    """

    name: str
    description: str | None
    tasks: tuple[WorkflowTask, ...]
    schedule: str | None
    time_zone: str | None
    paused: bool
    minutes: int

    @property
    def after(self) -> dict[str, tuple[str, ...]]:
        """Every job with those that it waits for."""
        return {task.job: task.after for task in self.tasks}


def workflows_of_stage(
    stage: Stage, workflows: Mapping[str, WorkflowDefinition], jobs: Iterable[StageJob]
) -> list[StageWorkflow]:
    """Resolve which workflows a stage deploys.

    Raises
    ------
    InvalidFilesError
        With every mistake: workflows that there are not, jobs that the stage leaves out, parameters that no script
        uses, retries that Step Functions would not see, limits of the service.
    """
    of_stage = {job.name: job for job in jobs}
    problems: list[Problem] = []
    for name, block in stage.workflows.items():
        if name not in workflows:
            text = f"there is no workflow {name}{nearest(str(name), workflows)}"
            problems.append(stage.problem(text, "workflows", name))
        elif block is not False and not isinstance(block, Mapping | None):
            text = f"{name} should be a map of settings, or false, found {shown_value(block)}"
            problems.append(stage.problem(text, "workflows", name))
    found = []
    for definition in workflows.values():
        block = stage.workflows.get(definition.name)
        if block is not None and not isinstance(block, Mapping):
            continue
        settings = stage.document.parse(
            StageSettings, block or {}, stage.name, "workflows", definition.name, problems=problems
        )
        problems += _job_problems(stage, definition, of_stage)
        workflow = _stage_workflow(stage, definition, settings or StageSettings())
        if settings and not workflow.schedule:
            problems += [
                stage.problem(
                    f"{definition.name} has no schedule: {key} is of no use", "workflows", definition.name, key
                )
                for key in block or {}
            ]
        if mistake := limit_mistake(workflow):
            problems.append(definition.problem(mistake))
        found.append(workflow)
    if problems:
        raise InvalidFilesError(problems)
    return found


def _stage_workflow(stage: Stage, definition: WorkflowDefinition, settings: StageSettings) -> StageWorkflow:
    of_all = definition.settings
    return StageWorkflow(
        name=definition.name,
        description=of_all.description,
        tasks=tuple(
            WorkflowTask(
                name,
                job.after,
                {f"--{snake_case(str(key))}": parameter_text(value) for key, value in job.parameters.items()},
                of_all.retries if job.retries is None else job.retries,
            )
            for name, job in definition.jobs.items()
        ),
        schedule=settings.schedule or of_all.schedule,
        time_zone=settings.time_zone or of_all.time_zone,
        paused=stage.schedules_paused if settings.paused is None else settings.paused,
        minutes=of_all.time_limit,
    )


def _job_problems(stage: Stage, definition: WorkflowDefinition, jobs: Mapping[str, StageJob]) -> Iterator[Problem]:
    for name in definition.jobs:
        if name not in jobs:
            text = f"{stage.name} leaves out {name}, which the workflow {definition.name} runs"
            remedy = f"deploy it, or leave out the workflow too (workflows: {definition.name}: false)"
            yield stage.problem(f"{text}: {remedy}", "jobs", name)
            continue
        settings = jobs[name].settings
        if settings.command.name == "gluestreaming":
            yield definition.problem(f"{name} is a gluestreaming job: it does not end", "jobs", name)
        if settings.max_retries:
            text = (
                f"{name} has MaxRetries {settings.max_retries}, and Step Functions does not wait for Glue's own retry"
            )
            yield definition.problem(f"{text}: set MaxRetries: 0 there, and retries here", "jobs", name)
        yield from _parameter_problems(definition, jobs[name])


def _parameter_problems(definition: WorkflowDefinition, job: StageJob) -> Iterator[Problem]:
    path: tuple[Key, ...] = ("jobs", job.name, "parameters")
    parameters = definition.jobs[job.name].parameters
    arguments = _arguments_of(job)
    fixed = {key.removeprefix("--") for key in job.settings.non_overridable_arguments}
    given: dict[str, str] = {}
    for key, value in parameters.items():
        argument = snake_case(str(key))
        mistake = name_mistake(str(key)) or value_mistake(job.definition, str(key), value)
        if not mistake and str(value).startswith("./"):
            mistake = f"{key}: a file of this repository is given to a job by the config"
        elif not mistake and argument in given:
            mistake = f"{key} is given twice: {given[argument]} is --{argument} too"
        elif not mistake and argument in fixed:
            mistake = f"{key} cannot change --{argument}, which is one of the job's NonOverridableArguments"
        elif not mistake and arguments and argument not in arguments.required | arguments.optional:
            near = nearest(argument, arguments.required | arguments.optional)
            mistake = f"{shown_path(job.script)} does not use the parameter {key}{near}"
        if mistake:
            yield definition.problem(f"{job.name}: {mistake}", *path, key)
        given[argument] = str(key)


def _arguments_of(job: StageJob) -> Arguments | None:
    try:
        return script_arguments(job.script)
    except SyntaxError:  # of a later Python; `jobs_of_stage` has judged it
        return None
