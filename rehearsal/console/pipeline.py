"""The pipeline as the page shows it: its newest execution, stage by stage, action by action."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.assembly import Environment
from rehearsal.console.logs import Files, Log, StackEvents
from rehearsal.console.watched import Watched

_STAGE_STATES = ("Failed", "Stopped", "Abandoned", "Waiting", "InProgress")
"""The first of these that an action is in is the state of its stage."""


class PipelineView:
    """Looks at a pipeline.

    Parameters
    ----------
    watched
        The rehearsal; its cloud and assembly exist.
    """

    def __init__(self, watched: Watched) -> None:
        assert watched.assembly is not None  # noqa: S101 - see above
        self._watched = watched
        self._stack = watched.assembly.pipeline
        self._name = ""

    @property
    def where(self) -> Environment:
        """Where the pipeline is."""
        return self._stack.environment

    @property
    def name(self) -> str:
        """Name of the pipeline; empty while there is none."""
        if not self._name:
            self._name = self._find()
        return self._name

    def take(self, logs: dict[str, Log]) -> dict[str, Any] | None:
        """Return the pipeline as it is now.

        Parameters
        ----------
        logs
            Gets the output of each action that has one, by the name that the action says.

        Returns
        -------
        dict or None
            None while there is no pipeline.
        """
        if not self.name:
            return None
        api = self._watched.client("codepipeline", self.where.account, self.where.region)
        declared = api.get_pipeline(name=self._name)["pipeline"]
        executions = api.list_pipeline_executions(pipelineName=self._name)["pipelineExecutionSummaries"]
        newest = executions[0] if executions else None
        runs = dict(self._runs(api, newest["pipelineExecutionId"])) if newest else {}
        stages = [
            _stage(each, [self._action(each["name"], action, runs, logs) for action in each["actions"]])
            for each in declared["stages"]
        ]
        return {
            "name": self._name,
            "execution": _execution(newest) if newest else None,
            "earlier": [_execution(each) for each in executions[1:6]],
            "stages": stages,
        }

    def _find(self) -> str:
        cloudformation = self._watched.client("cloudformation", self.where.account, self.where.region)
        try:
            resources = cloudformation.describe_stack_resources(StackName=self._stack.name)["StackResources"]
        except ClientError:
            return ""
        ids = [
            each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::CodePipeline::Pipeline"
        ]
        return str(ids[0]) if ids else ""

    def _runs(self, api: Any, execution: str) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        """Yield the runs of an execution's actions, the last run of each last."""
        narrow = {"pipelineName": self._name, "filter": {"pipelineExecutionId": execution}}
        pages = [
            page["actionExecutionDetails"] for page in api.get_paginator("list_action_executions").paginate(**narrow)
        ]
        for detail in reversed([detail for page in pages for detail in page]):
            yield (detail["stageName"], detail["actionName"]), detail

    def _action(
        self, stage: str, declared: dict[str, Any], runs: dict[tuple[str, str], Any], logs: dict[str, Log]
    ) -> dict[str, Any]:
        found: dict[str, Any] = {
            "name": declared["name"],
            "provider": declared["actionTypeId"]["provider"],
            "order": declared.get("runOrder", 1),
            "state": "NotStarted",
        }
        run = runs.get((stage, declared["name"]))
        if run is None:
            return found
        result = run["output"].get("executionResult", {})
        state = run["status"]
        if state == "InProgress" and found["provider"] == "Manual":
            state = "Waiting"
        began, ended = run["startTime"].timestamp(), run["lastUpdateTime"].timestamp()
        found |= {"id": run["actionExecutionId"], "state": state, "began": began}
        if run["status"] != "InProgress":
            found["seconds"] = round(ended - began, 1)
        found["summary"] = result.get("externalExecutionSummary", "")
        found["error"] = result.get("errorDetails", {}).get("message", "")
        log = self._log(run, began, ended if "seconds" in found else None)
        if log:
            found["log"] = f"action:{run['actionExecutionId']}"
            logs[found["log"]] = log
        return found

    def _log(self, run: dict[str, Any], began: float, ended: float | None) -> Log | None:
        provider, external = run["input"]["actionTypeId"]["provider"], run["output"]["executionResult"]
        id_ = external.get("externalExecutionId", "")
        if provider == "CodeBuild" and id_ and self._watched.cloud:
            path = self._watched.cloud.build_log(id_)
            return Files([path]) if path else None
        if provider == "CloudFormation" and id_:
            account = account_of(run) or self.where.account
            region = run["input"].get("region") or self.where.region
            return StackEvents(self._watched.client("cloudformation", account, region), id_, began, ended)
        return None


def _stage(declared: dict[str, Any], actions: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": declared["name"], "state": state_of_stage(actions), "actions": actions}


def account_of(run: dict[str, Any]) -> str:
    """Return the account that a run of an action deploys to, by the roles that it has; empty if it has none.

    Parameters
    ----------
    run
        As ListActionExecutions gives it. Only the action's own role is named by each action of a CDK pipeline.
    """
    given = run["input"]
    role = str(given.get("roleArn") or given.get("resolvedConfiguration", {}).get("RoleArn") or "")
    return role.split(":")[4] if role.count(":") >= 5 else ""


def state_of_stage(actions: list[dict[str, Any]]) -> str:
    """Return the state of a stage from those of its actions."""
    states = [action["state"] for action in actions]
    for state in _STAGE_STATES:
        if state in states:
            return state
    if all(state == "Succeeded" for state in states):
        return "Succeeded"
    return "InProgress" if "Succeeded" in states else "NotStarted"


def _execution(summary: dict[str, Any]) -> dict[str, Any]:
    revisions = summary.get("sourceRevisions", [])
    ended = summary["status"] not in ("InProgress", "Stopping")
    began = summary["startTime"].timestamp()
    found = {
        "id": summary["pipelineExecutionId"],
        "state": summary["status"],
        "trigger": summary.get("trigger", {}).get("triggerType", ""),
        "began": began,
        "commit": revisions[0].get("revisionId", "") if revisions else "",
        "message": revisions[0].get("revisionSummary", "") if revisions else "",
        "summary": summary.get("statusSummary", ""),
    }
    return found | ({"seconds": round(summary["lastUpdateTime"].timestamp() - began, 1)} if ended else {})
