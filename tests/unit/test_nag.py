"""cdk-nag's AwsSolutions rules over every stack of every stage: what it finds has a reason here, or is a failure."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Accepted:
    """Findings that are accepted: patterns of the finding and of the construct's path, and the reason."""

    finding: str
    path: str
    reason: str


_PIPELINE = r"PipelineStack/(Pipeline/.*|Deploy\w+-TestBuild)/DefaultPolicy/Resource"
_LAYER_ROLE = r"PipelineStack/Deploy\w+/(?!Workflows/)\w+/[\w-]+/Role/DefaultPolicy/Resource"
_TEST_ROLE = r"PipelineStack/Deploy\w+/IntegrationTest/TestRole/DefaultPolicy/Resource"

ACCEPTED = [
    Accepted(
        r"IAM5\[Action::s3:(Abort|DeleteObject|GetBucket|GetObject|List)\*\]",
        _PIPELINE,
        "CDK Pipelines' grants on its own artifact bucket",
    ),
    Accepted(r"IAM5\[Action::kms:(ReEncrypt|GenerateDataKey)\*\]", _PIPELINE, "CDK's grants on the artifacts' own key"),
    Accepted(r"IAM5\[Resource::<Artifacts\w+\.Arn>/\*\]", _PIPELINE, "the objects of the pipeline's artifact bucket"),
    Accepted(
        r"IAM5\[Resource::arn:aws:(logs:.*:log-group:/aws/codebuild/.*|codebuild:.*:report-group/.*)\*\]",
        _PIPELINE,
        "CDK's grants to a build on its own log group and report groups",
    ),
    Accepted(
        r"IAM5\[Resource::(\*|arn:\*:iam::\d+:role/\*)\]",
        r"PipelineStack/Pipeline/UpdatePipeline/SelfMutation/Role/DefaultPolicy/Resource",
        "CDK Pipelines' self-mutation: the bootstrap roles of its own account (narrowed by their tag), and "
        "DescribeStacks and ListBucket, which the CDK CLI calls before it knows a name",
    ),
    Accepted(
        r"IAM5\[Resource::\*\]",
        r"PipelineStack/Pipeline/Assets/FileRole/DefaultPolicy/Resource",
        "CDK Pipelines lets its publishing role start builds, and gives no way to narrow it",
    ),
    Accepted(
        r"IAM5\[Resource::[\w:.-]+(/[\w./-]+)?/\*\]",
        _LAYER_ROLE,
        "the objects below a prefix that follows from catalog and config, the tables of a layer's database, Glue's "
        "log groups, whose names Glue gives, and in roles with connections the network interfaces that Glue attaches",
    ),
    Accepted(
        r"IAM5\[Resource::\*\]",
        _LAYER_ROLE,
        "PutMetricData (its namespace is fixed to Glue) and what describes networks know no resource",
    ),
    Accepted(
        r"SMG4",
        r"PipelineStack/Deploy\w+/Connections/Connection-\w+/Secret",
        "the secret holds what a database's owner puts in: how it is rotated is theirs to choose",
    ),
    Accepted(
        r"IAM5\[Resource::arn:aws:glue:[\w:-]+:job/\w+-\*\]",
        _TEST_ROLE,
        "the stage's jobs, narrowed further by their tag",
    ),
    Accepted(
        r"IAM5\[Resource::\*\]",
        _TEST_ROLE,
        "ListJobs and ListStateMachines know no resource; they tell names only",
    ),
    Accepted(
        r"IAM5\[Resource::arn:aws:states:[\w:-]+:stateMachine:\w+-\*\]",
        _TEST_ROLE,
        "the stage's workflows; what the role may do with them is narrowed further by their tag",
    ),
    Accepted(
        r"IAM5\[Resource::arn:aws:states:[\w:-]+:execution:\w+-\*:\*\]",
        _TEST_ROLE,
        "executions of the stage's workflows, whose names come about when they start and which have no tags",
    ),
    Accepted(
        r"IAM5\[Resource::\*\]",
        r"PipelineStack/Deploy\w+/Workflows/[\w-]+/Role/DefaultPolicy/Resource",
        "CloudWatch Logs' deliveries and X-Ray know no resource: what AWS asks for to log and trace a state machine",
    ),
    Accepted(
        r"GL[13]",
        r"PipelineStack/Deploy\w+/\w+/\w+/Job/Resource",
        "the security configuration is of the data lake's stack, where the rule does not look; a test checks it",
    ),
    Accepted(
        r"S1",
        r"PipelineStack/Artifacts/Resource",
        "90 days of build artifacts that only the pipeline's roles reach, and CloudTrail logs those roles",
    ),
]


def findings_in(assembly: Path) -> set[tuple[str, str]]:
    """Return what cdk-nag found: the finding without the pack's name, and the construct's path."""
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    return {
        (violation["ruleName"].removeprefix("AwsSolutions-"), construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }


def accepts(one: Accepted, finding: tuple[str, str]) -> bool:
    return bool(re.fullmatch(one.finding, finding[0]) and re.fullmatch(one.path, finding[1]))


def test_cdk_nag_looked_into_the_stages(assembly):
    assert any(path.startswith("PipelineStack/DeployProd/") for _, path in findings_in(assembly))


@pytest.mark.parametrize("project", ["assembly", "own_assembly"])
def test_every_finding_has_a_reason(project, request):
    findings = findings_in(request.getfixturevalue(project))
    assert sorted(finding for finding in findings if not any(accepts(one, finding) for one in ACCEPTED)) == []


@pytest.mark.parametrize("one", ACCEPTED, ids=lambda one: one.finding)
def test_no_reason_is_left_over(assembly, one):
    assert any(accepts(one, finding) for finding in findings_in(assembly)), f"cdk-nag no longer finds this: {one}"
