"""`default-config.yaml` as a typed, validated model: the accounts, the source, the stages and their jobs' parameters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.documents import Document, read_yaml, type_name
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem, nearest

PIPELINE_ACCOUNT = "pipelineAccount"
_STAGE_NAME = re.compile(r"[a-z][a-zA-Z0-9]{0,19}")
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}")
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=False)


class Account(_Model):
    """Where something is deployed: an AWS account ID (twelve digits) and a Region."""

    aws_account_id: str
    aws_region: str

    @field_validator("aws_account_id", mode="before")
    @classmethod
    def _twelve_digits(cls, value: Any) -> str:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if re.fullmatch(r"[0-9]{12}", text):
            return text
        hint = ""
        if isinstance(value, int):
            hint = "; an unquoted number with a leading zero may have been read as octal before it came here: quote it"
        found = repr(value) if isinstance(value, str | int | float) else type_name(value)
        raise ValueError(f"should be twelve digits, like '012345678901', found {found}{hint}")

    @field_validator("aws_region")
    @classmethod
    def _region(cls, value: str) -> str:
        if not _REGION.fullmatch(value):
            raise ValueError(f"should be a Region, like us-east-1, found {value!r}")
        return value

    @property
    def partition(self) -> str:
        """The partition of the Region: `aws`, `aws-cn`, `aws-us-gov`, ..."""
        return next((name for prefix, name in _PARTITIONS.items() if self.aws_region.startswith(prefix)), "aws")


class Source(_Model):
    """Where the pipeline takes its code from.

    Parameters
    ----------
    provider
        `codecommit`, or `connection` for GitHub, GitLab and Bitbucket through AWS CodeConnections.
    repository
        Name of the CodeCommit repository; `owner/name` for a connection.
    branch
        The branch whose pushes start the pipeline.
    create
        CodeCommit only: whether the pipeline stack creates the repository and seeds it from the checkout.
    connection_arn
        ARN of the connection, for provider `connection`.
    """

    provider: Literal["codecommit", "connection"] = "codecommit"
    repository: str = Field(default="aws-glue-cdk-baseline", pattern=r"^[\w./-]{1,200}$")
    branch: str = Field(default="main", pattern=r"^[^\s~^:?*\[\\]{1,200}$")
    create: bool = True
    connection_arn: str | None = Field(default=None, pattern=r"^arn:[\w-]+:(codestar-connections|codeconnections):.+$")


class StageSettings(_Model):
    """What the config says of a stage besides its account; None means that the stage's place in the order decides."""

    jobs: dict[str, Any] = Field(default_factory=dict)
    approval: bool | None = None
    integration_test: bool | None = None

    @field_validator("jobs", mode="before")
    @classmethod
    def _nothing_is_no_jobs(cls, value: Any) -> Any:
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
    approval: bool
    integration_test: bool
    document: Document

    @property
    def pipeline_name(self) -> str:
        """Its name in the pipeline and the value of its tag `stage`: `DeployDev`."""
        return f"Deploy{self.name[0].upper()}{self.name[1:]}"

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
    document = config if isinstance(config, Document) else Document("config", dict(config))
    problems = _unknown_keys(document)
    pipeline_account = _account(document, PIPELINE_ACCOUNT, problems)
    source = document.parse(Source, document.data.get("source", {}) or {}, "source", problems=problems)
    if source:
        problems += _source_problems(document, source)
    names = _stage_names(document.data)
    stages = [_stage(document, name, name == names[-1], problems) for name in names]
    if not names:
        problems.append(document.problem("no stage: add an account for each, such as devAccount and prodAccount"))
    problems += _stage_name_problems(document, names)
    if pipeline_account:
        problems += _partition_problems(document, pipeline_account, stages)
    if problems or not pipeline_account or not source:
        raise InvalidFilesError(problems)
    return Config(pipeline_account, source, tuple(stages), document)


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
    block = document.data.get(name)
    settings = document.parse(StageSettings, {} if block is None else block, name, problems=problems) or StageSettings()
    approval = last if settings.approval is None else settings.approval
    integration_test = not last if settings.integration_test is None else settings.integration_test
    return Stage(name, account, settings.jobs, approval, integration_test, document)


def _unknown_keys(document: Document) -> list[Problem]:
    names = _stage_names(document.data)
    known = {PIPELINE_ACCOUNT, "source", *names, *(f"{name}Account" for name in names)}
    problems = []
    for key in map(str, document.data):
        if key in known:
            continue
        near = nearest(key, known)
        message = f"{key} is not known{near}"
        if _STAGE_NAME.fullmatch(key) and "did you mean" not in near:
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
        elif name in ("source", "pipeline"):
            problems.append(
                document.problem(f"a stage cannot be called {name}: that word has another meaning here", at)
            )
        if name.lower() in seen:
            other = seen[name.lower()]
            problems.append(document.problem(f"the stages {other} and {name} differ only by capital letters", at))
        seen[name.lower()] = name
    return problems


def _source_problems(document: Document, source: Source) -> list[Problem]:
    problems = []
    if source.provider == "connection":
        if not source.connection_arn:
            problems.append(document.problem("source.connectionArn is missing: provider connection needs it", "source"))
        if source.repository.count("/") < 1:
            problems.append(
                document.problem(
                    f"source.repository should be owner/name for a connection, found {source.repository!r}",
                    "source", "repository",
                )
            )  # fmt: skip
    else:
        if source.connection_arn:
            problems.append(
                document.problem("source.connectionArn is for provider connection", "source", "connectionArn")
            )
        if not re.fullmatch(r"[\w.-]{1,100}", source.repository) or source.repository.endswith(".git"):
            rule = "may have letters, digits, '.', '_' and '-', at most 100, and not end with .git"
            problems.append(
                document.problem(
                    f"source.repository: a CodeCommit repository's name {rule}, found {source.repository!r}",
                    "source", "repository",
                )
            )  # fmt: skip
    return problems


def _partition_problems(document: Document, pipeline: Account, stages: list[Stage]) -> list[Problem]:
    return [
        document.problem(
            f"{stage.name}Account.awsRegion {stage.account.aws_region} is in the partition {stage.account.partition}, "
            f"the pipeline in {pipeline.partition}: a pipeline cannot deploy across partitions",
            f"{stage.name}Account", "awsRegion",
        )
        for stage in stages
        if stage.account and stage.account.partition != pipeline.partition
    ]  # fmt: skip
