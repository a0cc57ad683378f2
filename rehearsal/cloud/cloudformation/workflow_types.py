"""State machines, which moto's CloudFormation makes where nothing executes them, and EventBridge's schedules."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from moto.cloudformation.exceptions import ValidationError

from rehearsal.cloud.assume_role import trusts
from rehearsal.cloud.cloudformation.resource import Resource

_LONGEST_NAME = 80
_WITHOUT = {"loggingConfiguration": {"level": "OFF"}, "tracingConfiguration": {"enabled": False}}
"""What a machine has whose template says nothing of it."""

_EXPRESSIONS = (
    re.compile(r"rate\([1-9]\d* (minute|hour|day)s?\)"),
    re.compile(r"at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)"),
    re.compile(r"cron\((\S+ ){5}\S+\)"),
)


class StateMachine(Resource):
    """AWS::StepFunctions::StateMachine; an update keeps its executions, which go on as they began."""

    TYPE = "AWS::StepFunctions::StateMachine"
    NAME_PROPERTY = "StateMachineName"
    ATTRIBUTES = ("Arn", "Name", "StateMachineRevisionId")
    REPLACED_BY = ("StateMachineType",)

    def create(self) -> None:
        """Create the machine; Ref gives its ARN."""
        states = self.api("stepfunctions")
        name = self.name[-_LONGEST_NAME:].lstrip("-")  # a generated one may be longer
        taken = [arn for found, arn in self._machines() if found == name]
        if taken:
            # the API takes the same definition twice, but no machine belongs to two stacks
            raise ValidationError(
                message="Resource handler returned message: "
                f"\"State Machine Already Exists: '{taken[0]}'\" (HandlerErrorCode: AlreadyExists)"
            )
        more = {"type": self.properties["StateMachineType"]} if "StateMachineType" in self.properties else {}
        tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in self.properties.get("Tags", [])]
        made = states.create_state_machine(name=name, tags=tags, **more, **self._settings("CreateStateMachine"))
        self.name = made["stateMachineArn"]
        self._look()

    def change(self, previous: StateMachine) -> None:
        """Update definition, role and settings in place, and the tags."""
        states = self.api("stepfunctions")
        states.update_state_machine(stateMachineArn=self.name, **{**_WITHOUT, **self._settings("UpdateStateMachine")})
        before, after = (
            {tag["Key"]: tag["Value"] for tag in one.properties.get("Tags", [])} for one in (previous, self)
        )
        if set(before) - set(after):
            states.untag_resource(resourceArn=self.name, tagKeys=sorted(set(before) - set(after)))
        if after:
            tags = [{"key": key, "value": value} for key, value in after.items()]
            states.tag_resource(resourceArn=self.name, tags=tags)
        self._look()

    def remove(self) -> None:
        """Delete the machine."""
        self.api("stepfunctions").delete_state_machine(stateMachineArn=self.name)

    def _settings(self, operation: str) -> dict[str, Any]:
        named = ("RoleArn", "LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration")
        given = {name: self.properties[name] for name in named if name in self.properties}
        return {**self.api_parameters("stepfunctions", operation, given), "definition": self._definition()}

    def _definition(self) -> str:
        """Return the definition, from wherever the template has it, with what is to be put in for its ``${names}``."""
        if "DefinitionS3Location" in self.properties:
            place = self.properties["DefinitionS3Location"]
            version = {"VersionId": place["Version"]} if "Version" in place else {}
            found = self.api("s3").get_object(Bucket=place["Bucket"], Key=place["Key"], **version)
            text: str = found["Body"].read().decode()
            if place["Key"].endswith((".yaml", ".yml")):
                text = json.dumps(yaml.safe_load(text))
        elif "Definition" in self.properties:
            text = json.dumps(self.properties["Definition"])
        elif "DefinitionString" in self.properties:
            text = str(self.properties["DefinitionString"])
        else:
            raise ValidationError(message="One of DefinitionString, Definition and DefinitionS3Location is required")
        for name, value in self.properties.get("DefinitionSubstitutions", {}).items():
            spelled = str(value).lower() if isinstance(value, bool) else str(value)
            text = text.replace(f"${{{name}}}", json.dumps(spelled)[1:-1])  # within a text of JSON
        return text

    def _look(self) -> None:
        found = self.api("stepfunctions").describe_state_machine(stateMachineArn=self.name)
        self.attributes = {"Arn": self.name, "Name": found["name"], "StateMachineRevisionId": found["revisionId"]}

    def _machines(self) -> list[tuple[str, str]]:
        pages = self.api("stepfunctions").get_paginator("list_state_machines").paginate()
        return [(one["name"], one["stateMachineArn"]) for page in pages for one in page["stateMachines"]]


class Schedule(Resource):
    """AWS::Scheduler::Schedule: kept, never fired."""

    TYPE = "AWS::Scheduler::Schedule"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Arn",)
    REPLACED_BY = ("GroupName",)

    def create(self) -> None:
        """Create the schedule."""
        self._check()
        made = self.api("scheduler").create_schedule(**self._parameters())
        self.attributes["Arn"] = made["ScheduleArn"]

    def change(self, previous: Schedule) -> None:
        """Update the schedule in place."""
        self._check()
        self.api("scheduler").update_schedule(**self._parameters())

    def remove(self) -> None:
        """Delete the schedule."""
        group = {"GroupName": self.properties["GroupName"]} if "GroupName" in self.properties else {}
        self.api("scheduler").delete_schedule(Name=self.name, **group)

    def _parameters(self) -> dict[str, Any]:
        return {**self.api_parameters("scheduler", "CreateSchedule"), "Name": self.name}

    def _check(self) -> None:
        """Refuse what moto takes: an expression that is none, and a role that the scheduler may not assume."""
        expression, role = self.properties["ScheduleExpression"], self.properties["Target"]["RoleArn"]
        if not any(form.fullmatch(expression) for form in _EXPRESSIONS):
            raise ValidationError(
                message=f"Invalid Schedule Expression {expression}. (Error Code: ValidationException)"
            )
        if not trusts(role, service="scheduler.amazonaws.com"):
            raise ValidationError(
                message="The execution role you provide must allow AWS EventBridge Scheduler to assume the role. "
                f"({role}) (Error Code: ValidationException)"
            )


class ScheduleGroup(Resource):
    """AWS::Scheduler::ScheduleGroup."""

    TYPE = "AWS::Scheduler::ScheduleGroup"
    NAME_PROPERTY = "Name"
    ATTRIBUTES = ("Arn", "State")

    def create(self) -> None:
        """Create the group."""
        made = self.api("scheduler").create_schedule_group(
            **{**self.api_parameters("scheduler", "CreateScheduleGroup"), "Name": self.name}
        )
        self.attributes = {"Arn": made["ScheduleGroupArn"], "State": "ACTIVE"}

    def change(self, previous: ScheduleGroup) -> None:
        """Bring the tags in line: nothing else changes in place."""
        arn, tags = self.attributes["Arn"], self.properties.get("Tags", [])
        gone = {tag["Key"] for tag in previous.properties.get("Tags", [])} - {tag["Key"] for tag in tags}
        if gone:
            self.api("scheduler").untag_resource(ResourceArn=arn, TagKeys=sorted(gone))
        if tags:
            self.api("scheduler").tag_resource(ResourceArn=arn, Tags=tags)

    def remove(self) -> None:
        """Delete the group."""
        self.api("scheduler").delete_schedule_group(Name=self.name)


TYPES = (StateMachine, Schedule, ScheduleGroup)
