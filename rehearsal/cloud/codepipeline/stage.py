"""Runs the actions of a stage: group by group, each group at once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloud.codebuild.service import BuildService
from rehearsal.cloud.codepipeline import approval, build, connection, deploy, source
from rehearsal.cloud.codepipeline.action import ActionError, Context, Provider, resolve
from rehearsal.cloud.codepipeline.declaration import Action, Stage
from rehearsal.cloud.codepipeline.record import ABANDONED, FAILED, SUCCEEDED, ActionExecution, Execution

log = logging.getLogger(__name__)

PROVIDERS: dict[tuple[str, str], Provider] = {
    ("Source", "CodeCommit"): source.fetch,
    ("Source", connection.PROVIDER): connection.fetch,
    ("Build", "CodeBuild"): build.build,
    ("Test", "CodeBuild"): build.build,
    ("Deploy", "CloudFormation"): deploy.deploy,
    ("Approval", "Manual"): approval.await_approval,
}
"""What the rehearsal's pipelines can do, by category and provider."""


@dataclass(frozen=True)
class StageRun:
    """One pass of an execution through a stage.

    Parameters
    ----------
    account, region
        Where the pipeline is.
    builds
        CodeBuild.
    execution
        The execution.
    stage
        The stage.
    again
        Names of the actions to run; the others have succeeded before.
    cut_short
        Says whether no further action is to start.
    """

    account: str
    region: str
    builds: BuildService
    execution: Execution
    stage: Stage
    again: frozenset[str]
    cut_short: Callable[[], bool]

    def run(self) -> str:
        """Run the actions.

        Returns
        -------
        str
            How the stage ended; empty if it was cut short after its running actions.
        """
        for group in self.stage.groups():
            actions = [action for action in group if action.name in self.again]
            if not actions:
                continue
            if self.cut_short():
                return ""
            if not self._run_group(actions):
                return FAILED
        return SUCCEEDED

    def _run_group(self, actions: list[Action]) -> bool:
        records = [ActionExecution(self.stage.name, action, dict(action.configuration)) for action in actions]
        self.execution.actions.extend(records)
        threads = [
            threading.Thread(target=self._run_action, args=(record,), name=record.action.name, daemon=True)
            for record in records
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return all(record.status == SUCCEEDED for record in records)

    def _run_action(self, record: ActionExecution) -> None:
        try:
            self._carry_out(record)
        except ActionError as error:
            given_up = self.execution.abandoned.is_set()
            record.end(ABANDONED if given_up else FAILED, code=error.code, error=str(error))
        except (BotoCoreError, ClientError) as error:
            record.end(FAILED, code="JobFailed", error=str(error))
        except Exception as error:
            log.exception("%s, action %s", self.stage.name, record.action.name)
            record.end(FAILED, code="InternalError", error=f"{type(error).__name__}: {error}")
        log.info("%s, action %s: %s %s", self.stage.name, record.action.name, record.status, record.error)

    def _carry_out(self, record: ActionExecution) -> None:
        action = record.action
        provider = PROVIDERS.get((action.category, action.provider))
        if provider is None or action.owner != "AWS":
            kind = f"{action.category} action of {action.owner}'s {action.provider}"
            raise ActionError(f"The rehearsal has no {kind}", "ConfigurationError")
        for name, text in action.configuration.items():
            record.configuration[name] = resolve(text, self.execution)
        outcome = provider(Context(self.account, self.region, self.execution, record, self.builds))
        record.variables, record.summary = outcome.variables, outcome.summary
        self.execution.artifacts.update(record.made)
        if action.namespace:
            self.execution.outputs[action.namespace] = outcome.variables
        if outcome.revision:
            self.execution.revisions.append(outcome.revision)
        record.end(SUCCEEDED)
