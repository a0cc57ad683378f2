"""A wrong call ends in a sentence that says what to do, not in a traceback, and starts nothing."""

from __future__ import annotations

import pytest

from tests.integ.stage import Stage, StageError
from tests.unit.integ.call import IntegrationTest
from tests.unit.integ.scripted_glue import REGION, Fault, ScriptedGlue

USAGE_ERROR = 4


def role(account: str = "111122223333", partition: str = "aws") -> str:
    return f"arn:{partition}:iam::{account}:role/DeployDev-TestRole"


def test_missing_options_are_named(glue: ScriptedGlue, integration_test: IntegrationTest):
    called = integration_test(region="", sts_role_arn="")
    assert called.exit_code == USAGE_ERROR
    assert "ERROR: The integration test needs --region, --sts-role-arn: pytest tests/integ --account" in called.output
    assert "Traceback" not in called.output


def test_no_credentials(glue: ScriptedGlue, integration_test: IntegrationTest):
    integration_test.environment = {"AWS_ENDPOINT_URL": glue.url}
    called = integration_test()
    assert called.exit_code == USAGE_ERROR
    assert "ERROR: There are no AWS credentials to assume the test role with: set AWS_PROFILE" in called.output
    assert "Traceback" not in called.output


def test_a_role_that_does_not_trust_the_caller(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.faults["AssumeRole", ""] = [Fault("AccessDenied", 403, "not authorized to perform: sts:AssumeRole.")]
    called = integration_test()
    assert called.exit_code == USAGE_ERROR
    assert "cannot be assumed: AccessDenied: not authorized to perform: sts:AssumeRole. It trusts" in called.output
    assert "Traceback" not in called.output


def test_jobs_that_may_not_be_listed(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.faults["ListJobs", ""] = [Fault("AccessDeniedException", message="not authorized to perform: glue:ListJobs")]
    called = integration_test()
    assert called.exit_code == USAGE_ERROR
    assert "ERROR: The jobs of DeployDev cannot be listed: AccessDeniedException: not authorized" in called.output
    assert "Traceback" not in called.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"account": "444455556666"}, "The role is of account 111122223333, but --account is 444455556666"),
        ({"account": "1234"}, "--account 1234 is no AWS account ID: it has twelve digits"),
        (
            {"name": "dev"},
            "--stage-name dev is no stage of the pipeline: they are named Deploy<Stage>, as in DeployDev",
        ),
        ({"role_arn": "TestRole"}, "--sts-role-arn TestRole is no role: it looks like arn:aws:iam::111122223333:role/"),
        ({"region": "dublin"}, "--region dublin is no AWS Region"),
        ({"region": "cn-north-1"}, "The role is of partition aws, but Region cn-north-1 belongs to aws-cn"),
    ],
)
def test_options_that_cannot_be_right_are_refused(change: dict[str, str], sentence: str):
    right = {"account": "111122223333", "region": REGION, "name": "DeployDev", "role_arn": role()}
    Stage(**right)
    with pytest.raises(StageError) as refused:
        Stage(**(right | change))
    assert str(refused.value).startswith(sentence)


def test_the_wrong_account_is_refused_before_any_call(glue: ScriptedGlue, integration_test: IntegrationTest):
    called = integration_test(sts_role_arn=role("444455556666"))
    assert called.exit_code == USAGE_ERROR
    assert "ERROR: The role is of account 444455556666, but --account is" in called.output
    assert glue.calls == []


@pytest.mark.parametrize(
    ("partition", "region", "address"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1"),
        (
            "aws-us-gov",
            "us-gov-west-1",
            "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1",
        ),
    ],
)
def test_log_links_lead_to_the_console_of_the_partition(partition: str, region: str, address: str):
    stage = Stage("111122223333", region, "DeployDev", role(partition=partition))
    link = stage.log_link("/aws-glue/jobs/error", "jr_1")
    assert link == f"{address}#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror/log-events/jr_1"


def test_where_no_console_is_known_the_log_stream_is_named():
    stage = Stage("111122223333", "us-iso-east-1", "DeployDev", role(partition="aws-iso"))
    assert stage.log_link("/aws-glue/jobs/error", "jr_1") == "log group /aws-glue/jobs/error, stream jr_1"


def test_it_needs_neither_the_cdk_nor_node(glue: ScriptedGlue, integration_test: IntegrationTest):
    glue.add_jobs("dev-A")
    integration_test.environment["WITHOUT_MODULES"] = "aws_cdk,jsii,hypothesis,syrupy,moto,pyspark"
    called = integration_test()
    assert called.exit_code == 0, called.output
