"""Pipelines that stop, or do not start: the state of stage and action says where, the action's error says why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.acting import Account
from tests.rehearsal.building import role
from tests.rehearsal.faults.fault import CDK, CODEPIPELINE, IAM, Fault, fault, faults
from tests.rehearsal.piping import TEMPLATE, Piping, action
from tests.rehearsal.test_codecommit import git

HOW_IT_WORKS = CODEPIPELINE + "concepts-how-it-works.html"
SYNTHESIZES = "python app.py > template.json"
APP = f"import settings\nprint('''{TEMPLATE}'''.replace('none', settings.TOPIC))\n"


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account, {"app.py": APP, "settings.py": "TOPIC = 'first'\n"})


def approval() -> dict[str, Any]:
    return action("Manual", "Approve-prod")


def deploy(piping: Piping, *, stack: str = "stack", mode: str = "CREATE_UPDATE", **more: Any) -> dict[str, Any]:
    more = {"RoleArn": piping.deployer, "TemplatePath": "Out::template.json", "inputs": ["Out"], **more}
    return action("CloudFormation", "Deploy", 2, ActionMode=mode, StackName=stack, **more)


def synth(piping: Piping) -> list[dict[str, Any]]:
    piping.project("synth", SYNTHESIZES, artifacts={"files": ["template.json"]})
    return [action("CodeBuild", "Synth", inputs=["Src"], outputs=["Out"], ProjectName="synth")]


def listen(piping: Piping) -> None:
    """Let a push to main start the pipeline, as the rule does that the CDK makes."""
    account = piping.account
    pattern = {
        "source": ["aws.codecommit"],
        "resources": [f"arn:aws:codecommit:us-east-1:{account.id}:code"],
        "detail-type": ["CodeCommit Repository State Change"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]},
    }
    events, starter = account.client("events"), role(account, "starter", "events.amazonaws.com")
    events.put_rule(Name="push", EventPattern=json.dumps(pattern))
    target = {"Id": "t", "Arn": f"arn:aws:codepipeline:us-east-1:{account.id}:p", "RoleArn": starter}
    events.put_targets(Rule="push", Targets=[target])


class Clone:
    """Somebody's clone of the repository."""

    def __init__(self, piping: Piping, folder: Path) -> None:
        git(folder, "clone", "--quiet", str(piping.remote), "clone")
        self.folder = folder / "clone"

    def push(self, subject: str, settings: str, branch: str = "main") -> str:
        """Commit and push; returns the commit."""
        (self.folder / "settings.py").write_text(settings)
        git(self.folder, "commit", "--quiet", "-am", subject)
        git(self.folder, "push", "--quiet", "origin", f"HEAD:{branch}")
        return git(self.folder, "rev-parse", "HEAD")


@fault(
    "An approval that is rejected",
    where="DeployProd, Approve-prod",
    says="not on a Friday",
    aws="the action is Failed with what the approver wrote; nothing behind it runs",
    page=CODEPIPELINE + "approvals-approve-or-reject.html",
)
def test_an_approval_that_is_rejected(piping: Piping, fault: Fault):
    execution = piping.create(Build=synth(piping), DeployProd=[approval(), deploy(piping)])
    piping.answer("DeployProd", "Approve-prod", "Rejected", "not on a Friday")
    assert piping.wait(execution) == "Failed"
    assert piping.actions() == {"Read": "Succeeded", "Synth": "Succeeded", "Approve-prod": "Failed"}
    fault.is_named_in(piping.error("Approve-prod"))
    assert not piping.account.exists("stack"), "prod is as it was"


@fault(
    "A commit that breaks synth",
    where="Build, Synth",
    says="Phase: BUILD, Code: COMMAND_EXECUTION_ERROR…python app.py",
    aws="stops at the build: UpdatePipeline never runs, so the pipeline keeps the definition that works",
    page=CDK + "cdk-pipeline.html",
)
def test_a_commit_that_breaks_synth_does_not_reach_the_pipeline(piping: Piping, fault: Fault, tmp_path: Path):
    listen(piping)
    clone = Clone(piping, tmp_path)
    update = deploy(piping) | {"name": "SelfMutate"}
    assert piping.wait(piping.create(Build=synth(piping), UpdatePipeline=[update])) == "Succeeded"
    commit = clone.push("Break", "TOPIC = 'second\n")
    piping.until(lambda: len(piping.executions()) == 2, "the push to be heard")
    broken = piping.executions()[0]["pipelineExecutionId"]
    assert piping.wait(broken) == "Failed"
    fault.is_named_in(piping.error("Synth"))
    assert piping.actions(broken) == {"Read": "Succeeded", "Synth": "Failed"}
    assert piping.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    build = piping.account.client("codebuild").list_builds_for_project(projectName="synth")["ids"][0]
    assert "SyntaxError: unterminated string literal" in piping.projects.log({"id": build})
    mended = clone.push("Mend", "TOPIC = 'third'\n")
    piping.until(lambda: len(piping.executions()) == 3, "the next push to be heard")
    assert piping.wait(piping.executions()[0]["pipelineExecutionId"]) == "Succeeded", "the pipeline itself was intact"
    assert piping.executions()[0]["sourceRevisions"][0]["revisionId"] == mended


@fault(
    "A push to another branch",
    where="Source (nothing runs, as on AWS)",
    says="On main",
    aws="tells the pipeline's rule of its own branch only: no execution starts",
    page=CODEPIPELINE + "triggering.html",
)
def test_a_push_to_another_branch_starts_nothing(piping: Piping, fault: Fault, tmp_path: Path):
    listen(piping)
    clone = Clone(piping, tmp_path)
    first = piping.create(Ask=[approval()])
    piping.token("Ask", "Approve-prod")
    clone.push("Elsewhere", "TOPIC = 'x'\n", branch="feature")
    clone.push("On main", "TOPIC = 'y'\n")
    piping.until(lambda: len(piping.executions()) == 2 and piping.executions()[0]["sourceRevisions"], "the push")
    started = piping.executions()
    assert [each["pipelineExecutionId"] for each in started][1:] == [first], "one execution for two pushes"
    assert started[0]["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": "push"}
    fault.is_named_in(started[0]["sourceRevisions"][0]["revisionSummary"])


@fault(
    "Two pushes while a stage is occupied",
    where="the occupied stage",
    says="Superseded by",
    aws="lets the newer execution overtake the older one that waits, which becomes Superseded",
    page=HOW_IT_WORKS,
)
def test_the_older_of_two_pushes_is_superseded(piping: Piping, fault: Fault, tmp_path: Path):
    listen(piping)
    clone = Clone(piping, tmp_path)
    first = piping.create(Ask=[approval()])
    piping.token("Ask", "Approve-prod")
    clone.push("Second", "TOPIC = 'x'\n")
    piping.until(lambda: piping.stage("Ask").get("inboundExecution"), "the second to wait")
    second = piping.executions()[0]["pipelineExecutionId"]
    commit = clone.push("Third", "TOPIC = 'y'\n")
    assert piping.wait(second) == "Superseded"
    told = piping.codepipeline.get_pipeline_execution(pipelineName="p", pipelineExecutionId=second)
    fault.is_named_in(told["pipelineExecution"]["statusSummary"])
    piping.answer("Ask", "Approve-prod", "Approved")
    assert piping.wait(first) == "Succeeded"
    piping.answer("Ask", "Approve-prod", "Approved")
    third = piping.executions()[0]
    assert piping.wait(third["pipelineExecutionId"]) == "Succeeded"
    assert piping.executions()[0]["sourceRevisions"][0]["revisionId"] == commit


@fault(
    "A transition that is disabled",
    where="the way into the stage",
    says="freeze until Monday",
    aws="holds the execution before the stage, and shows who disabled the transition and why",
    page=CODEPIPELINE + "transitions.html",
)
def test_a_transition_that_is_disabled(piping: Piping, fault: Fault):
    execution = piping.create(Ask=[approval()], DeployProd=[approval() | {"name": "Again"}])
    way = {"pipelineName": "p", "stageName": "DeployProd", "transitionType": "Inbound"}
    piping.codepipeline.disable_stage_transition(**way, reason="freeze until Monday")
    piping.answer("Ask", "Approve-prod", "Approved")
    piping.until(lambda: piping.stage("DeployProd").get("inboundExecution"), "the execution to wait")
    fault.is_named_in(piping.stage("DeployProd")["inboundTransitionState"]["disabledReason"])
    assert piping.status(execution) == "InProgress"
    piping.codepipeline.enable_stage_transition(**way)
    piping.answer("DeployProd", "Again", "Approved")
    assert piping.wait(execution) == "Succeeded"


def narrow(piping: Piping, *actions: str) -> str:
    """A role that the pipeline's role may assume, and that may do no more than the given."""
    statements = [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}] if actions else []
    trusting = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": piping.role}}
    return piping.account.make_role("narrow", *statements, trust={"Version": "2012-10-17", "Statement": [trusting]})


ROLES = {
    Fault(
        "An action's role that may not read the artifact",
        "Deploy…, Deploy",
        "AccessDenied…is not authorized to perform: s3:GetObject on resource: …artifact Out",
        "the action is Failed with PermissionError",
        CODEPIPELINE + "troubleshooting.html",
    ): ["cloudformation:*", "iam:PassRole"],
    Fault(
        "An action's role that may not pass CloudFormation's role",
        "Deploy…, Deploy",
        "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::…role/deployer",
        "denies CreateStack; the action is Failed",
        IAM + "id_roles_use_passrole.html",
    ): ["cloudformation:*", "s3:*"],
    Fault(
        "An action's role that may not deploy",
        "Deploy…, Deploy",
        "is not authorized to perform: cloudformation:DescribeStacks",
        "the action is Failed with what was denied",
        CODEPIPELINE + "how-to-custom-role.html",
    ): ["s3:*", "iam:PassRole"],
}


@faults(ROLES, "actions")
def test_a_role_of_an_action_that_lacks_something(piping: Piping, fault: Fault, actions: list[str]):
    execution = piping.create(Build=synth(piping), Deploy=[deploy(piping, roleArn=narrow(piping, *actions))])
    assert piping.wait(execution) == "Failed"
    fault.is_named_in(piping.error("Deploy"))
    assert not piping.account.exists("stack")


@fault(
    "A stack in ROLLBACK_COMPLETE, met by the pipeline",
    where="Deploy…, Deploy",
    says="is in ROLLBACK_COMPLETE state and can not be updated",
    aws="the action is Failed until somebody deletes the stack",
    page=CODEPIPELINE + "action-reference-CloudFormation.html",
)
def test_a_pipeline_does_not_delete_a_failed_stack(piping: Piping, fault: Fault):
    broken = {"Type": "AWS::SNS::Topic", "Properties": {"Colour": "red"}}
    piping.account.deploy("stack", {"Topic": broken})
    execution = piping.create(Build=synth(piping), Deploy=[deploy(piping)])
    assert piping.wait(execution) == "Failed"
    fault.is_named_in(piping.error("Deploy"))


@fault(
    "A template that the artifact does not have",
    where="Deploy…, Deploy",
    says="File [dev.template.json] does not exist in artifact [Out]",
    aws="the action is Failed with this message",
    page=CODEPIPELINE + "action-reference-CloudFormation.html",
)
def test_a_template_that_the_artifact_lacks(piping: Piping, fault: Fault):
    execution = piping.create(Build=synth(piping), Deploy=[deploy(piping, TemplatePath="Out::dev.template.json")])
    assert piping.wait(execution) == "Failed"
    fault.is_named_in(piping.error("Deploy"))


@fault(
    "A pipeline of a name that is taken",
    where="Setup, PipelineStack",
    says="A pipeline with the name 'p' already exists in account",
    aws="refuses the second pipeline",
    page=CODEPIPELINE + "pipelines-create.html",
)
def test_a_second_pipeline_of_the_name(piping: Piping, fault: Fault):
    piping.create(Ask=[approval()])
    with pytest.raises(ClientError) as caught:
        piping.codepipeline.create_pipeline(pipeline=piping.declaration(Ask=[approval()]))
    fault.is_named_in(str(caught.value))
