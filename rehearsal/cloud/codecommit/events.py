"""The event of a push, and the EventBridge rules that start a pipeline with it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends
from moto.utilities.utils import get_partition

from rehearsal.cloud.assume_role import trusts
from rehearsal.cloud.codecommit.repositories import Push, Repository

log = logging.getLogger(__name__)

SERVICE = "events.amazonaws.com"


@dataclass(frozen=True)
class Pushes:
    """What a push starts.

    Parameters
    ----------
    start
        Called with account, Region, pipeline and rule for a pipeline that is the target of a rule.
    poll
        Called with the repository and the push, for the pipelines that look for pushes by themselves.
    """

    start: Callable[[str, str, str, str], None]
    poll: Callable[[Repository, Push], None]

    def __call__(self, repository: Repository, push: Push) -> None:
        """Start what is to be started."""
        self.poll(repository, push)
        if not repository.account:
            return  # EventBridge knows nothing of other hosts
        event = event_of(repository, push)
        bus = events_backends[repository.account][repository.region].event_buses["default"]
        for rule in list(bus.rules.values()):
            if rule.state != "ENABLED" or rule.scheduled_expression or not rule.event_pattern.matches_event(event):
                continue
            for target in rule.targets:
                self._start(rule.name, target)

    def _start(self, rule: str, target: Any) -> None:
        arn, role = target["Arn"], target.get("RoleArn", "")
        parts = arn.split(":")
        if parts[2] != "codepipeline":
            log.warning("rule %s: the rehearsal delivers a push to pipelines only, not to %s", rule, arn)
        elif not trusts(role, service=SERVICE):
            log.error("rule %s: %s may not assume %s, so the push starts nothing", rule, SERVICE, role or "no role")
        else:
            self.start(parts[4], parts[3], parts[5], rule)


def event_of(repository: Repository, push: Push) -> Any:
    """Return the event that EventBridge gets of a push.

    Parameters
    ----------
    repository, push
        What was pushed.
    """
    detail = {
        "event": "referenceUpdated" if push.before else "referenceCreated",
        "repositoryName": repository.name,
        "referenceType": push.kind,
        "referenceName": push.name,
        "referenceFullName": f"refs/{'tags' if push.kind == 'tag' else 'heads'}/{push.name}",
        "commitId": push.commit,
    }
    if push.before:
        detail["oldCommitId"] = push.before
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
