"""What the tests of templates share: the syntheses of two projects, each checked by cdk-nag on the way.

`sample_project` is a frozen config and catalog: tests that name jobs use it, so that adding or removing a job of this
repository breaks none of them. Rules that hold for any project are checked on this repository's own as well.
"""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "tests" / "sample_project"
Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the sample project, with cdk-nag's findings in its validation report."""
    return synthesize(SAMPLE, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def own_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of this repository's own config and catalog."""
    return synthesize(ROOT, tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="session")
def templates(assembly: Path) -> Templates:
    """Every template of the sample project by the name of its stack: PipelineStack, DeployDev-DataLake, ..."""
    return templates_of(assembly)


@pytest.fixture(scope="session")
def own_templates(own_assembly: Path) -> Templates:
    """The same of this repository's own config and catalog."""
    return templates_of(own_assembly)


def synthesize(project: Path, folder: Path) -> Path:
    """Synthesize a project as the CDK CLI does; the findings of cdk-nag are left to the tests to judge."""
    # here, since the integration test reads this file too, and needs neither the CDK nor Node
    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks

    from aws_glue_cdk_baseline.checks import check
    from aws_glue_cdk_baseline.pipeline_stack import PipelineStack

    flags = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    from_the_cli = {"aws:cdk:enable-path-metadata": True, "aws:cdk:version-reporting": True}
    app = cdk.App(context={**flags, **from_the_cli}, outdir=str(folder))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    found = check(project / "default-config.yaml", project / "aws_glue_cdk_baseline" / "job_scripts")
    account = found.config.pipeline_account
    env = cdk.Environment(account=account.aws_account_id, region=account.aws_region)
    PipelineStack(app, "PipelineStack", config=found.config, catalog=found.catalog, workflows=found.workflows, env=env)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    return folder


def templates_of(assembly: Path) -> Templates:
    """Read the templates of an assembly and of those nested in it."""
    found = {}
    for manifest in [assembly / "manifest.json", *assembly.glob("assembly-*/manifest.json")]:
        for artifact in json.loads(manifest.read_text(encoding="utf-8"))["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                name = properties.get("stackName") or artifact.get("displayName")
                text = (manifest.parent / properties["templateFile"]).read_text(encoding="utf-8")
                found[str(name)] = json.loads(text)
    return found
