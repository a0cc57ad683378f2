"""The clients of an execution's tasks: they act as the state machine's role; moto's act for nobody, in one account."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from types import ModuleType
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk

from rehearsal.cloud.sessions import Session, assume_as_service
from rehearsal.cloud.stepfunctions.trust import service_of

_SDK_ERRORS = {
    "cloudwatch": "CloudWatch",
    "eventbridge": "EventBridge",
    "glue": "Glue",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}
"""How the names of errors begin, where moto leaves the service's name in small letters."""


def install(modules: Iterable[ModuleType]) -> None:
    """Give the modules of moto that call services clients of the role.

    Parameters
    ----------
    modules
        The modules of moto's interpreter.
    """
    for module in modules:
        if hasattr(module, "boto_client_for"):
            module.boto_client_for = as_text if module is sdk else as_number  # type: ignore[attr-defined]
    sdk._SERVICE_ERROR_NAMES.update(_SDK_ERRORS)


def as_number(region: str, service: str, state_credentials: StateCredentials | None = None) -> Any:
    """Return a client whose moments are milliseconds since 1970, as in the answers of optimized integrations."""
    return _client(region, service, state_credentials, lambda moment: int(moment.timestamp() * 1000))


def as_text(region: str, service: str, state_credentials: StateCredentials | None = None) -> Any:
    """Return a client whose moments are texts of ISO 8601, as in the answers of ``aws-sdk`` integrations."""
    return _client(region, service, state_credentials, lambda moment: moment.isoformat().replace("+00:00", "Z"))


def session_of(role_arn: str, region: str) -> Session:
    """Return a new session of a state machine's role.

    Raises
    ------
    botocore.exceptions.ClientError
        If the role does not trust Step Functions (any more).
    """
    # the name of a session is AWS's own choice: 32 letters that say nothing
    return assume_as_service(service_of(role_arn, region), role_arn, region, secrets.token_hex(16))


def _client(region: str, service: str, credentials: StateCredentials | None, form: Any) -> Any:
    if credentials is None:
        raise RuntimeError(f"a task of {service} without a role")  # none of moto's integrations does so
    made = session_of(credentials.role_arn, region).fresh_client(service, region)

    def make_plain(parsed: Any, **_: Any) -> None:
        # moto puts the answer into JSON, and its own encoder has a third form for moments
        _replace_moments(parsed, form)

    made.meta.events.register(f"after-call.{made.meta.service_model.service_id.hyphenize()}", make_plain)
    return made


def _replace_moments(value: Any, form: Any) -> None:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        if isinstance(item, datetime):
            value[key] = form(item)
        else:
            _replace_moments(item, form)
