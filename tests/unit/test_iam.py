"""Least privilege, over every statement of every template."""

from collections.abc import Iterator
from typing import Any

import pytest

# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
LOG_DELIVERY = [
    f"logs:{action}"
    for action in (
        "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries",
        "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups",
    )
]  # fmt: skip
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
TRACING = [
    f"xray:{action}" for action in ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
]
# Statements on every resource: actions that know no resource, or that CDK Pipelines writes itself.
ON_EVERYTHING = {
    "cloudwatch:PutMetricData": "knows no resource; narrowed to the namespace Glue",
    "glue:ListJobs": "knows no resource; the integration test finds its jobs by tag",
    "states:ListStateMachines": "knows no resource; the integration test finds its workflows by name and tag",
    **dict.fromkeys(LOG_DELIVERY, "knows no resource; a state machine's role has to be able to set up its log"),
    **dict.fromkeys(TRACING, "knows no resource; a state machine's role writes its traces"),
    "cloudformation:DescribeStacks": "CDK Pipelines' self-mutation",
    "s3:ListBucket": "CDK Pipelines' self-mutation",
    "codebuild:BatchGetBuilds": "CDK Pipelines' publishing role",
    "codebuild:StartBuild": "CDK Pipelines' publishing role",
    "codebuild:StopBuild": "CDK Pipelines' publishing role",
    **dict.fromkeys(
        ("ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables",
         "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcAttribute"),
        "knows no resource; Glue attaches the jobs of a connection to its network",
    ),
}  # fmt: skip

OF_DEV = {"StringEquals": {"aws:ResourceTag/stage": "DeployDev"}}


def statements(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement of a template's identity policies with the logical ID of its resource."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties["PolicyDocument"]] if resource["Type"] == "AWS::IAM::Policy" else []
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for document in documents:
            for statement in document["Statement"]:
                yield name, statement


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def role_named(template: dict[str, Any], part: str) -> dict[str, Any]:
    found = [r for n, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role" and part in n]
    assert len(found) == 1
    role: dict[str, Any] = found[0]
    return role


def allowed_on_everything(templates: dict[str, Any]) -> set[str]:
    return {
        action
        for template in templates.values()
        for _, statement in statements(template)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }


def test_a_workflows_role_runs_its_own_jobs_and_reports_on_them_only(templates):
    of_role = [
        one for name, one in statements(templates["DeployDev-Workflows"]) if name.startswith("RefreshLegislators")
    ]
    narrow = {action: one for one in of_role if one["Resource"] != "*" for action in as_list(one["Action"])}
    jobs = "arn:aws:glue:us-east-1:123456789102:job/dev-"
    for action in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"):
        assert narrow.pop(f"glue:{action}")["Resource"] == [f"{jobs}JoinLegislators", f"{jobs}ProcessLegislators"]
    assert "Notifications" in str(narrow.pop("sns:Publish")["Resource"])
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        statement = narrow.pop(action)
        assert "DataLakeKey" in str(statement["Resource"])
        assert "sns.us-east-1." in str(statement["Condition"]["StringEquals"]["kms:ViaService"])
    assert narrow == {}


def test_a_schedules_role_starts_its_workflow_only(templates):
    of_role = [one for name, one in statements(templates["DeployDev-Workflows"]) if name.startswith("Scheduler")]
    assert [(one["Action"], list(one["Resource"])) for one in of_role] == [("states:StartExecution", ["Ref"])]
    assert of_role[0]["Resource"]["Ref"].startswith("RefreshLegislatorsStateMachine")


def test_only_known_actions_are_allowed_on_everything(templates, own_templates):
    assert allowed_on_everything(templates) == set(ON_EVERYTHING)
    assert allowed_on_everything(own_templates) <= set(ON_EVERYTHING)


@pytest.mark.parametrize("project", ["templates", "own_templates"])
def test_no_action_is_a_wildcard_of_a_whole_service(project, request):
    for template in request.getfixturevalue(project).values():
        for name, statement in statements(template):
            assert not [action for action in as_list(statement["Action"]) if action.endswith(":*") or action == "*"], (
                name
            )


def test_put_metric_data_is_narrowed_to_glue(templates):
    for template in templates.values():
        for _, statement in statements(template):
            if statement["Action"] == "cloudwatch:PutMetricData":
                assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue"}}


@pytest.mark.parametrize("stage", ["DeployDev", "DeployProd"])
def test_a_layer_writes_its_own_part_of_the_lake_only(templates, stage):
    written = [
        resource
        for _, statement in statements(templates[f"{stage}-Ingestion"])
        if "s3:PutObject" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]
    ends = sorted(resource["Fn::Join"][1][-1] for resource in written)
    word = stage.removeprefix("Deploy").lower()
    assert ends == sorted(["/spark-ui/*", f"/{word}_bronze/*", f"/{word}_bronze_$folder$"])


def test_ingestion_does_not_read_later_layers(templates):
    text = str(templates["DeployDev-Ingestion"]["Resources"])
    assert "dev_bronze" in text
    assert "dev_silver" not in text
    assert "dev_gold" not in text


def test_a_layer_reads_what_its_parameters_name_and_no_other_bucket(templates):
    buckets = {
        resource.split(":::")[1].split("/")[0]
        for _, statement in statements(templates["DeployDev-Transformation"])
        for resource in as_list(statement["Resource"])
        if isinstance(resource, str) and ":s3:" in resource
    }
    assert buckets == {"awsglue-datasets", "cdk-hnb659fds-assets-123456789102-us-east-1"}


def test_the_test_role_is_trusted_to_the_test_build_alone(templates):
    build = role_named(templates["PipelineStack"], "DeployDevTestBuild")["Properties"]["RoleName"]
    role = role_named(templates["DeployDev-IntegrationTest"], "TestRole")["Properties"]
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    assert [(one["Action"], one["Principal"]) for one in trust] == [
        ("sts:AssumeRole", {"AWS": f"arn:aws:iam::123456789101:role/{build}"})
    ]


def test_the_test_build_assumes_the_stages_test_role_and_no_other(templates):
    test_role = role_named(templates["DeployDev-IntegrationTest"], "TestRole")["Properties"]["RoleName"]
    assumed = [
        statement["Resource"]
        for name, statement in statements(templates["PipelineStack"])
        if "TestBuild" in name and "sts:AssumeRole" in as_list(statement["Action"])
    ]
    assert assumed == [f"arn:aws:iam::123456789102:role/{test_role}"]


def test_the_test_role_runs_this_stages_jobs_only(templates):
    found = [s for s in of_test_role(templates) if "glue:StartJobRun" in as_list(s["Action"])]
    assert len(found) == 1
    assert found[0]["Resource"] == "arn:aws:glue:us-east-1:123456789102:job/dev-*"
    assert found[0]["Condition"] == OF_DEV


def test_the_test_role_runs_this_stages_workflows_only(templates):
    states = "arn:aws:states:us-east-1:123456789102"
    found = {
        action: (statement["Resource"], statement.get("Condition"))
        for statement in of_test_role(templates)
        for action in as_list(statement["Action"])
        if action.startswith("states:")
    }
    assert found == {
        "states:ListStateMachines": ("*", None),
        "states:ListTagsForResource": (f"{states}:stateMachine:dev-*", None),
        "states:DescribeStateMachine": (f"{states}:stateMachine:dev-*", OF_DEV),
        "states:StartExecution": (f"{states}:stateMachine:dev-*", OF_DEV),
        "states:DescribeExecution": (f"{states}:execution:dev-*:*", None),
        "states:StopExecution": (f"{states}:execution:dev-*:*", None),
    }


def of_test_role(templates: dict[str, Any]) -> list[dict[str, Any]]:
    return [statement for _, statement in statements(templates["DeployDev-IntegrationTest"])]


def test_prod_has_no_test_role(templates):
    assert "DeployProd-IntegrationTest" not in templates
    assert "IntegrationTest" not in str(templates["DeployProd-DataLake"])


def connected_roles(template: dict[str, Any], action: str) -> dict[str, list[str]]:
    """Return by role what it may do an action on."""
    found: dict[str, list[str]] = {}
    for name, statement in statements(template):
        if action in as_list(statement["Action"]):
            found.setdefault(name, []).extend(as_list(statement["Resource"]))
    return found


@pytest.mark.parametrize("action", ["glue:GetConnection", "secretsmanager:GetSecretValue"])
def test_only_the_role_of_a_connections_jobs_reads_it_and_its_secret(templates, action):
    template = templates["DeployDev-Transformation"]
    (role,) = connected_roles(template, action)
    assert "CustomerDatabase" in role
    (connected,) = [one for one in template["Resources"].values() if "Connections" in one.get("Properties", {})]
    assert connected["Properties"]["Name"] == "dev-DimCustomers"
    assert connected_roles(templates["DeployDev-Ingestion"], action) == {}


def test_a_connection_and_a_secret_are_granted_one_by_one(templates):
    dev, prod = templates["DeployDev-Transformation"], templates["DeployProd-Transformation"]
    secret = "arn:aws:secretsmanager:us-east-1:{}:secret:{}-??????"
    assert list(connected_roles(dev, "secretsmanager:GetSecretValue").values()) == [
        [secret.format("123456789102", "dev/CustomerDatabase")]
    ]
    assert list(connected_roles(prod, "secretsmanager:GetSecretValue").values()) == [
        [secret.format("123456789103", "customers/reader")]
    ]
    arn = "arn:aws:glue:us-east-1:123456789102:"
    assert list(connected_roles(dev, "glue:GetConnection").values()) == [
        [f"{arn}catalog", f"{arn}connection/dev-CustomerDatabase"]
    ]


def test_jobs_of_a_connection_without_a_network_attach_to_none(templates):
    assert "ec2:" in str(templates["DeployDev-Transformation"])
    assert "ec2:" not in str(templates["DeployProd-Transformation"])
