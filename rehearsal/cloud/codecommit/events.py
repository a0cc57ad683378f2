"""The event of a push, and the EventBridge rules that start a pipeline with it."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.events.models import events_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.assume_role import trusts
from rehearsal.cloud.clients import client
from rehearsal.cloud.codecommit.repositories import Repository

log = logging.getLogger(__name__)

SERVICE = "events.amazonaws.com"


def tell_rules(repository: Repository, branch: str, commit: str, before: str | None) -> None:
    """Start the pipelines that are targets of the rules that match a push.

    Parameters
    ----------
    repository, branch, commit
        What was pushed.
    before
        The commit that the branch was at; ``None`` for a new branch.
    """
    event = event_of(repository, branch, commit, before)
    bus = events_backends[repository.account][repository.region].event_buses["default"]
    for rule in list(bus.rules.values()):
        if rule.state != "ENABLED" or rule.scheduled_expression or not rule.event_pattern.matches_event(event):
            continue
        for target in rule.targets:
            _start(repository, rule.name, target)


def event_of(repository: Repository, branch: str, commit: str, before: str | None) -> Any:
    """Return the event that EventBridge gets of a push.

    Parameters
    ----------
    repository, branch, commit
        What was pushed.
    before
        The commit that the branch was at; ``None`` for a new branch.
    """
    detail = {
        "event": "referenceUpdated" if before else "referenceCreated",
        "repositoryName": repository.name,
        "referenceType": "branch",
        "referenceName": branch,
        "referenceFullName": f"refs/heads/{branch}",
        "commitId": commit,
    }
    if before:
        detail["oldCommitId"] = before
    partition = get_partition(repository.region)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "CodeCommit Repository State Change",
        "source": "aws.codecommit",
        "account": repository.account,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": repository.region,
        "resources": [f"arn:{partition}:codecommit:{repository.region}:{repository.account}:{repository.name}"],
        "detail": detail,
    }


def _start(repository: Repository, rule: str, target: Any) -> None:
    arn, role = target["Arn"], target.get("RoleArn", "")
    parts = arn.split(":")
    if parts[2] != "codepipeline":
        log.warning("rule %s: the rehearsal delivers a push to pipelines only, not to %s", rule, arn)
        return
    if not trusts(role, service=SERVICE):
        log.error("rule %s: %s may not be assumed by %s, so the push starts nothing", rule, role or "no role", SERVICE)
        return
    try:
        client("codepipeline", parts[4], parts[3]).start_pipeline_execution(name=parts[5])
    except ClientError as error:
        log.error("rule %s: %s", rule, error)
    else:
        log.info("rule %s: push of %s starts %s", rule, repository.name, parts[5])
