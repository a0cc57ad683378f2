"""The pipeline: its stages, what its builds run, and with which tools."""

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
import yaml

from aws_glue_cdk_baseline.catalog import ROOT, load_catalog
from aws_glue_cdk_baseline.pipeline_stack import PipelineStack
from tests.conftest import SAMPLE

CATALOG = load_catalog(SAMPLE / "aws_glue_cdk_baseline" / "job_scripts")


@pytest.fixture(scope="module")
def pipeline(templates) -> dict[str, Any]:
    return pipeline_of(templates["PipelineStack"])


def pipeline_of(template: dict[str, Any]) -> dict[str, Any]:
    (found,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::CodePipeline::Pipeline"]
    properties: dict[str, Any] = found["Properties"]
    return properties


def buildspecs(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buildspecs that stand in the template, by the logical ID of their project."""
    found = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::CodeBuild::Project":
            text = resource["Properties"]["Source"]["BuildSpec"]
            if isinstance(text, dict):
                text = "".join(part if isinstance(part, str) else "<reference>" for part in text["Fn::Join"][1])
            if text.startswith("{"):
                found[name] = json.loads(text)
    return found


def synthesize(config: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    app = cdk.App()
    env = cdk.Environment(account="123456789101", region="us-east-1")
    PipelineStack(app, "PipelineStack", config=config, catalog=CATALOG, env=env, **kwargs)
    template: dict[str, Any] = app.synth().get_stack_by_name("PipelineStack").template
    return template


@pytest.fixture
def config() -> dict[str, Any]:
    """The default config as the plain dict that a YAML parser gives."""
    loaded: dict[str, Any] = yaml.safe_load((SAMPLE / "default-config.yaml").read_text(encoding="utf-8"))
    return loaded


def test_stages_in_order(pipeline):
    names = [stage["Name"] for stage in pipeline["Stages"]]
    assert names == ["Source", "Build", "UpdatePipeline", "Assets", "DeployDev", "DeployProd"]
    assert pipeline["PipelineType"] == "V2"


def test_prod_starts_with_an_approval_that_links_to_the_commit(pipeline):
    first = min(pipeline["Stages"][-1]["Actions"], key=lambda action: action["RunOrder"])
    assert first["ActionTypeId"]["Provider"] == "Manual"
    link = first["Configuration"]["ExternalEntityLink"]
    assert "/repositories/aws-glue-cdk-baseline/commit/#{Source@" in link
    source = pipeline["Stages"][0]["Actions"][0]
    assert f"#{{{source['Namespace']}.CommitId}}" in link


def test_dev_ends_with_the_integration_test(pipeline, templates):
    last = max(pipeline["Stages"][-2]["Actions"], key=lambda action: action["RunOrder"])
    assert last["Name"] == "IntegrationTest-dev"
    (spec,) = [s for n, s in buildspecs(templates["PipelineStack"]).items() if "IntegrationTest" in n]
    assert spec["phases"]["build"]["commands"] == ["make test-integration REPORTS=build/reports"]


def test_all_assets_are_published_by_one_action(pipeline):
    assert len(pipeline["Stages"][3]["Actions"]) == 1


def test_every_build_names_its_python_and_node(templates):
    specs = buildspecs(templates["PipelineStack"])
    assert len(specs) == 4
    for name, spec in specs.items():
        assert spec["phases"]["install"]["runtime-versions"] == {"python": "3.11", "nodejs": "22"}, name


def test_tests_report_as_junit_to_report_groups_of_their_own(templates):
    reporting = {name: s["reports"] for name, s in buildspecs(templates["PipelineStack"]).items() if "reports" in s}
    assert len(reporting) == 3
    for reports in reporting.values():
        assert [one["file-format"] for one in reports.values()] == ["JUNITXML"]


def test_each_build_may_write_the_report_group_that_it_reports_to(templates):
    resources = templates["PipelineStack"]["Resources"]
    granted = {
        (role["Ref"], statement["Resource"]["Fn::GetAtt"][0])
        for policy in resources.values()
        if policy["Type"] == "AWS::IAM::Policy"
        for role in policy["Properties"]["Roles"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "codebuild:CreateReport" in statement["Action"] and "Fn::GetAtt" in statement["Resource"]
    }
    reporting = {
        (project["Properties"]["ServiceRole"]["Fn::GetAtt"][0], part["Fn::GetAtt"][0])
        for project in resources.values()
        if project["Type"] == "AWS::CodeBuild::Project"
        and isinstance(project["Properties"]["Source"]["BuildSpec"], dict)
        for part in project["Properties"]["Source"]["BuildSpec"]["Fn::Join"][1]
        if isinstance(part, dict) and "Reports" in part.get("Fn::GetAtt", [""])[0]
    }
    assert len(reporting) == 3
    assert reporting <= granted


def test_only_the_glue_image_build_is_privileged(templates):
    privileged = [
        name
        for name, resource in templates["PipelineStack"]["Resources"].items()
        if resource["Type"] == "AWS::CodeBuild::Project" and resource["Properties"]["Environment"]["PrivilegedMode"]
    ]
    assert len(privileged) == 1
    assert "GlueImageTests" in privileged[0]


def test_tools_are_the_pinned_ones(templates, assembly):
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = json.dumps(templates["PipelineStack"])
    assert f"aws-cdk@{pinned['aws-cdk']}" in text
    publishing = "".join(file.read_text(encoding="utf-8") for file in assembly.glob("buildspec-*.yaml"))
    assert f"cdk-assets@{pinned['cdk-assets']}" in publishing


def test_the_repository_survives_the_stack(templates):
    (repository,) = [
        r for r in templates["PipelineStack"]["Resources"].values() if r["Type"] == "AWS::CodeCommit::Repository"
    ]
    assert repository["DeletionPolicy"] == "RetainExceptOnCreate"
    assert repository["UpdateReplacePolicy"] == "Retain"
    assert repository["Properties"]["Code"]["BranchName"] == "main"


def test_another_config_file_is_used_by_the_pipelines_own_synth(config):
    specs = buildspecs(synthesize(config, config_file="configs/other.yaml"))
    commands = [c for spec in specs.values() for c in spec["phases"].get("build", {}).get("commands", [])]
    assert "make synth CONFIG=configs/other.yaml" in commands


def test_a_repository_that_exists_already_is_not_created(config):
    config["source"]["create"] = False
    template = synthesize(config)
    assert "AWS::CodeCommit::Repository" not in {r["Type"] for r in template["Resources"].values()}
    assert (
        pipeline_of(template)["Stages"][0]["Actions"][0]["Configuration"]["RepositoryName"] == "aws-glue-cdk-baseline"
    )


def test_a_connection_brings_the_code_from_another_host(config):
    arn = "arn:aws:codeconnections:us-east-1:123456789101:connection/11111111-2222-3333-4444-555555555555"
    config["source"] = {"provider": "connection", "repository": "team/jobs", "branch": "trunk", "connectionArn": arn}
    template = synthesize(config)
    source = pipeline_of(template)["Stages"][0]["Actions"][0]["Configuration"]
    assert (source["ConnectionArn"], source["FullRepositoryId"], source["BranchName"]) == (arn, "team/jobs", "trunk")
    approval = pipeline_of(template)["Stages"][-1]["Actions"][0]["Configuration"]["ExternalEntityLink"]
    assert "FullRepositoryId=team/jobs" in approval


def test_stages_are_as_many_as_the_config_names_and_may_share_an_account(config):
    config["qaAccount"] = config["devAccount"]
    config["prodAccount"] = config["devAccount"]
    config = {key: config[key] for key in ("pipelineAccount", "devAccount", "qaAccount", "prodAccount", "dev", "prod")}
    config["qa"] = config["dev"]
    config["qa"]["approval"] = True
    stages = pipeline_of(synthesize(config))["Stages"]
    assert [stage["Name"] for stage in stages[4:]] == ["DeployDev", "DeployQa", "DeployProd"]
    providers = [[action["ActionTypeId"]["Provider"] for action in stage["Actions"]] for stage in stages[4:]]
    assert ["Manual" in some for some in providers] == [True, True, True]  # dev and qa share one block here
    assert ["CodeBuild" in some for some in providers] == [True, True, False]


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_every_arn_is_of_the_regions_partition(config, region, partition):
    for name in ("pipelineAccount", "devAccount", "prodAccount"):
        config[name] = {**config[name], "awsRegion": region}
    config["dev"]["connections"]["CustomerDatabase"]["network"]["availabilityZone"] = f"{region}a"
    app = cdk.App()
    env = cdk.Environment(account="123456789101", region=region)
    PipelineStack(app, "PipelineStack", config=config, catalog=CATALOG, env=env)
    assembly = app.synth()
    stacks = [*assembly.stacks, *(s for nested in assembly.nested_assemblies for s in nested.nested_assembly.stacks)]
    assert len(stacks) == 10
    for stack in stacks:
        arns = set(re.findall(r"arn:aws[\w-]*", json.dumps(stack.template)))
        assert arns <= {f"arn:{partition}"}, stack.stack_name
