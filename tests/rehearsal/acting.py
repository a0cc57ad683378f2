"""What the tests do in an account: deploy templates, make jobs of a few lines of Python, run them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rehearsal.local_cloud import LocalCloud

REGION = "us-east-1"
ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")

TRUST_GLUE: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}],
}

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass(frozen=True)
class Deployed:
    """What became of a stack."""

    status: str
    reason: str
    outputs: dict[str, str]
    events: list[tuple[str, str, str]]

    @property
    def failures(self) -> list[tuple[str, str, str]]:
        return [event for event in self.events if event[1].endswith("_FAILED")]

    def reason_of(self, resource: str) -> str:
        return next(reason for name, status, reason in self.events if name == resource and status.endswith("_FAILED"))


class Account:
    """An account of the local cloud, seen by its administrator."""

    def __init__(self, cloud: LocalCloud, id_: str) -> None:
        self.cloud = cloud
        self.id = id_

    def client(self, service: str, region: str = REGION) -> Any:
        return self.cloud.client(service, self.id, region)

    @cached_property
    def glue(self) -> Any:
        return self.client("glue")

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    @cached_property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    @cached_property
    def bucket(self) -> str:
        name = f"bucket-{self.id}"
        self.s3.create_bucket(Bucket=name)
        return name

    @cached_property
    def job_role(self) -> str:
        return self.make_role("job", ALLOW_ALL)

    def make_role(self, name: str, *statements: dict[str, Any], trust: dict[str, Any] = TRUST_GLUE) -> str:
        """Make a role with the given statements as its policy."""
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document)
        return str(made["Role"]["Arn"])

    # ---- stacks

    def deploy(
        self,
        name: str,
        resources: dict[str, Any],
        outputs: dict[str, Any] | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> Deployed:
        """Deploy a stack by a change set, as the CDK CLI does."""
        slots = {"Parameters": parameters} if parameters else {}
        template = json.dumps({**slots, "Resources": resources, "Outputs": outputs or {}})
        kind = "UPDATE" if self.exists(name) else "CREATE"
        self.cloudformation.create_change_set(
            StackName=name,
            ChangeSetName="change",
            ChangeSetType=kind,
            TemplateBody=template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        self.cloudformation.execute_change_set(StackName=name, ChangeSetName="change")
        deployed = self.stack(name)
        self.cloudformation.delete_change_set(StackName=name, ChangeSetName="change")
        return deployed

    def exists(self, name: str) -> bool:
        try:
            stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        except self.cloudformation.exceptions.ClientError:
            return False
        return bool(stack["StackStatus"] != "REVIEW_IN_PROGRESS")

    def stack(self, name: str) -> Deployed:
        stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        events = self.cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        return Deployed(
            stack["StackStatus"],
            stack.get("StackStatusReason", ""),
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            [
                (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
                for event in reversed(events)
            ],
        )

    # ---- jobs

    def put(self, key: str, text: str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return f"s3://{self.bucket}/{key}"

    def make_job(self, name: str, script: str, command: str = "pythonshell", **settings: Any) -> str:
        location = self.put(f"scripts/{name}.py", script)
        settings.setdefault("Role", self.job_role)
        self.glue.create_job(Name=name, Command={"Name": command, "ScriptLocation": location}, **settings)
        return name

    def start(self, job: str, **parameters: Any) -> str:
        return str(self.glue.start_job_run(JobName=job, **parameters)["JobRunId"])

    def run(self, job: str, **parameters: Any) -> dict[str, Any]:
        return self.wait(job, self.start(job, **parameters))

    def look(self, job: str, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return found

    def wait(self, job: str, run_id: str, states: tuple[str, ...] = ENDED, seconds: float = 90) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (run := self.look(job, run_id))["JobRunState"] not in states:
            if time.monotonic() > deadline:
                raise AssertionError(f"{job} {run_id} is {run['JobRunState']} after {seconds} s, not in {states}")
            time.sleep(0.05)
        return run

    def wait_for_attempt(self, job: str, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while run_id not in [run["Id"] for run in self.glue.get_job_runs(JobName=job)["JobRuns"]]:
            assert time.monotonic() < deadline, f"{job} was not tried again as {run_id}"
            time.sleep(0.05)
        return self.wait(job, run_id)

    def printed(self, run_id: str, group: str = "output") -> list[str]:
        logs = self.client("logs")
        events = logs.get_log_events(logGroupName=f"/aws-glue/jobs/{group}", logStreamName=run_id)["events"]
        return [event["message"] for event in events]
