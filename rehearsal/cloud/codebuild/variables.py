"""The environment variables of a build: CodeBuild's own, the project's, the buildspec's, the pipeline's."""

from __future__ import annotations

import json
from pathlib import Path

from botocore.exceptions import ClientError

from rehearsal.cloud.codebuild.buildspec import Buildspec
from rehearsal.cloud.codebuild.record import Build
from rehearsal.cloud.sessions import Session


class VariableError(Exception):
    """A variable's value could not be obtained."""


def environment_of(build: Build, spec: Buildspec, session: Session, sources: dict[str, Path]) -> dict[str, str]:
    """Return the variables that a build starts with, beside those of its tools and its role.

    Later ones win: buildspec, then project, then what the build was started with.

    Parameters
    ----------
    build, spec
        The build and its buildspec.
    session
        Of the project's role, which reads parameters and secrets.
    sources
        Directories by the source's name; the primary one's is empty.

    Raises
    ------
    VariableError
        If a parameter or a secret is missing or may not be read.
    """
    found = {
        "CI": "true",
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": str(build.project["environment"].get("image", "")),
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_LOG_PATH": build.uuid,
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.source_version,
        "CODEBUILD_SOURCE_VERSION": build.source_version,
        "CODEBUILD_START_TIME": str(int(build.started * 1000)),
    }
    for name, folder in sources.items():
        found[f"CODEBUILD_SRC_DIR_{name}" if name else "CODEBUILD_SRC_DIR"] = str(folder)
    found |= spec.variables
    found |= {name: _value("PARAMETER_STORE", value, session) for name, value in spec.parameters.items()}
    found |= {name: _value("SECRETS_MANAGER", value, session) for name, value in spec.secrets.items()}
    for variable in [*build.project["environment"].get("environmentVariables", []), *build.variables]:
        found[variable["name"]] = _value(variable.get("type", "PLAINTEXT"), variable["value"], session)
    return found


def _value(kind: str, value: str, session: Session) -> str:
    try:
        if kind == "PARAMETER_STORE":
            told = session.client("ssm").get_parameter(Name=value, WithDecryption=True)
            return str(told["Parameter"]["Value"])
        if kind == "SECRETS_MANAGER":
            return _secret(value, session)
    except ClientError as error:
        raise VariableError(f"{value}: {error}") from error
    return value


def _secret(reference: str, session: Session) -> str:
    """Return a secret by ``name:json-key``, as CodeBuild writes references; an ARN has seven parts of its own."""
    parts = reference.split(":")
    own = 7 if reference.startswith("arn:") else 1
    name, key = ":".join(parts[:own]), parts[own] if len(parts) > own else ""
    text = str(session.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    if not key:
        return text
    try:
        return str(json.loads(text)[key])
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise VariableError(f"secret {name} has no key {key}") from error
