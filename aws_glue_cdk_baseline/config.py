"""`default-config.yaml` as a typed, validated model: accounts, source, stages, their jobs' parameters, workflows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.account import Account
from aws_glue_cdk_baseline.connection_settings import (
    CONNECTIONS,
    ConnectionSettings,
    connection_problems,
    without_passwords,
)
from aws_glue_cdk_baseline.documents import Document, FileModel, Key, text_like
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest
from aws_glue_cdk_baseline.source import Source, contradictions
from aws_glue_cdk_baseline.yaml_files import read_yaml

__all__ = ["Account", "Config", "Source", "Stage", "examine_config", "load_config", "parse_config", "parse_stage"]

PIPELINE_ACCOUNT = "pipelineAccount"
_STAGE_NAME = re.compile(r"[a-z][a-zA-Z0-9]{0,19}")
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s.]+"


class StageSettings(FileModel):
    """What the config says of a stage besides its account; None means that the stage's place in the order decides."""

    model_config = ConfigDict(alias_generator=to_camel)

    jobs: dict[str, Any] = Field(default_factory=dict)
    connections: dict[str, ConnectionSettings] = Field(default_factory=dict)
    workflows: dict[str, Any] = Field(default_factory=dict)
    schedules_paused: bool | None = None
    notify: tuple[Annotated[str, text_like(_EMAIL, "an e-mail address")], ...] = ()
    approval: bool | None = None
    integration_test: bool | None = None

    @field_validator("jobs", "connections", "workflows", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: Any) -> Any:
        return {} if value is None else value


@dataclass(frozen=True)
class Stage:
    """An environment that the pipeline deploys to.

    Parameters
    ----------
    name
        The word that names it in the config, such as `dev`.
    account
        Where it is deployed; None if a stack was given a config without the stage's account.
    jobs
        By job name: False, or a map of parameters (`inputLocation`) and settings (`NumberOfWorkers`), as yet unchecked.
    connections
        The databases that its jobs may name as their connection.
    workflows
        By workflow name: False, or a map of settings, as yet unchecked.
    schedules_paused
        Whether its workflows start by hand only.
    notify
        E-mail addresses that learn of failed workflows.
    approval
        Whether its deployment waits for an approval.
    integration_test
        Whether its jobs are run and checked after the deployment.
    document
        The config that it was read from, for errors.
    """

    name: str
    account: Account | None
    jobs: Mapping[str, Any]
    connections: Mapping[str, ConnectionSettings]
    workflows: Mapping[str, Any]
    schedules_paused: bool
    notify: Sequence[str]
    approval: bool
    integration_test: bool
    document: Document

    @property
    def pipeline_name(self) -> str:
        """Its name in the pipeline and the value of its tag `stage`: `DeployDev`."""
        return f"Deploy{self.name[0].upper()}{self.name[1:]}"

    @property
    def connection_names(self) -> list[str]:
        """The names of its connections, also of those that have mistakes of their own."""
        block = self.document.data.get(self.name)
        named = block.get(CONNECTIONS) if isinstance(block, Mapping) else None
        return [str(name) for name in named] if isinstance(named, Mapping) else []

    def problem(self, message: str, *path: Key) -> Problem:
        """Describe a mistake at `path` of its block; if it has no block, at its account."""
        place = (self.name, *path) if self.name in self.document.data else (f"{self.name}Account",)
        return self.document.problem(message, *place)

    @property
    def target(self) -> Account:
        """The account and Region that it is deployed to.

        Raises
        ------
        InvalidFilesError
            If the stage was read from a config without its account.
        """
        if not self.account:
            raise InvalidFilesError([self.document.problem(f"{self.name}Account is missing")])
        return self.account


@dataclass(frozen=True)
class Config:
    """A whole, valid configuration; make one by `load_config` or `parse_config`."""

    pipeline_account: Account
    source: Source
    stages: tuple[Stage, ...]
    document: Document

    def stage(self, name: str) -> Stage:
        """Return the stage of that name.

        Raises
        ------
        InvalidFilesError
            If there is none.
        """
        stages = {stage.name: stage for stage in self.stages}
        if name not in stages:
            raise InvalidFilesError([self.document.problem(f"there is no stage {name}{nearest(name, stages)}")])
        return stages[name]


def load_config(path: Path) -> Config:
    """Read and validate a config file.

    Raises
    ------
    InvalidFilesError
        With every mistake of the file, each with its line.
    """
    return parse_config(read_yaml(path))


def parse_config(config: Document | Mapping[str, Any]) -> Config:
    """Validate a configuration that was read before (a Document, or the plain dict that a YAML parser gives).

    Raises
    ------
    InvalidFilesError
        With every mistake.
    """
    valid, _, problems = examine_config(config if isinstance(config, Document) else Document("config", dict(config)))
    if not valid:
        raise InvalidFilesError(problems)
    return valid


def examine_config(document: Document) -> tuple[Config | None, tuple[Stage, ...], list[Problem]]:
    """Look at all of a configuration, whatever is wrong with a part of it.

    Returns
    -------
    tuple
        The configuration, or None if it has mistakes; its stages as far as they can be made out; the mistakes.
    """
    problems = [*document.problems, *_unknown_keys(document)]
    pipeline_account = _account(document, PIPELINE_ACCOUNT, problems)
    block = document.data.get("source")
    source = document.parse(Source, {} if block is None else block, "source", problems=problems)
    if source:
        problems += [document.problem(text, "source", *path) for path, text in contradictions(source)]
    names = _stage_names(document.data)
    stages = tuple(_stage(document, name, name == names[-1], problems) for name in names)
    if not names:
        problems.append(document.problem("no stage: add an account for each, such as devAccount and prodAccount"))
    problems += _stage_name_problems(document, names)
    if pipeline_account:
        problems += _partition_problems(document, pipeline_account, stages)
    if problems or not pipeline_account or not source:
        return None, tuple(stage for stage in stages if _has_legible_jobs(stage)), problems
    return Config(pipeline_account, source, stages, document), stages, problems


def parse_stage(config: Mapping[str, Any], name: str) -> tuple[Account, Stage]:
    """Take from a plain dict only what one stage's stacks use: the pipeline's account and the stage's block.

    Raises
    ------
    InvalidFilesError
        If one of the two is missing or has mistakes.
    """
    document = Document("config", dict(config))
    problems: list[Problem] = []
    pipeline_account = _account(document, PIPELINE_ACCOUNT, problems)
    if name not in config:
        known = [key for key in config if key not in (PIPELINE_ACCOUNT, "source") and not str(key).endswith("Account")]
        problems.append(document.problem(f"{name} is missing{nearest(name, map(str, known))}"))
    has_account = f"{name}Account" in config
    stage = _stage(document, name, _stage_names(document.data)[-1:] == [name], problems, has_account=has_account)
    if problems or not pipeline_account:
        raise InvalidFilesError(problems)
    return pipeline_account, stage


def _stage_names(data: Mapping[Any, Any]) -> list[str]:
    accounts = [str(key) for key in data if str(key).endswith("Account") and key != PIPELINE_ACCOUNT]
    return [key.removesuffix("Account") for key in accounts]


def _account(document: Document, key: str, problems: list[Problem]) -> Account | None:
    if key not in document.data:
        problems.append(document.problem(f"{key} is missing: give its awsAccountId and awsRegion"))
        return None
    return document.parse(Account, document.data[key], key, problems=problems)


def _stage(document: Document, name: str, last: bool, problems: list[Problem], *, has_account: bool = True) -> Stage:
    account = _account(document, f"{name}Account", problems) if has_account else None
    block = document.data.get(name) if name != "source" else None
    settings = document.parse(StageSettings, {} if block is None else without_passwords(block), name, problems=problems)
    problems += connection_problems(document, name, account.aws_region if account else None)
    if not settings:
        jobs = block.get("jobs") if isinstance(block, Mapping) else None
        settings = StageSettings(jobs=jobs if isinstance(jobs, dict) else {})
    approval = last if settings.approval is None else settings.approval
    integration_test = not last if settings.integration_test is None else settings.integration_test
    return Stage(
        name=name,
        account=account,
        jobs=settings.jobs,
        connections=settings.connections,
        workflows=settings.workflows,
        schedules_paused=not last if settings.schedules_paused is None else settings.schedules_paused,
        notify=settings.notify,
        approval=approval,
        integration_test=integration_test,
        document=document,
    )


def _has_legible_jobs(stage: Stage) -> bool:
    """Whether what the stage's jobs lack is a mistake of its own, and not a consequence of another one."""
    block = stage.document.data.get(stage.name)
    jobs = block.get("jobs") if isinstance(block, Mapping) else block
    return jobs is None or isinstance(jobs, Mapping)


def _unknown_keys(document: Document) -> list[Problem]:
    names = _stage_names(document.data)
    known = {PIPELINE_ACCOUNT, "source", *names, *(f"{name}Account" for name in names)}
    blocks = {f"{key}Account" for key, value in document.data.items() if isinstance(value, Mapping) and "jobs" in value}
    problems = []
    for key in document.data:
        if key in known:
            continue
        near = nearest(str(key), (known | blocks) - {f"{key}Account"})
        message = f"{key} is not known{near}"
        if "did you mean" not in near:
            if str(key).lower().endswith("account"):
                message = f"{key} is not known: a stage's account is called <stage>Account, like devAccount"
            elif _STAGE_NAME.fullmatch(str(key)):
                message = f"{key} has no account: add {key}Account, or remove the block"
        problems.append(document.problem(message, key))
    return problems


def _stage_name_problems(document: Document, names: list[str]) -> list[Problem]:
    problems = []
    seen: dict[str, str] = {}
    for name in names:
        at = f"{name}Account"
        if not _STAGE_NAME.fullmatch(name):
            rule = "should begin with a small letter and have at most 20 letters and digits"
            problems.append(document.problem(f"the stage name {name!r} {rule}", at))
        elif name == "source":
            problems.append(
                document.problem(f"a stage cannot be called {name}: that word has another meaning here", at)
            )
        if name.lower() in seen:
            other = seen[name.lower()]
            problems.append(document.problem(f"the stages {other} and {name} differ only by capital letters", at))
        seen[name.lower()] = name
    return problems


def _partition_problems(document: Document, pipeline: Account, stages: Sequence[Stage]) -> list[Problem]:
    return [
        document.problem(
            f"{stage.name}Account.awsRegion {stage.account.aws_region} is in the partition {stage.account.partition}, "
            f"the pipeline in {pipeline.partition}: a pipeline cannot deploy across partitions",
            f"{stage.name}Account", "awsRegion",
        )
        for stage in stages
        if stage.account and stage.account.partition != pipeline.partition
    ]  # fmt: skip
