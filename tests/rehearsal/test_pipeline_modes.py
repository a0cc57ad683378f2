"""How executions meet, and what a stage does by itself when it fails: modes, retries, rollbacks, time limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.acting import Account
from tests.rehearsal.piping import Piping, action
from tests.rehearsal.test_codecommit import git


@pytest.fixture
def piping(account: Account) -> Piping:
    return Piping(account)


def asks(name: str = "Ask", **more: Any) -> dict[str, Any]:
    return action("Manual", name, **more)


def create(piping: Piping, more: dict[str, Any], **stages: list[dict[str, Any]]) -> str:
    """Create a pipeline with further properties, also of its stages by their names."""
    declared = piping.declaration(**stages)
    for stage in declared["stages"]:
        stage.update(more.pop(stage["name"], {}))
    piping.codepipeline.create_pipeline(pipeline=declared | more)
    return str(piping.executions()[0]["pipelineExecutionId"])


def test_queued_executions_go_on_in_their_order_and_none_is_superseded(piping: Piping):
    first = create(piping, {"executionMode": "QUEUED"}, Ask=[asks()])
    piping.token("Ask", "Ask")
    second, third = piping.start(), piping.start()
    piping.until(lambda: len(piping.stage("Ask").get("inboundExecutions", [])) == 2, "two executions to wait")
    waiting = [each["pipelineExecutionId"] for each in piping.stage("Ask")["inboundExecutions"]]
    for execution in (first, *waiting):
        piping.answer("Ask", "Ask", "Approved")
        assert piping.wait(execution) == "Succeeded"
    assert sorted(waiting) == sorted([second, third])


def test_parallel_executions_do_not_wait_for_each_other(piping: Piping):
    first = create(piping, {"executionMode": "PARALLEL"}, Ask=[asks()], Later=[asks("Again")])
    second = piping.start()
    piping.until(lambda: all("Ask" in piping.actions(each) for each in (first, second)), "both to be inside")
    assert [each["executionMode"] for each in piping.executions()] == ["PARALLEL", "PARALLEL"]
    piping.answer("Ask", "Ask", "Approved")
    piping.until(lambda: "Again" in piping.actions(), "one of them to go on")
    for stage, name in (("Ask", "Ask"), ("Later", "Again"), ("Later", "Again")):
        piping.answer(stage, name, "Approved")
    assert [piping.wait(each) for each in (first, second)] == ["Succeeded", "Succeeded"]


def test_a_stage_that_fails_is_tried_again_once_where_it_says_so(account: Account, piping: Piping):
    tries = f"{account.cloud.folder}/{account.id}.tries"
    piping.project("steady", "true")
    piping.project("moody", f"echo >> {tries} && test $(wc -l < {tries}) = 2")
    actions = [action("CodeBuild", name, inputs=["Src"], ProjectName=name) for name in ("steady", "moody")]
    retry = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
    execution = create(piping, {"Build": {"onFailure": retry}}, Build=actions)
    assert piping.wait(execution) == "Succeeded"
    assert sorted(each["actionName"] for each in piping.details()) == ["Read", "moody", "moody", "steady"]
    assert piping.stage("Build")["retryStageMetadata"]["autoStageRetryAttempt"] == 1
    Path(tries).unlink()
    Path(tries).write_text("\n\n\n")
    assert piping.wait(piping.start()) == "Failed", "the second failure counts"


def source_of(piping: Piping, execution: str) -> str:
    told = next(each for each in piping.executions() if each["pipelineExecutionId"] == execution)
    return str(told["sourceRevisions"][0]["revisionId"])


def test_a_stage_that_fails_is_rolled_back_to_what_succeeded_before(account: Account, piping: Piping, tmp_path: Path):
    piping.project("deploy", f"cat a.txt >> {account.cloud.folder}/{account.id}.deployed && grep -q one a.txt")
    deploys = [action("CodeBuild", "Deploy", inputs=["Src"], ProjectName="deploy")]
    first = create(piping, {"Deploy": {"onFailure": {"result": "ROLLBACK"}}}, Deploy=deploys, After=[asks()])
    piping.answer("After", "Ask", "Approved")
    assert piping.wait(first) == "Succeeded"
    git(tmp_path, "clone", "--quiet", str(piping.remote), "clone")
    (tmp_path / "clone/a.txt").write_text("two\n")
    git(tmp_path / "clone", "commit", "--quiet", "-am", "Break it")
    git(tmp_path / "clone", "push", "--quiet", "origin", "main")
    second = piping.start()
    assert piping.wait(second) == "Failed"
    piping.until(lambda: len(piping.executions()) == 3, "the rollback")
    rollback = piping.executions()[0]
    assert piping.wait(rollback["pipelineExecutionId"]) == "Succeeded"
    assert rollback["executionType"] == "ROLLBACK"
    assert rollback["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    assert rollback["trigger"] == {"triggerType": "AutomatedRollback", "triggerDetail": second}
    assert source_of(piping, rollback["pipelineExecutionId"]) == source_of(piping, first)
    assert piping.actions(rollback["pipelineExecutionId"]) == {"Deploy": "Succeeded"}, "the stage alone"
    assert Path(f"{account.cloud.folder}/{account.id}.deployed").read_text() == "one\ntwo\none\n"


def test_a_stage_is_rolled_back_by_hand(piping: Piping):
    first = piping.create(Ask=[asks()])
    piping.answer("Ask", "Ask", "Approved")
    assert piping.wait(first) == "Succeeded"
    failed = piping.start()
    piping.answer("Ask", "Ask", "Rejected")
    assert piping.wait(failed) == "Failed"
    at = {"pipelineName": "p", "stageName": "Ask"}
    with pytest.raises(piping.codepipeline.exceptions.UnableToRollbackStageException, match="did not succeed in Ask"):
        piping.codepipeline.rollback_stage(**at, targetPipelineExecutionId=failed)
    back = piping.codepipeline.rollback_stage(**at, targetPipelineExecutionId=first)["pipelineExecutionId"]
    piping.answer("Ask", "Ask", "Approved")
    assert piping.wait(back) == "Succeeded"
    assert piping.executions()[0]["trigger"]["triggerType"] == "ManualRollback"
    narrowed = piping.codepipeline.list_pipeline_executions(
        pipelineName="p", filter={"succeededInStage": {"stageName": "Ask"}}
    )["pipelineExecutionSummaries"]
    assert [each["pipelineExecutionId"] for each in narrowed] == [back, first]


def test_an_approval_that_nobody_answers_fails_at_its_time_limit(piping: Piping):
    execution = piping.create(Ask=[{**asks(), "timeoutInMinutes": 5}])
    piping.token("Ask", "Ask")
    assert piping.wait(execution) == "Failed"
    assert piping.error("Ask") == "Nobody has approved or rejected within 5 minutes"


def test_an_execution_is_started_with_an_older_commit_and_with_variables(piping: Piping, tmp_path: Path):
    piping.project("say", "cat a.txt")
    variables = json_of("SAID", "#{variables.Word}")
    say = action("CodeBuild", "Say", inputs=["Src"], ProjectName="say", EnvironmentVariables=variables)
    declared = {"variables": [{"name": "Word", "defaultValue": "default"}, {"name": "Needed"}]}
    piping.wait(create(piping, declared, Build=[say]))
    old = git(piping.remote, "rev-parse", "main")
    git(tmp_path, "clone", "--quiet", str(piping.remote), "clone")
    git(tmp_path / "clone", "commit", "--quiet", "--allow-empty", "-m", "Newer")
    git(tmp_path / "clone", "push", "--quiet", "origin", "main")
    start = piping.codepipeline.start_pipeline_execution
    revision = {"actionName": "Read", "revisionType": "COMMIT_ID", "revisionValue": old}
    given = [{"name": "Word", "value": "mine"}, {"name": "Needed", "value": "x"}]
    execution = start(name="p", sourceRevisions=[revision], variables=given)["pipelineExecutionId"]
    assert piping.wait(execution) == "Succeeded"
    assert source_of(piping, execution) == old
    said = piping.detail("Say", execution)["input"]["resolvedConfiguration"]["EnvironmentVariables"]
    assert said == json_of("SAID", "mine")
    refused = piping.codepipeline.exceptions.ValidationException
    with pytest.raises(refused, match="need a value: Needed"):
        start(name="p", variables=given[:1])
    with pytest.raises(refused, match="no source action Other"):
        start(name="p", variables=given, sourceRevisions=[revision | {"actionName": "Other"}])


def json_of(name: str, value: str) -> str:
    return f'[{{"name": "{name}", "value": "{value}", "type": "PLAINTEXT"}}]'


RULE = {"name": "r", "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"}}
CONDITIONS = {"conditions": [{"result": "FAIL", "rules": [RULE]}]}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"Ask": {"beforeEntry": CONDITIONS}}, "stage Ask: the rehearsal's pipelines have no beforeEntry"),
        ({"Ask": {"onSuccess": CONDITIONS}}, "no onSuccess"),
        ({"Ask": {"onFailure": {"result": "ROLLBACK", **CONDITIONS}}}, "no conditions of onFailure"),
        ({"Ask": {"onFailure": {"result": "SKIP"}}}, "no result SKIP of onFailure"),
        ({"Ask": {"blockers": [{"name": "b", "type": "Schedule"}]}}, "no blockers"),
        ({"Ask": {"name": "Source"}}, "the stage name Source occurs twice"),
        ({"Ask": {"actions": [asks(), asks()]}}, "the action name Ask occurs twice"),
        ({"Ask": {"actions": [{**asks(), "commands": ["ls"]}]}}, "commands is for the provider Commands"),
        ({"Ask": {"actions": [asks(inputs=["None"])]}}, "no earlier action makes its input artifact None"),
        ({"Ask": {"actions": [asks(outputs=["Src"])]}}, "the output artifact Src is made twice"),
        ({"Ask": {"actions": [action("CodeCommit", "Read2")]}}, "source actions, and only those, are in the first"),
        ({"pipelineType": "V1", "executionMode": "QUEUED"}, "execution mode QUEUED needs a pipeline of type V2"),
        ({"pipelineType": "V1", "variables": [{"name": "v"}]}, "variables need a pipeline of type V2"),
        (
            {
                "triggers": [
                    {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Read"}}
                ]
            },
            "the trigger of Read is for no source action of provider CodeStarSourceConnection",
        ),
    ],
)
def test_what_aws_would_refuse_or_the_rehearsal_does_not_act_on_is_refused(
    piping: Piping, more: dict[str, Any], words: str
):
    with pytest.raises(piping.codepipeline.exceptions.InvalidStructureException) as caught:
        create(piping, more, Ask=[asks()])
    assert words in str(caught.value)
    assert piping.codepipeline.list_pipelines()["pipelines"] == []


def test_a_time_limit_of_anything_but_an_approval_is_refused(piping: Piping):
    build = {**action("CodeBuild", "Build", inputs=["Src"], ProjectName="x"), "timeoutInMinutes": 5}
    with pytest.raises(piping.codepipeline.exceptions.InvalidStructureException, match="for manual approvals only"):
        piping.create(Build=[build])
