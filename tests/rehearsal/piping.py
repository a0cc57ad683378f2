"""What the tests of pipelines do: declare small ones, start them, wait for what they become."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rehearsal.acting import Account
from tests.rehearsal.building import Projects, buildspec, role
from tests.rehearsal.test_codecommit import seeded

TEMPLATE = """{"Parameters": {"Word": {"Type": "String", "Default": "none"}},
 "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Word"}}}},
 "Outputs": {"Said": {"Value": {"Ref": "Word"}}}}"""


def action(provider: str, name: str, order: int = 1, **more: Any) -> dict[str, Any]:
    """An action; ``inputs`` and ``outputs`` name artifacts, other upper-case words are its configuration."""
    categories = {"CodeCommit": "Source", "CodeBuild": "Build", "CloudFormation": "Deploy", "Manual": "Approval"}
    kind = {"category": categories.get(provider, "Invoke"), "owner": "AWS", "provider": provider, "version": "1"}
    made: dict[str, Any] = {"name": name, "actionTypeId": kind, "runOrder": order}
    made["inputArtifacts"] = [{"name": each} for each in more.pop("inputs", [])]
    made["outputArtifacts"] = [{"name": each} for each in more.pop("outputs", [])]
    made["configuration"] = {key: more.pop(key) for key in list(more) if key[0].isupper()}
    return made | more


def with_capitals(value: Any) -> Any:
    """Names as CloudFormation has them."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: with_capitals(item) for key, item in value.items()}
    return [with_capitals(item) for item in value] if isinstance(value, list) else value


Files = dict[str, str] | Callable[["Piping"], dict[str, str]]


class Piping:
    """A repository, build projects and a pipeline in an account."""

    def __init__(self, account: Account, files: Files | None = None) -> None:
        self.account = account
        self.projects = Projects(account)
        self.codepipeline = account.client("codepipeline")
        self.role = role(account, "pipeline", "codepipeline.amazonaws.com")
        self.deployer = role(account, "deployer", "cloudformation.amazonaws.com")
        self.source = action(
            "CodeCommit",
            "Read",
            outputs=["Src"],
            namespace="Commit",
            RepositoryName="code",
            BranchName="main",
            PollForSourceChanges="false",
        )
        made = files(self) if callable(files) else files
        self.remote: Path = seeded(account, made or {"a.txt": "one\n", "template.json": TEMPLATE})

    def project(self, name: str, *commands: str, **more: Any) -> str:
        end = {"artifacts": {"type": "CODEPIPELINE", "location": "CODEPIPELINE"}}
        spec = buildspec(*commands, **more)
        source = {"type": "CODEPIPELINE", "location": "CODEPIPELINE", "buildspec": spec}
        self.account.client("codebuild").create_project(
            name=name,
            source=source,
            environment={
                "type": "LINUX_CONTAINER",
                "computeType": "BUILD_GENERAL1_SMALL",
                "image": "aws/codebuild/standard:7.0",
            },
            serviceRole=self.projects.role,
            **end,
        )
        return name

    def declaration(self, **stages: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "name": "p",
            "pipelineType": "V2",
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": self.account.bucket},
            "stages": [
                {"name": "Source", "actions": [self.source]},
                *({"name": name, "actions": actions} for name, actions in stages.items()),
            ],
        }

    def create(self, **stages: list[dict[str, Any]]) -> str:
        """Create a pipeline; returns the execution that starts with it."""
        self.codepipeline.create_pipeline(pipeline=self.declaration(**stages))
        return self.executions()[0]["pipelineExecutionId"]  # type: ignore[no-any-return]

    def start(self) -> str:
        return str(self.codepipeline.start_pipeline_execution(name="p")["pipelineExecutionId"])

    def executions(self) -> list[dict[str, Any]]:
        """The executions, the newest first."""
        return self.codepipeline.list_pipeline_executions(pipelineName="p")["pipelineExecutionSummaries"]  # type: ignore[no-any-return]

    def status(self, execution: str) -> str:
        told = self.codepipeline.get_pipeline_execution(pipelineName="p", pipelineExecutionId=execution)
        return str(told["pipelineExecution"]["status"])

    def wait(self, execution: str, *statuses: str) -> str:
        wanted = statuses or ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
        self.until(lambda: self.status(execution) in wanted, f"execution to be {' or '.join(wanted)}")
        return self.status(execution)

    def until(self, condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited for {what}; {self.actions()}"
            time.sleep(0.05)
        return found

    def actions(self, execution: str = "") -> dict[str, str]:
        """Statuses of the last runs of the actions, in their order."""
        return {each["actionName"]: each["status"] for each in self.details(execution)}

    def details(self, execution: str = "") -> list[dict[str, Any]]:
        """Runs of actions, the oldest first."""
        narrow = {"filter": {"pipelineExecutionId": execution}} if execution else {}
        told = self.codepipeline.list_action_executions(pipelineName="p", **narrow)
        return told["actionExecutionDetails"][::-1]  # type: ignore[no-any-return]

    def detail(self, name: str, execution: str = "") -> dict[str, Any]:
        return next(each for each in reversed(self.details(execution)) if each["actionName"] == name)

    def error(self, name: str) -> str:
        return str(self.detail(name)["output"]["executionResult"]["errorDetails"]["message"])

    def stage(self, name: str) -> dict[str, Any]:
        states = self.codepipeline.get_pipeline_state(name="p")["stageStates"]
        return next(each for each in states if each["stageName"] == name)

    def token(self, stage: str, name: str) -> str:
        """The token of an approval, when it waits."""

        def waiting() -> str:
            states = self.stage(stage)["actionStates"]
            state = next(each for each in states if each["actionName"] == name)
            return str(state.get("latestExecution", {}).get("token", ""))

        return str(self.until(waiting, f"{name} to wait"))

    def answer(self, stage: str, name: str, status: str, summary: str = "because") -> None:
        self.codepipeline.put_approval_result(
            pipelineName="p",
            stageName=stage,
            actionName=name,
            result={"status": status, "summary": summary},
            token=self.token(stage, name),
        )
