"""What the tests of templates share: one synthesis of the whole app, checked by cdk-nag on the way."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def cdk_context() -> dict[str, Any]:
    """The feature flags of cdk.json, and what the CDK CLI adds to them."""
    flags: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return {**flags, "aws:cdk:enable-path-metadata": True, "aws:cdk:version-reporting": True}


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, cdk_context: dict[str, Any]) -> Path:
    """The cloud assembly of the default config, with cdk-nag's findings in its validation report."""
    # here, since the integration test reads this file too, and needs neither the CDK nor Node
    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks

    from aws_glue_cdk_baseline.checks import check
    from aws_glue_cdk_baseline.pipeline_stack import PipelineStack

    folder = tmp_path_factory.mktemp("assembly")
    app = cdk.App(context=cdk_context, outdir=str(folder))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    config = check(ROOT / "default-config.yaml").config
    account = config.pipeline_account
    env = cdk.Environment(account=account.aws_account_id, region=account.aws_region)
    PipelineStack(app, "PipelineStack", config=config, env=env)
    with pytest.raises(RuntimeError, match="ValidationFailed"):  # the findings, which test_nag.py reads and judges
        app.synth()
    return folder


@pytest.fixture(scope="session")
def templates(assembly: Path) -> dict[str, dict[str, Any]]:
    """Every template of the assembly by the name of its stack: PipelineStack, DeployDev-DataLake, ..."""
    found = {}
    for manifest in [assembly / "manifest.json", *assembly.glob("assembly-*/manifest.json")]:
        for artifact in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                name = properties.get("stackName") or artifact.get("displayName")
                text = (manifest.parent / properties["templateFile"]).read_text(encoding="utf-8")
                found[str(name)] = json.loads(text)
    return found
