"""What a request of any service but S3 asks for: actions, resources, values of condition keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from rehearsal.cloud.permissions.callers import tags_of
from rehearsal.cloud.permissions.context import context_of
from rehearsal.cloud.permissions.decision import Caller
from rehearsal.cloud.permissions.glue_resources import glue_resources, job_tags
from rehearsal.cloud.permissions.policy import Request

ALWAYS_ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
"""What needs no permission, as AWS documents it."""

_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""Where policies call a service otherwise than its endpoint is called."""

_NAMING = {
    "states": ("executionArn", "stateMachineArn", "resourceArn"),
    "sns": ("TopicArn", "TargetArn", "ResourceArn"),
}
"""The parameters that hold the ARN of a request's resource, for services that name it so."""

_PASSED = {
    # operation: the parameter that holds the role, and the service that gets it
    "glue:CreateJob": ("Role", "glue.amazonaws.com"),
    "glue:UpdateJob": ("JobUpdate.Role", "glue.amazonaws.com"),
    "cloudformation:CreateChangeSet": ("RoleARN", "cloudformation.amazonaws.com"),
    "cloudformation:CreateStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "cloudformation:UpdateStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "cloudformation:DeleteStack": ("RoleARN", "cloudformation.amazonaws.com"),
    "states:CreateStateMachine": ("roleArn", "states.amazonaws.com"),
    "states:UpdateStateMachine": ("roleArn", "states.amazonaws.com"),
    "codebuild:CreateProject": ("serviceRole", "codebuild.amazonaws.com"),
}


def requests_of(response: BaseResponse, caller: Caller) -> Iterator[Request]:
    """Return what a request asks for; all of it must be allowed.

    Parameters
    ----------
    response
        moto's answer to the request, not begun yet.
    caller
        Who asks.
    """
    action = action_of(response)
    service, _, operation = action.partition(":")
    account, region = response.current_account, response.region
    known = context_of(caller, account, region) | _request_tags(response)
    for resource in _resources(response, service, operation):
        context: dict[str, Any] = dict(known)
        if resource and service == "glue" and ":job/" in resource:
            context |= _resource_tags(job_tags(resource))
        if resource and ":stateMachine:" in resource:
            tags = stepfunctions_parser_backends[account][region].list_tags_for_resource(resource)["tags"]
            context |= _resource_tags({tag["key"]: tag["value"] for tag in tags})
        if action == "sts:AssumeRole":
            context |= {"sts:RoleSessionName": response._get_param("RoleSessionName")}
            context |= {"sts:ExternalId": response._get_param("ExternalId")} | _role_tags(str(resource))
        if action == "cloudwatch:PutMetricData":
            context["cloudwatch:namespace"] = response._get_param("Namespace")
        yield Request(action, resource, context)
    role = _passed_role(response, action, account)
    if role:
        context = {"iam:PassedToService": _PASSED[action][1], "iam:AssociatedResourceArn": None}
        yield Request("iam:PassRole", role, {**known, **context})


def action_of(response: BaseResponse) -> str:
    """Return the action that a request needs, for example ``glue:GetTable``."""
    prefix = str(get_service_model(response.boto3_service_name).endpoint_prefix)
    return f"{_PREFIXES.get(prefix, prefix)}:{response._get_action()}"


def _resources(response: BaseResponse, service: str, operation: str) -> Any:
    ask, account = response._get_param, response.current_account
    prefix = f"arn:{response.partition}:{service}:{response.region}:{account}:"
    match service:
        case "glue":
            return glue_resources(operation, ask, prefix)
        case "sts" if operation.startswith("AssumeRole"):
            return [ask("RoleArn")]
        case "secretsmanager" if ask("SecretId"):
            secret = secretsmanager_backends[account][response.region].secrets.get(ask("SecretId"))
            named = str(ask("SecretId"))
            return [secret.arn if secret else named if named.startswith("arn:") else f"{prefix}secret:{named}"]
        case "logs" if ask("logGroupName"):
            group, stream = ask("logGroupName"), ask("logStreamName")
            return [f"{prefix}log-group:{group}:log-stream:{stream or ''}"]
        case "states" | "sns":
            return [next((ask(name) for name in _NAMING[service] if ask(name)), None)]
        case "ssm" if ask("Name"):
            return [f"{prefix}parameter/{str(ask('Name')).lstrip('/')}"]
        case "cloudwatch" if operation == "PutMetricData":
            return ["*"]
        case _:
            return [None]


def _passed_role(response: BaseResponse, action: str, account: str) -> str | None:
    where, _ = _PASSED.get(action, ("", ""))
    if not where:
        return None
    role: Any = None
    first, _, rest = where.partition(".")
    role = response._get_param(first)
    if rest:
        role = (role or {}).get(rest)
    if not role:
        return None
    return str(role) if str(role).startswith("arn:") else f"arn:{response.partition}:iam::{account}:role/{role}"


def _resource_tags(tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the condition keys that a resource's tags give; any other one it lacks."""
    return {"aws:ResourceTag/*": None, **{f"aws:ResourceTag/{name}": value for name, value in tags.items()}}


def _role_tags(arn: str) -> dict[str, Any]:
    """Return the tags of a role by both keys that conditions may know them by; the CDK's self-mutation asks for one."""
    context: dict[str, Any] = {"iam:ResourceTag/*": None, "aws:ResourceTag/*": None}
    _, partition, _, _, account, *_ = [*arn.split(":"), *[""] * 5]
    try:
        role = iam_backends[account][partition].get_role_by_arn(arn)
    except (NotFoundException, KeyError):
        return context
    for tag in tags_of(role):
        context |= {f"{service}:ResourceTag/{tag['Key']}": tag["Value"] for service in ("iam", "aws")}
    return context


def _request_tags(response: BaseResponse) -> dict[str, Any]:
    tags = response._get_param("Tags")
    if not isinstance(tags, dict):  # Glue's form; in the other forms the keys stay unknown
        return {}
    named = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**named, "aws:RequestTag/*": None, "aws:TagKeys": sorted(tags)}
