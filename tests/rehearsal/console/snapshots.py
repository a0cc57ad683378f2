"""Snapshots written by hand: what the real ones look like is held to them by ``test_snapshot``."""

from __future__ import annotations

import copy
import time
from typing import Any

NASTY = "KeyError: '</script><script>document.title=\"owned\"</script><img src=x onerror=alert(1)>'"

LOGS = {
    "action:build": "[Container] Running command make synth\nWriting the templates to cdk.out",
    "action:test": "collected 1 item\n<b>not bold</b>",
    "run:jr_1": "── stdout ──\n24 rows",
    "run:jr_3": "",
    "run:jr_2": f"── stderr ──\nTraceback\n{NASTY}",
}


def step(name: str, state: str, **more: Any) -> dict[str, Any]:
    found = {"name": name, "provider": "CodeBuild", "order": 1, "state": state, "summary": "", "error": ""}
    if state != "NotStarted":
        found |= {"id": f"id-{name}", "began": time.time() - 30}
    if state not in ("NotStarted", "InProgress", "Waiting"):
        found["seconds"] = 4.2
    return found | more


def a_stage(name: str, state: str, *actions: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "state": state, "actions": list(actions)}


def a_run(id_: str, state: str, **more: Any) -> dict[str, Any]:
    found = {"stage": "dev", "job": f"dev-Job{id_[-1]}", "run_id": id_, "state": state, "seconds": 7, "error": ""}
    return found | {"log": f"run:{id_}"} | more


CHANGES = [
    {
        "stack": "DeployProd-Ingestion",
        "environment": "123456789103/us-east-1",
        "first": False,
        "added": [{"kind": "Glue job", "name": "prod-Orders", "details": []}],
        "changed": [{"kind": "Glue job", "name": "prod-Persons", "details": ["Timeout: 60 → 120"]}],
        "removed": [],
        "words": "adds 1 Glue job (prod-Orders); changes 1 Glue job (prod-Persons)",
    },
    {
        "stack": "DeployProd-DataLake",
        "environment": "123456789103/us-east-1",
        "first": False,
        "added": [],
        "changed": [],
        "removed": [],
        "words": "no resource changes",
    },
]


def a_snapshot() -> dict[str, Any]:
    """A rehearsal in the middle of its Build stage."""
    return copy.deepcopy(
        {
            "rehearsal": {"began": time.time() - 60, "state": "InProgress", "retries": False},
            "setup": [step("LocalCloud", "Succeeded", provider="Rehearsal", summary="started")],
            "pipeline": {
                "name": "PipelineStack",
                "execution": {
                    "id": "11111111-2222-3333-4444-555555555555",
                    "state": "InProgress",
                    "trigger": "CreatePipeline",
                    "began": time.time() - 40,
                    "commit": "0123456789abcdef0123456789abcdef01234567",
                    "message": "Add a job <i>of orders</i>\n\nbody",
                    "summary": "",
                },
                "earlier": [
                    {
                        "id": "99999999-2222-3333-4444-555555555555",
                        "state": "Superseded",
                        "trigger": "Webhook",
                        "began": time.time() - 99,
                        "seconds": 5,
                        "commit": "fedcba9876543210",
                        "message": "before",
                        "summary": "",
                    }
                ],
                "stages": [
                    a_stage("Source", "Succeeded", step("Read", "Succeeded", provider="CodeCommit", summary="Add")),
                    a_stage("Build", "InProgress", step("Synth", "InProgress", log="action:build")),
                    a_stage("DeployDev", "NotStarted", step("Jobs.Deploy", "NotStarted"), step("Test", "NotStarted")),
                    a_stage("DeployProd", "NotStarted", step("Approve-prod", "NotStarted", provider="Manual")),
                ],
            },
            "approvals": [],
            "runs": [],
            "tables": [],
            "not_covered": [["Networks", "no VPC"]],
        }
    )


def action_in(snapshot: dict[str, Any], stage: str, name: str, state: str, **more: Any) -> dict[str, Any]:
    """Give an action of a snapshot another state, and its stage the same."""
    found = next(each for each in snapshot["pipeline"]["stages"] if each["name"] == stage)
    place = next(number for number, each in enumerate(found["actions"]) if each["name"] == name)
    found["actions"][place] |= step(name, state, **{"provider": found["actions"][place]["provider"]} | more)
    found["state"] = state
    return snapshot


def waiting() -> dict[str, Any]:
    """A rehearsal that waits for the approval."""
    snapshot = action_in(a_snapshot(), "Build", "Synth", "Succeeded", log="action:build")
    action_in(snapshot, "DeployDev", "Jobs.Deploy", "Succeeded")
    action_in(snapshot, "DeployDev", "Test", "Succeeded", log="action:test")
    action_in(snapshot, "DeployProd", "Approve-prod", "Waiting")
    approval = {"id": "approval-1", "stage": "DeployProd", "action": "Approve-prod", "state": "Waiting", "summary": ""}
    snapshot["approvals"] = [approval | {"changes": CHANGES}]
    snapshot["runs"] = [a_run("jr_1", "SUCCEEDED"), a_run("jr_3", "RUNNING")]
    tables = [("persons", 1234), ("notes", None)]
    snapshot["tables"] = [{"stage": "dev", "database": "dev_bronze", "table": t, "rows": rows} for t, rows in tables]
    return snapshot


def failed() -> dict[str, Any]:
    """A rehearsal that ended with a failed job."""
    snapshot = waiting()
    action_in(snapshot, "DeployDev", "Test", "Failed", log="action:test", error=f"exit status 1\n{NASTY}")
    snapshot["pipeline"]["stages"][3] = a_stage(
        "DeployProd", "NotStarted", step("Approve-prod", "NotStarted", provider="Manual")
    )
    snapshot["approvals"] = []
    snapshot["pipeline"]["execution"] |= {"state": "Failed", "seconds": 40}
    snapshot["runs"] = [a_run("jr_1", "SUCCEEDED"), a_run("jr_2", "FAILED", error=NASTY)]
    snapshot["rehearsal"] |= {"state": "Failed", "seconds": 60, "message": "exit status 1"}
    snapshot["logs"] = LOGS
    return snapshot
