"""A pipeline executes: sources, builds, deployments, approvals, and what becomes of executions that meet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.building import role
from tests.rehearsal.piping import Piping, action, with_capitals
from tests.rehearsal.test_codecommit import git


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account)


def approval(name: str = "Ask", order: int = 1) -> dict[str, object]:
    return action("Manual", name, order, CustomData="Go on?")


def test_a_commit_goes_from_source_to_stack(account: Account, piping: Piping):
    exported = {"exported-variables": ["MADE"]}
    out = {"base-directory": "out", "files": ["**/*"]}
    piping.project(
        "make", "mkdir out", "cp *.json out", 'export MADE="word-$GIVEN"', "cat a.txt", env=exported, artifacts=out
    )
    piping.project("check", 'test -f template.json && test -f "$CODEBUILD_SRC_DIR_Src/a.txt"')
    given = json.dumps([{"name": "GIVEN", "value": "#{Commit.BranchName}", "type": "PLAINTEXT"}])
    change = {"StackName": "s", "ChangeSetName": "c"}
    execution = piping.create(
        Build=[
            action(
                "CodeBuild",
                "Make",
                inputs=["Src"],
                outputs=["Out"],
                namespace="Built",
                ProjectName="make",
                EnvironmentVariables=given,
            ),
            action("CodeBuild", "Check", 2, inputs=["Out", "Src"], ProjectName="check", PrimarySource="Out"),
        ],
        Deploy=[
            action(
                "CloudFormation",
                "Prepare",
                1,
                inputs=["Out"],
                ActionMode="CHANGE_SET_REPLACE",
                TemplatePath="Out::template.json",
                RoleArn=piping.deployer,
                ParameterOverrides='{"Word": "#{Built.MADE}"}',
                **change,
            ),
            action("CloudFormation", "Deploy", 2, namespace="Stack", ActionMode="CHANGE_SET_EXECUTE", **change),
        ],
    )
    assert piping.wait(execution) == "Succeeded", piping.actions()
    assert account.stack("s").outputs == {"Said": "word-main"}
    assert piping.actions(execution) == dict.fromkeys(["Read", "Make", "Check", "Prepare", "Deploy"], "Succeeded")
    assert piping.detail("Deploy")["output"]["outputVariables"] == {"Said": "word-main"}
    first = piping.executions()[0]
    assert first["trigger"]["triggerType"] == "CreatePipeline"
    assert first["sourceRevisions"][0]["revisionId"] == git(piping.remote, "rev-parse", "main")

    again = piping.start()  # nothing has changed, so the change set is empty: no failure
    assert piping.wait(again) == "Succeeded", piping.error("Prepare")
    assert piping.detail("Deploy", again)["output"]["executionResult"]["externalExecutionSummary"].startswith("There")


def test_a_failing_build_is_shown_at_its_action_and_can_be_retried(account: Account, piping: Piping):
    marker = f"{account.cloud.folder}/{account.id}.mended"
    piping.project("aa", "true")
    piping.project("bb", f"echo look here && test -e {marker}")
    piping.project("cc", "true")
    actions = [action("CodeBuild", name, 1, inputs=["Src"], ProjectName=name) for name in ("aa", "bb")]
    execution = piping.create(Build=[*actions, action("CodeBuild", "cc", 2, inputs=["Src"], ProjectName="cc")])
    assert piping.wait(execution) == "Failed"
    assert piping.actions() == {"Read": "Succeeded", "aa": "Succeeded", "bb": "Failed"}
    assert "Code: COMMAND_EXECUTION_ERROR" in piping.error("bb")
    assert "Reason: exit status 1" in piping.error("bb")
    assert piping.stage("Build")["latestExecution"] == {"pipelineExecutionId": execution, "status": "Failed"}

    Path(marker).touch()
    piping.codepipeline.retry_stage_execution(
        pipelineName="p", stageName="Build", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
    )
    assert piping.wait(execution, "Succeeded") == "Succeeded"
    assert [each["actionName"] for each in piping.details()].count("aa") == 1, "what succeeded does not run again"
    exceptions = piping.codepipeline.exceptions
    with pytest.raises(exceptions.StageNotRetryableException):
        piping.codepipeline.retry_stage_execution(
            pipelineName="p", stageName="Build", pipelineExecutionId=execution, retryMode="FAILED_ACTIONS"
        )


def test_a_failing_stack_names_its_resource(account: Account, piping: Piping):
    template = '{"Resources": {"Odd": {"Type": "AWS::SNS::Topic", "Properties": {"Colour": "red"}}}}'
    piping.project("make", f"echo '{template}' > t.json", artifacts={"files": ["t.json"]})
    execution = piping.create(
        Build=[action("CodeBuild", "Make", inputs=["Src"], outputs=["Out"], ProjectName="make")],
        Deploy=[
            action(
                "CloudFormation",
                "Deploy",
                inputs=["Out"],
                ActionMode="CREATE_UPDATE",
                StackName="odd",
                TemplatePath="Out::t.json",
                RoleArn=piping.deployer,
            )
        ],
    )
    assert piping.wait(execution) == "Failed"
    assert "Odd" in piping.error("Deploy")
    assert "Colour" in piping.error("Deploy")


def test_an_approval_waits_and_lets_through(piping: Piping):
    execution = piping.create(Ask=[approval()], After=[approval("Again")])
    piping.token("Ask", "Ask")
    with pytest.raises(piping.codepipeline.exceptions.InvalidApprovalTokenException):
        piping.codepipeline.put_approval_result(
            pipelineName="p",
            stageName="Ask",
            actionName="Ask",
            result={"status": "Approved", "summary": "x"},
            token="00000000-0000-0000-0000-000000000000",
        )
    piping.answer("Ask", "Ask", "Approved")
    piping.answer("After", "Again", "Rejected", "not on a Friday")
    assert piping.wait(execution) == "Failed"
    assert piping.actions() == {"Read": "Succeeded", "Ask": "Succeeded", "Again": "Failed"}
    assert piping.error("Again") == "not on a Friday"


@pytest.mark.parametrize("abandon", [True, False])
def test_an_execution_is_stopped(piping: Piping, abandon: bool):
    piping.project("slow", "sleep 600" if abandon else "sleep 1")
    piping.project("after", "true")
    execution = piping.create(
        Build=[
            action("CodeBuild", "slow", inputs=["Src"], ProjectName="slow"),
            action("CodeBuild", "after", 2, inputs=["Src"], ProjectName="after"),
        ]
    )
    piping.until(lambda: "slow" in piping.actions(), "the build to start")
    piping.codepipeline.stop_pipeline_execution(
        pipelineName="p", pipelineExecutionId=execution, abandon=abandon, reason="lunch"
    )
    assert piping.wait(execution, "Stopped") == "Stopped"
    assert piping.actions() == {"Read": "Succeeded", "slow": "Abandoned" if abandon else "Succeeded"}


def test_an_update_of_the_pipeline_cancels_what_runs_and_the_new_definition_counts(piping: Piping):
    execution = piping.create(Ask=[approval()], Later=[approval("Old")])
    piping.token("Ask", "Ask")
    piping.codepipeline.update_pipeline(pipeline=piping.declaration(Ask=[approval()], New=[approval("New")]))
    piping.answer("Ask", "Ask", "Approved")
    assert piping.wait(execution) == "Cancelled"
    again = piping.start()
    piping.answer("Ask", "Ask", "Approved")
    piping.answer("New", "New", "Approved")
    assert piping.wait(again) == "Succeeded"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (action("Lambda", "Odd"), "The rehearsal has no Invoke action of AWS's Lambda"),
        (action("CodeBuild", "Odd", inputs=["Src"], ProjectName="none"), "Project cannot be found"),
        (action("CodeBuild", "Odd", inputs=["Src"], ProjectName="#{No.Such}"), "could not be resolved: #{No.Such}"),
        (action("CodeBuild", "Odd", inputs=["Src"], ProjectName="nn", BatchEnabled="true"), "know BatchEnabled"),
        (approval("Odd") | {"configuration": {"Colour": "red"}}, "does not know Colour"),
    ],
)
def test_what_cannot_be_done_fails_at_its_action(piping: Piping, changed: dict[str, object], words: str):
    assert piping.wait(piping.create(Odd=[changed])) == "Failed"
    assert words in piping.error("Odd")


def test_roles_are_assumed_down_the_line(account: Account, piping: Piping):
    other = role(account, "other", "codebuild.amazonaws.com")
    source = {**piping.source, "roleArn": other}
    piping.source = source
    execution = piping.create(Ask=[approval()])
    assert piping.wait(execution) == "Failed"
    assert f"not authorized to perform: sts:AssumeRole on resource: {other}" in piping.error("Read")


def test_a_branch_that_is_missing_fails_the_source(piping: Piping):
    piping.source["configuration"]["BranchName"] = "none"
    assert piping.wait(piping.create(Ask=[approval()])) == "Failed"
    assert "branch none" in piping.error("Read")


def test_a_stack_that_changes_its_pipeline_restarts_it_and_one_that_does_not_leaves_it(
    account: Account, piping: Piping
):
    def stack(stage: str, topic: str):
        stages = piping.declaration(**{stage: [approval()]})
        properties = {**with_capitals(stages), "RestartExecutionOnUpdate": True}
        return {
            "Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": properties},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": topic}},
        }

    def triggers() -> list[str]:
        return [each["trigger"]["triggerType"] for each in piping.executions()[::-1]]

    deployed = account.deploy("stack", stack("Ask", "one"))
    assert deployed.status == "CREATE_COMPLETE", deployed.failures
    piping.token("Ask", "Ask")
    assert account.deploy("stack", stack("Ask", "two")).status == "UPDATE_COMPLETE"
    assert triggers() == ["CreatePipeline"]
    deployed = account.deploy("stack", stack("Question", "two"))
    assert deployed.status == "UPDATE_COMPLETE", deployed.failures
    assert triggers() == ["CreatePipeline", "UpdatePipeline"]
    restarted = piping.executions()[0]["pipelineExecutionId"]
    piping.answer("Question", "Ask", "Approved")
    assert piping.wait(restarted) == "Succeeded"
