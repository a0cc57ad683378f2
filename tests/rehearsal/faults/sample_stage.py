"""The sample project's stage dev, deployed from its real templates, each changed by whoever seeds a fault."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rehearsal.acting import Account, Deployed

DEV_ACCOUNT = "123456789102"
PIPELINE_ACCOUNT = "123456789101"
"""Accounts that the sample project's config names."""

Templates = dict[str, dict[str, Any]]
Change = Callable[[dict[str, Any]], None]
"""What changes a template before it is deployed."""


class SampleStage:
    """Stage dev of the sample project in an account of a test.

    Parameters
    ----------
    account
        The account that stands for the stage's.
    assembly
        The sample project's assembly.
    templates
        Its templates by the names of the stacks.
    """

    def __init__(self, account: Account, assembly: Path, templates: Templates) -> None:
        self.account = account
        self._assembly = assembly
        self._templates = templates
        account.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        self._publish_assets()

    def template(self, stack: str) -> dict[str, Any]:
        """Return a template of the stage, for the account of the test; ``stack`` is for example ``Ingestion``."""
        text = json.dumps(self._templates[f"DeployDev-{stack}"])
        template: dict[str, Any] = json.loads(text.replace(DEV_ACCOUNT, self.account.id))
        return template

    def deploy(self, stack: str, change: Change | None = None) -> Deployed:
        """Deploy a stack of the stage."""
        template = self.template(stack)
        if change:
            change(template)
        given = (template["Resources"], template.get("Outputs"), template.get("Parameters"))
        return self.account.deploy(f"DeployDev-{stack}", *given)

    def deployed(self, stack: str, change: Change | None = None) -> SampleStage:
        """Deploy a stack that is to be deployed well."""
        became = self.deploy(stack, change)
        assert became.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), became.events
        return self

    def use_script(self, stack: str, text: str) -> None:
        """Put a script in the place of that of the stack's one job: the sample project's own do next to nothing."""
        bucket, _, key = job_of(self.template(stack))["Command"]["ScriptLocation"].removeprefix("s3://").partition("/")
        self.account.s3.put_object(Bucket=bucket, Key=key, Body=text.encode())

    def _publish_assets(self) -> None:
        """Put the stage's assets where the templates say that they are; the real asset tool has tests of its own."""
        bucket = f"cdk-hnb659fds-assets-{self.account.id}-us-east-1"
        self.account.s3.create_bucket(Bucket=bucket)
        for manifest in self._assembly.glob("assembly-PipelineStack-DeployDev/*.assets.json"):
            for asset in json.loads(manifest.read_text())["files"].values():
                source = manifest.parent / asset["source"]["path"]
                body = _zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
                for destination in asset["destinations"].values():
                    self.account.s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=body)


def job_of(template: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of the one job of a template."""
    (job,) = (body["Properties"] for body in template["Resources"].values() if body["Type"] == "AWS::Glue::Job")
    return job  # type: ignore[no-any-return]


def without(*actions: str, resource: str = "") -> Change:
    """Return the change that takes statements from the roles of a template.

    Parameters
    ----------
    *actions
        The statements that allow any of these actions.
    resource
        Take this resource out of them, and leave the statements.
    """

    def change(template: dict[str, Any]) -> None:
        taken = 0
        for body in template["Resources"].values():
            if body["Type"] != "AWS::IAM::Policy":
                continue
            document = body["Properties"]["PolicyDocument"]
            for statement in list(document["Statement"]):
                if not set(actions) & set(_listed(statement["Action"])):
                    continue
                left = [each for each in _listed(statement["Resource"]) if resource not in json.dumps(each)]
                taken += len(_listed(statement["Resource"])) - len(left) if resource else 1
                if resource and left:
                    statement["Resource"] = left
                else:
                    document["Statement"].remove(statement)
        assert taken, f"no role is allowed {actions} on {resource or 'anything'}"

    return change


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()
