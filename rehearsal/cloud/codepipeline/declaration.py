"""A pipeline's declaration, as the API takes it, in types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rehearsal.cloud.codepipeline.triggers import Trigger, read_triggers


@dataclass(frozen=True)
class Action:
    """An action of a stage.

    Parameters
    ----------
    name, category, owner, provider, version
        What it is.
    run_order
        Actions of one order run at once, smaller ones before.
    configuration
        As declared, with references to variables.
    inputs, outputs
        Names of artifacts.
    role_arn, region, namespace
        Whom it acts as, where, and what its output variables are found under; may be empty.
    minutes
        How long an approval may wait.
    """

    name: str
    category: str
    owner: str
    provider: str
    version: str
    run_order: int
    configuration: dict[str, str] = field(hash=False)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    role_arn: str = ""
    region: str = ""
    namespace: str = ""
    minutes: int = 7 * 24 * 60


@dataclass(frozen=True)
class Stage:
    """A stage of a pipeline.

    Parameters
    ----------
    name
        Its name.
    actions
        As declared.
    on_failure
        What happens by itself when it fails: ``FAIL``, ``RETRY`` or ``ROLLBACK``.
    retries_all
        Whether a retry that happens by itself runs the actions again that succeeded.
    """

    name: str
    actions: tuple[Action, ...]
    on_failure: str = "FAIL"
    retries_all: bool = False

    def groups(self) -> list[list[Action]]:
        """Return the actions by run order: each group runs at once, after the one before it."""
        orders = sorted({action.run_order for action in self.actions})
        return [[action for action in self.actions if action.run_order == order] for order in orders]

    def action(self, name: str) -> Action | None:
        """Return an action by its name, or None."""
        return next((action for action in self.actions if action.name == name), None)


@dataclass(frozen=True)
class Pipeline:
    """A pipeline.

    Parameters
    ----------
    name, role_arn, version
        What it is, whom it acts as, which edition of the declaration this is.
    stages
        In order.
    mode
        ``SUPERSEDED``, ``QUEUED`` or ``PARALLEL``.
    buckets
        Artifact buckets by Region; the one of the empty name is for every Region.
    variables
        Defaults of the pipeline's own variables by name; None for one that has none.
    triggers
        Which pushes start it, by its own word.
    """

    name: str
    role_arn: str
    version: int
    stages: tuple[Stage, ...]
    mode: str
    buckets: dict[str, str] = field(hash=False)
    variables: dict[str, str | None] = field(hash=False)
    triggers: tuple[Trigger, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """Return a stage by its name, or None."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def bucket(self, region: str) -> str:
        """Return the artifact bucket of a Region."""
        return self.buckets.get(region) or self.buckets.get("", "")


def read(declared: dict[str, Any]) -> Pipeline:
    """Read a declaration.

    Parameters
    ----------
    declared
        The structure ``pipeline`` of the API.

    Returns
    -------
    Pipeline
        The same in types.
    """
    stores = {region: store["location"] for region, store in declared.get("artifactStores", {}).items()}
    if "artifactStore" in declared:
        stores[""] = declared["artifactStore"]["location"]
    return Pipeline(
        name=declared["name"],
        role_arn=declared["roleArn"],
        version=int(declared.get("version", 1)),
        stages=tuple(_stage(stage) for stage in declared["stages"]),
        mode=declared.get("executionMode", "SUPERSEDED"),
        buckets=stores,
        variables={each["name"]: each.get("defaultValue") for each in declared.get("variables", [])},
        triggers=read_triggers(declared.get("triggers", [])),
    )


def _stage(declared: dict[str, Any]) -> Stage:
    failure = declared.get("onFailure") or {}
    return Stage(
        name=declared["name"],
        actions=tuple(_action(action) for action in declared["actions"]),
        on_failure=failure.get("result", "FAIL"),
        retries_all=(failure.get("retryConfiguration") or {}).get("retryMode") == "ALL_ACTIONS",
    )


def _action(declared: dict[str, Any]) -> Action:
    kind = declared["actionTypeId"]
    return Action(
        name=declared["name"],
        category=kind["category"],
        owner=kind["owner"],
        provider=kind["provider"],
        version=str(kind["version"]),
        run_order=int(declared.get("runOrder", 1)),
        configuration={name: str(value) for name, value in declared.get("configuration", {}).items()},
        inputs=tuple(each["name"] for each in declared.get("inputArtifacts", [])),
        outputs=tuple(each["name"] for each in declared.get("outputArtifacts", [])),
        role_arn=declared.get("roleArn", ""),
        region=declared.get("region", ""),
        namespace=declared.get("namespace", ""),
        minutes=int(declared.get("timeoutInMinutes", Action.minutes)),
    )
