"""Where the pipeline takes its code from, as the config gives it."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from aws_glue_cdk_baseline.documents import FileModel, Key, text_like

_CONNECTION_ARN = r"arn:[\w-]+:(codestar-connections|codeconnections):[a-z0-9-]+:[0-9]{12}:connection/.+"


class Source(FileModel):
    """A repository and a branch.

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

    model_config = ConfigDict(alias_generator=to_camel)

    provider: Literal["codecommit", "connection"] = "codecommit"
    repository: Annotated[str, text_like(r"[\w./-]{1,200}", "a repository's name")] = "aws-glue-cdk-baseline"
    branch: Annotated[str, text_like(r"[^\s~^:?*\[\\]{1,200}", "a branch's name")] = "main"
    create: bool = True
    connection_arn: Annotated[str, text_like(_CONNECTION_ARN, "the ARN of a CodeConnections connection")] | None = None


def contradictions(source: Source) -> Iterator[tuple[tuple[Key, ...], str]]:
    """Yield what does not go together, as a path into the source and a sentence."""
    if source.provider == "connection":
        if not source.connection_arn:
            yield (), "source.connectionArn is missing: provider connection needs it"
        if not re.fullmatch(r"[^/]+(/[^/]+)+", source.repository):
            yield (
                ("repository",),
                f"source.repository should be owner/name for a connection, found {source.repository!r}",
            )
        if "create" in source.model_fields_set:
            yield ("create",), "source.create is for provider codecommit: remove it"
        return
    if source.connection_arn:
        yield ("connectionArn",), "source.connectionArn is for provider connection: remove it, or set the provider"
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", source.repository) or source.repository.endswith(".git"):
        rule = "may have letters, digits, '.', '_' and '-', at most 100, and not end with .git"
        yield (
            ("repository",),
            f"source.repository: a CodeCommit repository's name {rule}, found {source.repository!r}",
        )
