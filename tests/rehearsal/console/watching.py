"""A small pipeline in the shared local cloud, followed as a rehearsal follows it, with the console open."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from rehearsal.assembly import Assembly, Environment, PipelineStage, StackArtifact
from rehearsal.console.console import Console
from rehearsal.console.snapshot import Snapshots
from rehearsal.console.watched import Watched
from rehearsal.errors import RehearsalError
from rehearsal.execution import Follower
from rehearsal.report import Report
from rehearsal.terminal import Terminal
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.piping import Piping, action, with_capitals


def jobs_template(role: str, script: str, **jobs: Any) -> str:
    """A template with jobs of the given timeouts, and a topic."""
    resources: dict[str, Any] = {
        name.replace("-", ""): {
            "Type": "AWS::Glue::Job",
            "Properties": {
                "Name": name,
                "Role": role,
                "Command": {"Name": "pythonshell", "ScriptLocation": script},
                "DefaultArguments": {"--stage": name.partition("-")[0]},
                "Timeout": timeout,
                "Tags": {"stage": f"Deploy{name.partition('-')[0].capitalize()}"},
            },
            "Metadata": {"aws:cdk:path": f"PipelineStack/DeployProd/Jobs/{name}/Resource"},
        }
        for name, timeout in ((name.replace("_", "-"), timeout) for name, timeout in jobs.items())
    }
    return json.dumps({"Resources": resources})


class Rehearsed:
    """A rehearsal of a pipeline with Build, DeployDev and DeployProd, which begins with an approval."""

    def __init__(self, account: Account, folder: Path, prod: str, script: str = "print('24 rows')") -> None:
        self.account = account
        self.folder = folder
        location = account.put("scripts/job.py", script)
        dev = jobs_template(account.job_role, location, dev_Orders=5)
        self.piping = Piping(account, {"a.txt": "one\n", "dev.json": dev, "prod.json": prod})
        self.report = Report()
        self.said = io.StringIO()
        self.terminal = Terminal(self.said)
        where = Environment(account.id, REGION)
        self.pipeline = StackArtifact("PipelineStack", "PipelineStack", where, folder / "none.json")
        stages = [
            PipelineStage(
                name,
                (StackArtifact(f"PipelineStack/{name}/Jobs", f"{name}-Jobs", where, folder / "none.json"),),
                tested,
            )
            for name, tested in (("DeployDev", True), ("DeployProd", False))
        ]
        watched = Watched(folder / "repo", folder, self.terminal, self.report, retries=False)
        watched.cloud, watched.assembly = account.cloud, Assembly(folder, self.pipeline, tuple(stages))
        self.watched = watched
        self.console = Console(watched)

    def deploy(self, *build: str) -> None:
        """Deploy the pipeline, which starts by itself."""
        self.piping.project("make", *build)
        stages = {
            "Build": [action("CodeBuild", "Make", inputs=["Src"], ProjectName="make")],
            "DeployDev": [self._deployment("dev")],
            "DeployProd": [action("Manual", "Approve-prod"), self._deployment("prod", 2)],
        }
        properties = with_capitals(self.piping.declaration(**stages))
        made = self.account.deploy(
            self.pipeline.name, {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}
        )
        assert made.status == "CREATE_COMPLETE", made.failures

    def _deployment(self, word: str, order: int = 1) -> dict[str, Any]:
        settings = {
            "ActionMode": "CREATE_UPDATE",
            "StackName": f"Deploy{word.capitalize()}-Jobs",
            "TemplatePath": f"Src::{word}.json",
            "Capabilities": "CAPABILITY_NAMED_IAM",
            "RoleArn": self.piping.deployer,
        }
        return action("CloudFormation", "Jobs.Deploy", order, inputs=["Src"], **settings)

    def snapshot(self) -> dict[str, Any]:
        """What the page would show now."""
        return Snapshots(self.watched).take()

    def token(self, *, now: bool = False) -> str:
        """The token of the approval, when it waits."""
        api = self.account.client("codepipeline")
        name = api.list_pipelines()["pipelines"][0]["name"]

        def token() -> str:
            states = api.get_pipeline_state(name=name)["stageStates"][-1]["actionStates"]
            return str(states[0].get("latestExecution", {}).get("token", ""))

        deadline = time.monotonic() + 30
        while not (found := token()) and not now:
            assert time.monotonic() < deadline, "the approval does not wait"
            time.sleep(0.05)
        return found

    @contextmanager
    def followed(self) -> Iterator[str]:
        """Follow the pipeline in a thread as a rehearsal does, with the page open; yields its address."""
        errors: list[BaseException] = []

        def follow() -> None:
            follower = Follower(
                self.account.cloud, self.pipeline, self.terminal, self.report, self.console.what_would_change
            )
            try:
                follower.follow()
            except (RehearsalError, BotoCoreError) as error:  # the latter after a test that failed
                errors.append(error)

        thread = threading.Thread(target=follow, daemon=True)
        try:
            with self.console:
                thread.start()
                yield self.console.address
                thread.join(60)
                assert not thread.is_alive()
                self.console.keep()
                if errors:
                    raise errors[0]
        except RehearsalError:
            pass
