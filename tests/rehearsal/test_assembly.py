"""What a cloud assembly tells about the pipeline: stages in its order, environments, approval, test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rehearsal.assembly import Environment, Source, read_assembly
from rehearsal.errors import AssemblyError

PIPELINE = "111111111111"


def action(name: str, category: str, order: int = 1, **configuration: object):
    return {
        "Name": name,
        "RunOrder": order,
        "ActionTypeId": {"Category": category},
        "Configuration": configuration,
    }


def stack(name: str, path: str, account: str, region: str = "us-east-1"):
    return {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{account}/{region}",
        "displayName": path,
        "properties": {"templateFile": f"{name}.json", "stackName": name},
    }


def write(folder: Path, artifacts, templates) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    for name, resources in templates.items():
        (folder / f"{name}.json").write_text(json.dumps({"Resources": resources}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sources = [
        action("Made", "Source", RepositoryName={"Fn::GetAtt": ["Made", "Name"]}, BranchName="main"),
        action("Found", "Source", RepositoryName="found", BranchName="main"),
        action("Hosted", "Source", FullRepositoryId="owner/name", BranchName="trunk"),
    ]
    declared = [
        {"Name": "Source", "Actions": sources},
        {"Name": "DeployQa", "Actions": [action("IntegrationTest-qa", "Build", 3), action("Lake.Deploy", "Deploy", 2)]},
        {"Name": "DeployProd", "Actions": [action("Lake.Deploy", "Deploy", 2), action("Approve-prod", "Approval")]},
    ]
    artifacts = {"P": stack("P", "P", PIPELINE)}
    for name, account in (("DeployProd", "333333333333"), ("DeployQa", "222222222222")):
        artifacts[f"assembly-P-{name}"] = {
            "type": "cdk:cloud-assembly",
            "properties": {"directoryName": f"assembly-P-{name}"},
        }
        inner = {}
        for ending in ("Lake", "IntegrationTest"):
            inner[f"{name}{ending}"] = stack(f"{name}-{ending}", f"P/{name}/{ending}", account)
        write(
            tmp_path / f"assembly-P-{name}", inner, {f"{name}-{ending}": {} for ending in ("Lake", "IntegrationTest")}
        )
    write(
        tmp_path, artifacts, {"P": {"It": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {"Stages": declared}}}}
    )
    return tmp_path


def test_stages_come_in_the_order_of_the_pipeline(folder: Path):
    assert [stage.name for stage in read_assembly(folder).stages] == ["DeployQa", "DeployProd"]


def test_a_stage_knows_its_stacks_and_whether_it_is_tested(folder: Path):
    qa, prod = read_assembly(folder).stages
    assert qa.tested
    assert not prod.tested
    assert [stack.name for stack in qa.stacks] == ["DeployQa-Lake", "DeployQa-IntegrationTest"]


def test_the_repositories_that_the_stack_does_not_make_are_known(folder: Path):
    sources = read_assembly(folder).sources
    assert sources == (Source("found", "main", hosted=False), Source("owner/name", "trunk", hosted=True))


def test_every_environment_is_named_once_the_pipeline_s_first(folder: Path):
    accounts = [environment.account for environment in read_assembly(folder).environments]
    assert accounts == [PIPELINE, "222222222222", "333333333333"]
    assert str(Environment("1", "r")) == "aws://1/r"


def test_an_output_without_a_pipeline_is_refused(tmp_path: Path):
    write(tmp_path, {"S": stack("S", "S", PIPELINE)}, {"S": {}})
    with pytest.raises(AssemblyError, match=r"no stack in .* holds a pipeline"):
        read_assembly(tmp_path)


def test_a_stack_without_an_account_is_refused(folder: Path):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["P"]["environment"] = "aws://unknown-account/unknown-region"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(AssemblyError, match="names no account and Region"):
        read_assembly(folder)


def test_a_folder_that_is_no_assembly_is_refused(tmp_path: Path):
    with pytest.raises(AssemblyError, match="is this the output of cdk synth"):
        read_assembly(tmp_path)
