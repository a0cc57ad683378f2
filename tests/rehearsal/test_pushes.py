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


def test_a_commit_that_adds_a_stage_makes_the_pipeline_restart_with_it(account: Account, tmp_path: Path):
    piping = Piping(account, {"pipeline.json": "{}", "a.txt": "one\n"})
    piping.source["configuration"]["PollForSourceChanges"] = "true"
    piping.project("mutate", MUTATE)
    mutate = action("CodeBuild", "SelfMutate", inputs=["Src"], ProjectName="mutate")

    def template(**stages: list[dict[str, Any]]) -> dict[str, Any]:
        declared = with_capitals(piping.declaration(UpdatePipeline=[mutate], **stages))
        properties = {**declared, "RestartExecutionOnUpdate": True}
        return {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties}}

    piping.project("say", "echo $SAID")
    dev = [action("CodeBuild", "Say", inputs=["Src"], ProjectName="say")]
    developer = Developer(account, tmp_path)
    old = {"Resources": template(DeployDev=dev)}
    developer.push({"pipeline.json": json.dumps(old)})
    assert account.deploy("stack", old["Resources"]).status == "CREATE_COMPLETE"
    first = piping.executions()[0]["pipelineExecutionId"]
    assert piping.wait(first) == "Succeeded", piping.actions()
    assert len(piping.executions()) == 1, "a deployment that changes nothing restarts nothing"

    qa = [{**dev[0], "name": "SayQa"}]
    developer.push({"pipeline.json": json.dumps({"Resources": template(DeployDev=dev, DeployQa=qa)})})
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
    piping = Piping(account, {"pipeline.json": "{}"})
    piping.source["configuration"]["PollForSourceChanges"] = "true"
    piping.project("mutate", MUTATE)
    mutate = action("CodeBuild", "SelfMutate", inputs=["Src"], ProjectName="mutate")
    declared = with_capitals(piping.declaration(UpdatePipeline=[mutate], Later=[action("Manual", "Wait")]))
    resources = {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": declared}}
    developer = Developer(account, tmp_path)
    account.deploy("stack", resources)
    resources["Pipeline"]["Properties"]["Stages"] = []
    piping.wait(piping.executions()[0]["pipelineExecutionId"])
    developer.push({"pipeline.json": json.dumps({"Resources": resources})})
    piping.until(lambda: len(piping.executions()) == 2, "the push to start an execution")
    assert piping.wait(piping.executions()[0]["pipelineExecutionId"]) == "Failed"
    assert piping.actions(piping.executions()[0]["pipelineExecutionId"])["SelfMutate"] == "Failed"
    kept = piping.codepipeline.get_pipeline(name="p")["pipeline"]["stages"]
    assert [each["name"] for each in kept] == ["Source", "UpdatePipeline", "Later"]
