"""The stage under test: where it is, the role that may test it, and the jobs that carry its tag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, UnknownRegionError

CONSOLE_DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?P<path>\S+)")
_LIST_JOBS_PAGE = 1000  # the most that ListJobs gives at once


class StageError(Exception):
    """What keeps the stage from being tested at all, in a sentence for whoever called the test."""


@dataclass(frozen=True)
class Stage:
    """A deployed stage.

    Parameters
    ----------
    account, region
        Where it is deployed: twelve digits, and a Region such as ``eu-west-1``.
    name
        Its name in the pipeline, and the value of its jobs' tag ``stage``: ``DeployDev``.
    role_arn
        The role of that account which may run its jobs.
    """

    account: str
    region: str
    name: str
    role_arn: str

    def __post_init__(self) -> None:
        """Refuse what cannot be a stage, before any call to AWS."""
        if not re.fullmatch(r"\d{12}", self.account):
            raise StageError(f"--account {self.account} is no AWS account ID: it has twelve digits.")
        if not re.fullmatch(r"Deploy[A-Z][a-zA-Z0-9]*", self.name):
            raise StageError(
                f"--stage-name {self.name} is no stage of the pipeline: they are named Deploy<Stage>, as in DeployDev."
            )
        role = _ROLE_ARN.fullmatch(self.role_arn)
        if role is None:
            raise StageError(
                f"--sts-role-arn {self.role_arn} is no role: it looks like arn:aws:iam::{self.account}:role/<name> "
                "(the output TestRoleArn of the stage's IntegrationTest stack)."
            )
        if role["account"] != self.account:
            raise StageError(
                f"The role is of account {role['account']}, but --account is {self.account}: "
                "give the test role of the account that the stage is deployed to."
            )
        if role["partition"] != _partition_of(self.region):
            raise StageError(
                f"The role is of partition {role['partition']}, "
                f"but Region {self.region} belongs to {_partition_of(self.region)}."
            )

    @property
    def prefix(self) -> str:
        """What the stage's deployed jobs are called before their name in the catalog: ``dev-``."""
        word = self.name.removeprefix("Deploy")
        return f"{word[0].lower()}{word[1:]}-"

    def name_in_catalog(self, job: str) -> str:
        """Give the name of a deployed job without its stage."""
        return job.removeprefix(self.prefix)

    def log_link(self, log_group: str, stream: str) -> str:
        """Give the address of a log stream in the CloudWatch console.

        Where the partition's console is not known, the names of group and stream have to do.
        """
        group, quoted_stream = (_console_quote(part) for part in (log_group, stream))
        page = self._console_page("cloudwatch", f"logsV2:log-groups/log-group/{group}/log-events/{quoted_stream}")
        return page or f"log group {log_group}, stream {stream}"

    def execution_link(self, arn: str) -> str:
        """Give the address of a workflow's execution in the console, or its ARN where that is not known."""
        return self._console_page("states", f"/v2/executions/details/{arn}") or arn

    def _console_page(self, service: str, page: str) -> str | None:
        domain = CONSOLE_DOMAINS.get(_partition_of(self.region))
        return f"https://{self.region}.{domain}/{service}/home?region={self.region}#{page}" if domain else None


def assume_test_role(stage: Stage) -> boto3.Session:
    """Open a session with the stage's test role.

    The session assumes the role anew before its credentials expire: a role assumed by a role (the build's) lasts an
    hour at most, and jobs may run longer.

    Raises
    ------
    StageError
        No credentials to assume the role with, or the role does not let them.
    """
    provider = _TestRole(stage)
    try:
        provider.assume()
    except NoCredentialsError:
        raise StageError(
            "There are no AWS credentials to assume the test role with: set AWS_PROFILE, "
            "or run this in the pipeline's test build."
        ) from None
    except ClientError as error:
        raise StageError(
            f"The role {stage.role_arn} cannot be assumed: {error_text(error)}. "
            "It trusts the role of the pipeline's test build and nobody else."
        ) from None
    except BotoCoreError as error:
        raise StageError(f"The role {stage.role_arn} cannot be assumed: {error}") from None
    session = botocore.session.get_session()
    session.register_component("credential_provider", CredentialResolver([provider]))
    return boto3.Session(botocore_session=session, region_name=stage.region)


def tagged_jobs(session: boto3.Session, stage: Stage) -> list[str]:
    """Name the jobs whose tag ``stage`` is the stage's name, sorted.

    AWS does the filtering: the number of calls does not grow with the jobs of other stages, but for pages.

    Raises
    ------
    StageError
        ListJobs is refused.
    """
    glue = session.client("glue", config=patience(6))
    pages = glue.get_paginator("list_jobs").paginate(
        Tags={"stage": stage.name}, PaginationConfig={"PageSize": _LIST_JOBS_PAGE}
    )
    try:
        return sorted({name for page in pages for name in page["JobNames"]})
    except ClientError as error:
        raise StageError(f"The jobs of {stage.name} cannot be listed: {error_text(error)}") from None
    except BotoCoreError as error:
        raise StageError(f"The jobs of {stage.name} cannot be listed: {error}") from None


def patience(attempts: int) -> Config:
    """Let botocore itself ride out throttling and short outages, for so many attempts at a call."""
    return Config(retries={"mode": "standard", "total_max_attempts": attempts}, connect_timeout=5, read_timeout=20)


class _TestRole(CredentialProvider):  # type: ignore[misc] # botocore is untyped
    """Gives a session the test role's credentials, and new ones before they expire."""

    METHOD = "test-role"

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        # the caller's own credentials: in the pipeline the build's role, which renews them by itself
        self._sts = boto3.Session().client("sts", region_name=stage.region, config=patience(6))
        self._first: dict[str, str] | None = None

    def assume(self) -> None:
        """Assume the role now, so that a refusal is known before anything else happens."""
        self._first = self._fetch()

    def load(self) -> RefreshableCredentials:
        """Credentials that fetch their successors."""
        return RefreshableCredentials.create_from_metadata(
            self._first or self._fetch(), refresh_using=self._fetch, method=self.METHOD
        )

    def _fetch(self) -> dict[str, str]:
        answer: dict[str, Any] = self._sts.assume_role(
            RoleArn=self._stage.role_arn, RoleSessionName=f"integration-test-{self._stage.name}"[:64]
        )
        credentials = answer["Credentials"]
        return {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }


@cache
def _partition_of(region: str) -> str:
    try:
        partition: str = botocore.session.get_session().get_partition_for_region(region)
    except UnknownRegionError:
        raise StageError(f"--region {region} is no AWS Region.") from None
    return partition


def _console_quote(text: str) -> str:
    """Escape as the CloudWatch console does: percent-encoded twice, with $ for the second time's %."""
    return quote(quote(text, safe=""), safe="").replace("%", "$")


def error_text(error: ClientError) -> str:
    """Give the code and the message of an error of AWS."""
    return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '').rstrip('.')}"
