"""The CloudFormation action: change sets and stacks, as the action's role and with a role for CloudFormation.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CloudFormation.html
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.cloud.codepipeline.action import ActionError, Context, Outcome

_KNOWN = (
    "ActionMode",
    "StackName",
    "ChangeSetName",
    "Capabilities",
    "RoleArn",
    "TemplatePath",
    "TemplateConfiguration",
    "ParameterOverrides",
)
_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_NO_UPDATE = "No updates are to be performed."


def deploy(context: Context) -> Outcome:
    """Do what ActionMode says."""
    context.refuse_others(*_KNOWN)
    mode = context.setting("ActionMode")
    modes = {
        "CHANGE_SET_REPLACE": _replace_change_set,
        "CHANGE_SET_EXECUTE": _execute_change_set,
        "CREATE_UPDATE": _create_or_update,
        "DELETE_ONLY": _delete,
    }
    if mode not in modes:
        raise ActionError(f"The rehearsal's CloudFormation action has no ActionMode {mode}", "ConfigurationError")
    cloudformation = context.session().client("cloudformation", context.where)
    context.record.external_id = context.setting("StackName")
    try:
        return modes[mode](context, cloudformation)
    except ClientError as error:
        raise ActionError(str(error)) from error


def _replace_change_set(context: Context, cloudformation: Any) -> Outcome:
    stack, name = context.setting("StackName"), context.setting("ChangeSetName")
    exists = _status(cloudformation, stack) not in ("", "REVIEW_IN_PROGRESS")
    if exists or _status(cloudformation, stack):
        cloudformation.delete_change_set(StackName=stack, ChangeSetName=name)
    kind = "UPDATE" if exists else "CREATE"
    cloudformation.create_change_set(ChangeSetName=name, ChangeSetType=kind, **_template(context))
    told = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
    if told["Status"] == "FAILED" and not _nothing_to_do(told):
        raise ActionError(f"Change set {name} of {stack} failed: {told.get('StatusReason', '')}")
    return Outcome(summary=f"Change set {name} was {'not needed' if _nothing_to_do(told) else 'created'}.")


def _execute_change_set(context: Context, cloudformation: Any) -> Outcome:
    stack, name = context.setting("StackName"), context.setting("ChangeSetName")
    told = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name)
    if _nothing_to_do(told):
        return Outcome(_outputs(cloudformation, stack), "There was nothing to change.")
    if told["ExecutionStatus"] != "AVAILABLE":
        raise ActionError(f"Change set {name} of {stack} cannot be executed: it is {told['ExecutionStatus']}")
    cloudformation.execute_change_set(StackName=stack, ChangeSetName=name)
    return _ended(cloudformation, stack)


def _create_or_update(context: Context, cloudformation: Any) -> Outcome:
    stack = context.setting("StackName")
    if not _status(cloudformation, stack):
        cloudformation.create_stack(**_template(context))
        return _ended(cloudformation, stack)
    try:
        cloudformation.update_stack(**_template(context))
    except ClientError as error:
        if _NO_UPDATE not in str(error):
            raise
        return Outcome(_outputs(cloudformation, stack), "There was nothing to change.")
    return _ended(cloudformation, stack)


def _delete(context: Context, cloudformation: Any) -> Outcome:
    stack = context.setting("StackName")
    if _status(cloudformation, stack):
        cloudformation.delete_stack(StackName=stack)
        status = _status(cloudformation, stack)
        if status:
            raise ActionError(f"Stack {stack} is {status}: {_failures(cloudformation, stack)}")
    return Outcome(summary=f"Stack {stack} is gone.")


def _template(context: Context) -> dict[str, Any]:
    """Return the parameters of the call that say what the stack is to be."""
    overrides = json.loads(context.configuration.get("ParameterOverrides") or "{}")
    settings: dict[str, Any] = {}
    if context.configuration.get("TemplateConfiguration"):
        settings = json.loads(_file(context, context.configuration["TemplateConfiguration"]))
    parameters = {**settings.get("Parameters", {}), **overrides}
    if not all(isinstance(value, str) for value in parameters.values()):
        raise ActionError("The rehearsal's parameter overrides are texts only", "ConfigurationError")
    return {
        "StackName": context.setting("StackName"),
        "TemplateBody": _file(context, context.setting("TemplatePath")),
        "RoleARN": context.setting("RoleArn"),
        "Capabilities": [each for each in context.configuration.get("Capabilities", "").split(",") if each],
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Tags": [{"Key": name, "Value": value} for name, value in settings.get("Tags", {}).items()],
    }


def _file(context: Context, path: str) -> str:
    """Return a file of an artifact, named ``Artifact::path``."""
    artifact, _, name = path.partition("::")
    place = context.input(artifact)
    try:
        body = context.session().client("s3", context.where).get_object(Bucket=place.bucket, Key=place.key)["Body"]
        with zipfile.ZipFile(io.BytesIO(body.read())) as archive:
            return archive.read(name).decode()
    except ClientError as error:
        raise ActionError(f"{error} (artifact {artifact})", "PermissionError") from error
    except KeyError as error:
        raise ActionError(f"File [{name}] does not exist in artifact [{artifact}]", "ConfigurationError") from error


def _status(cloudformation: Any, stack: str) -> str:
    try:
        return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return ""


def _ended(cloudformation: Any, stack: str) -> Outcome:
    """Tell how a deployment ended, which it has when the call returns."""
    status = _status(cloudformation, stack)
    if status not in _GOOD:
        raise ActionError(f"Stack {stack} is {status}: {_failures(cloudformation, stack)}")
    return Outcome(_outputs(cloudformation, stack), f"Stack {stack}: {status}.")


def _failures(cloudformation: Any, stack: str) -> str:
    """Return what failed in the last deployment of a stack, in the words of its events."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    told = []
    for event in events:  # the newest first, back to the start of this deployment
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if status.endswith("_FAILED"):
            told.append(f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}")
        if reason == "User Initiated" and status.endswith("_IN_PROGRESS"):
            break
    return "; ".join(reversed(told)) or "no event says why"


def _outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _nothing_to_do(told: dict[str, Any]) -> bool:
    return told["Status"] == "FAILED" and "didn't contain changes" in told.get("StatusReason", "")
