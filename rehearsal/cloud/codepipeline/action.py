"""What an action gets to do its work, and how it says what became of it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from rehearsal.cloud.codebuild.record import Place
from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codepipeline.record import ActionExecution, Execution, Revision
from rehearsal.cloud.sessions import Session, assume_as_service

SERVICE = "codepipeline.amazonaws.com"

_VARIABLE = re.compile(r"#\{([^.{}]+)\.([^{}]+)\}")


class ActionError(Exception):
    """An action failed.

    Parameters
    ----------
    message
        What CodePipeline shows.
    code
        For example ``JobFailed``, ``ConfigurationError`` or ``PermissionError``.
    """

    def __init__(self, message: str, code: str = "JobFailed") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Outcome:
    """What a successful action tells.

    Parameters
    ----------
    variables
        Its output variables.
    summary
        A sentence.
    revision
        What a source fetched.
    """

    variables: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    revision: Revision | None = None


@dataclass(frozen=True)
class Context:
    """What an action works with.

    Parameters
    ----------
    account, region
        Where the pipeline is.
    execution
        The execution that it belongs to.
    record
        Its own run.
    builds
        CodeBuild.
    """

    account: str
    region: str
    execution: Execution
    record: ActionExecution
    builds: BuildService

    @property
    def configuration(self) -> dict[str, str]:
        """The action's configuration, its variables resolved."""
        return self.record.configuration

    @property
    def where(self) -> str:
        """The Region that the action acts in."""
        return self.record.action.region or self.region

    @property
    def ended(self) -> bool:
        """Whether the action is to be given up."""
        return self.execution.abandoned.is_set()

    def setting(self, name: str) -> str:
        """Return a value that the configuration must have.

        Raises
        ------
        ActionError
            If it has none.
        """
        if not self.configuration.get(name):
            raise ActionError(f"The action's configuration has no {name}", "ConfigurationError")
        return self.configuration[name]

    def refuse_others(self, *known: str) -> None:
        """Raise ActionError for a configuration value that the rehearsal does not act on."""
        unknown = sorted(set(self.configuration) - set(known))
        if unknown:
            provider = self.record.action.provider
            raise ActionError(
                f"The rehearsal's {provider} action does not know {', '.join(unknown)}", "ConfigurationError"
            )

    def session(self) -> Session:
        """Return a session of the action's role, or of the pipeline's where it has none.

        Raises
        ------
        ActionError
            If a role does not exist or does not trust the pipeline.
        """
        pipeline, own = self.execution.pipeline.role_arn, self.record.action.role_arn
        name = self.execution.id
        try:
            found = assume_as_service(SERVICE, pipeline, self.region, name)
            return found.assume(own, name) if own else found
        except ClientError as error:
            raise ActionError(
                f"The provided role cannot be assumed: {error.response['Error']['Message']}", "PermissionError"
            ) from error

    def place_for(self, artifact: str) -> Place:
        """Return where a new artifact goes."""
        pipeline = self.execution.pipeline
        key = f"{pipeline.name[:20]}/{artifact[:10]}/{uuid.uuid4().hex[:7]}"
        return Place(pipeline.bucket(self.where), key)

    def input(self, artifact: str) -> Place:
        """Return where an input artifact is.

        Raises
        ------
        ActionError
            If no action has made it.
        """
        if artifact not in self.execution.artifacts:
            raise ActionError(f"No action has made the artifact {artifact}", "ConfigurationError")
        return self.execution.artifacts[artifact]


Provider = Callable[[Context], Outcome]


def resolve(text: str, execution: Execution) -> str:
    """Return a configuration value with its references to variables resolved.

    Parameters
    ----------
    text
        ``#{namespace.name}``, and anything around it.
    execution
        The execution that has the variables.

    Raises
    ------
    ActionError
        If a variable does not exist.
    """

    def value(found: re.Match[str]) -> str:
        namespace, name = found[1], found[2]
        if namespace == "codepipeline" and name == "PipelineExecutionId":
            return execution.id
        known = execution.variables if namespace == "variables" else execution.outputs.get(namespace, {})
        if name not in known:
            raise ActionError(f"A variable reference could not be resolved: {found[0]}", "ConfigurationError")
        return known[name]

    return _VARIABLE.sub(value, text)
