"""A push is all that it takes: the pipeline runs by itself, deploys the new version, and rebuilds itself first."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from rehearsal.assembly import Environment
from rehearsal.greeting import codecommit_address
from rehearsal.shell import environment_in
from tests.rehearsal.acting import REGION, Account
from tests.rehearsal.conftest import ROOT
from tests.rehearsal.piping import Piping, action, with_capitals

MUTATE = "aws cloudformation deploy --stack-name stack --template-file pipeline.json --no-fail-on-empty-changeset"

PUBLISH = """
import hashlib, json, sys
import boto3
bucket, role = sys.argv[1:]
script = open("job.py", "rb").read()
version = hashlib.sha256(script).hexdigest()
boto3.client("s3").put_object(Bucket=bucket, Key=f"scripts/{version}.py", Body=script)
for stage in ("dev", "prod"):
    command = {"Name": "pythonshell", "ScriptLocation": f"s3://{bucket}/scripts/{version}.py"}
    job = {"Name": f"{stage}-Job", "Role": role, "Command": command, "Tags": {"version": version}}
    resources = {"Job": {"Type": "AWS::Glue::Job", "Properties": job}}
    json.dump({"Resources": resources}, open(f"{stage}.json", "w"))
"""


class Developer:
    """Somebody with a clone, in the environment of the rehearsal's shell."""

    def __init__(self, account: Account, folder: Path) -> None:
        where = Environment(account.id, REGION)
        identity = {f"GIT_{who}_{what}": "ann" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        self._environment = environment_in(ROOT, account.cloud, where, {}) | identity | quiet
        self.clone = folder / "clone"
        self._git(folder, "clone", "--quiet", codecommit_address(REGION) + "code", "clone")

    def push(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.clone / name).write_text(text)
        self._git(self.clone, "commit", "--quiet", "--all", "-m", "Change " + ", ".join(files))
        self._git(self.clone, "push", "--quiet", "origin", "main")
        return self._git(self.clone, "rev-parse", "HEAD")

    def _git(self, folder: Path, *words: str) -> str:
        command = ["git", *words]
        done = subprocess.run(command, cwd=folder, env=self._environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()


def deploy(piping: Piping, stage: str, order: int = 1) -> dict[str, Any]:
    return action(
        "CloudFormation",
        "Deploy",
        order,
        inputs=["Out"],
        ActionMode="CREATE_UPDATE",
        StackName=f"{stage}-jobs",
        TemplatePath=f"Out::{stage}.json",
        RoleArn=piping.deployer,
    )


def test_a_changed_script_is_in_prod_after_the_push_and_the_approval(account: Account, tmp_path: Path):
    piping = Piping(account, {"job.py": "print('the old version')\n", "publish.py": PUBLISH})
    piping.source["configuration"]["PollForSourceChanges"] = "true"
    publish = f"python publish.py {account.bucket} {account.job_role}"
    piping.project("make", publish, artifacts={"files": ["*.json"]})
    first = piping.create(
        Build=[action("CodeBuild", "Make", inputs=["Src"], outputs=["Out"], ProjectName="make")],
        DeployDev=[deploy(piping, "dev")],
        DeployProd=[action("Manual", "Approve"), deploy(piping, "prod", 2)],
    )
    piping.answer("DeployProd", "Approve", "Approved")
    assert piping.wait(first) == "Succeeded", piping.actions()

    def version(stage: str) -> str:
        arn = f"arn:aws:glue:{REGION}:{account.id}:job/{stage}-Job"
        return str(account.glue.get_tags(ResourceArn=arn)["Tags"]["version"])

    old = version("prod")
    commit = Developer(account, tmp_path).push({"job.py": "print('the new version')\n"})
    piping.until(lambda: len(piping.executions()) == 2, "the push to start an execution")
    second = piping.executions()[0]["pipelineExecutionId"]
    piping.token("DeployProd", "Approve")
    assert (version("dev") == old, version("prod") == old) == (False, True), "prod waits for the approval"
    piping.answer("DeployProd", "Approve", "Approved")
    assert piping.wait(second) == "Succeeded", piping.actions()
    assert piping.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    assert version("prod") == version("dev")
    run = account.run("prod-Job")
    assert account.printed(run["Id"]) == ["the new version"]


def self_mutating(piping: Piping, **stages: list[dict[str, Any]]) -> dict[str, Any]:
    """The resources of a stack whose pipeline deploys the stack."""
    piping.source["configuration"]["PollForSourceChanges"] = "true"
    mutate = action("CodeBuild", "SelfMutate", inputs=["Src"], ProjectName="mutate")
    declared = with_capitals(piping.declaration(UpdatePipeline=[mutate], **stages))
    properties = {**declared, "RestartExecutionOnUpdate": True}
    return {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}


def test_a_commit_that_adds_a_stage_makes_the_pipeline_restart_with_it(account: Account, tmp_path: Path):
    dev = [action("CodeBuild", "Say", inputs=["Src"], ProjectName="say")]
    piping = Piping(
        account, lambda made: {"pipeline.json": json.dumps({"Resources": self_mutating(made, DeployDev=dev)})}
    )
    piping.project("mutate", MUTATE)
    piping.project("say", "true")
    assert account.deploy("stack", self_mutating(piping, DeployDev=dev)).status == "CREATE_COMPLETE"
    first = piping.executions()[0]["pipelineExecutionId"]
    assert piping.wait(first) == "Succeeded", piping.actions()
    assert len(piping.executions()) == 1, "a deployment that changes nothing restarts nothing"

    qa = [{**dev[0], "name": "SayQa"}]
    changed = {"Resources": self_mutating(piping, DeployDev=dev, DeployQa=qa)}
    Developer(account, tmp_path).push({"pipeline.json": json.dumps(changed)})
    triggers = ["UpdatePipeline", "PollForSourceChanges", "CreatePipeline"]
    piping.until(lambda: len(piping.executions()) == 3, "the push and the restart")
    assert [each["trigger"]["triggerType"] for each in piping.executions()] == triggers
    restarted, pushed = (each["pipelineExecutionId"] for each in piping.executions()[:2])
    assert piping.wait(restarted) == "Succeeded", piping.actions()
    assert piping.wait(pushed) == "Cancelled"
    assert piping.actions(pushed) == {"Read": "Succeeded", "SelfMutate": "Succeeded"}, "nothing follows the mutation"
    assert list(piping.actions(restarted)) == ["Read", "SelfMutate", "Say", "SayQa"]
    sources = [each["sourceRevisions"][0]["revisionId"] for each in piping.executions()[:2]]
    assert sources[0] == sources[1]


def test_a_commit_that_breaks_the_mutation_fails_there_and_leaves_the_pipeline_as_it_was(
    account: Account, tmp_path: Path
):
    wait = [action("Manual", "Wait")]
    piping = Piping(account, {"pipeline.json": "{}"})
    piping.project("mutate", MUTATE)
    account.deploy("stack", self_mutating(piping, Later=wait))
    assert piping.wait(piping.executions()[0]["pipelineExecutionId"]) == "Failed", "an empty template is refused"
    broken = {"Resources": self_mutating(piping, Later=[])}
    Developer(account, tmp_path).push({"pipeline.json": json.dumps(broken)})
    piping.until(lambda: len(piping.executions()) == 2, "the push to start an execution")
    assert piping.wait(piping.executions()[0]["pipelineExecutionId"]) == "Failed"
    assert piping.actions(piping.executions()[0]["pipelineExecutionId"])["SelfMutate"] == "Failed"
    kept = piping.codepipeline.get_pipeline(name="p")["pipeline"]["stages"]
    assert [each["name"] for each in kept] == ["Source", "UpdatePipeline", "Later"]
