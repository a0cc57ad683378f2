"""The role that tests a stage, in its account, and the name of the build that may assume it."""

import hashlib
from typing import Any

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from aws_glue_cdk_baseline.config import Account, Config, Stage


def integration_test_role_arn(config: Config, stage: Stage) -> str:
    """Return the ARN of the role that the integration test of a stage acts as."""
    return _role_arn(stage.target, f"{stage.pipeline_name}-IntegrationTest-{_digest(config, stage)}")


def build_role_name(config: Config, stage: Stage) -> str:
    """Return the name of the role of the build that runs the integration test of a stage."""
    return f"{stage.pipeline_name}-IntegrationTestBuild-{_digest(config, stage)}"


class IntegrationTestStack(Stack):
    """The test role of a stage: it may run and watch its jobs and workflows, and is trusted to the test's build only.

    It has a stack of its own because IAM ties the trust to the build role's identity: after the pipeline stack was
    destroyed and made again, this stack is to be deleted, and the next push makes it anew.
    """

    def __init__(self, scope: Construct, id_: str, *, config: Config, stage: Stage, **kwargs: Any) -> None:
        super().__init__(scope, id_, **kwargs)
        # Both names are computed, since each account's template must name the other's role; the digest of what the
        # pipeline deploys where keeps copies of this template in one account apart.
        role = iam.Role(
            self,
            "TestRole",
            role_name=integration_test_role_arn(config, stage).rpartition("/")[2],
            assumed_by=iam.ArnPrincipal(_role_arn(config.pipeline_account, build_role_name(config, stage))),
            description=f"Runs the Glue jobs and workflows of {stage.name} as its integration test",
            max_session_duration=Duration.hours(1),
        )
        jobs = self.format_arn(service="glue", resource="job", resource_name=f"{stage.name}-*")
        role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "glue:GetJob",  # whether Glue will retry a failed run
                    "glue:StartJobRun",
                    "glue:GetJobRun",
                    "glue:GetJobRuns",
                    "glue:BatchStopJobRun",
                ],
                resources=[jobs],
                conditions={"StringEquals": {"aws:ResourceTag/stage": stage.pipeline_name}},
            )
        )
        # ListJobs and ListStateMachines know no resource; they tell names only
        role.add_to_policy(iam.PolicyStatement(actions=["glue:ListJobs", "states:ListStateMachines"], resources=["*"]))
        self._run_workflows(role, stage)
        CfnOutput(self, "TestRoleArn", value=role.role_arn, description="The role of the integration test")

    def _run_workflows(self, role: iam.Role, stage: Stage) -> None:
        machines, executions = (
            self.format_arn(
                service="states",
                resource=resource,
                resource_name=f"{stage.name}-{name}",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for resource, name in (("stateMachine", "*"), ("execution", "*:*"))
        )
        # by the tags it knows which machines are the stage's; what it may do with them follows from the tag
        role.add_to_policy(iam.PolicyStatement(actions=["states:ListTagsForResource"], resources=[machines]))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["states:DescribeStateMachine", "states:StartExecution"],
                resources=[machines],
                conditions={"StringEquals": {"aws:ResourceTag/stage": stage.pipeline_name}},
            )
        )
        # an execution has no tags
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:DescribeExecution", "states:StopExecution"], resources=[executions])
        )


def _role_arn(account: Account, name: str) -> str:
    return f"arn:{account.partition}:iam::{account.aws_account_id}:role/{name}"


def _digest(config: Config, stage: Stage) -> str:
    parts = [config.source.repository, config.source.branch, stage.name]
    for account in (config.pipeline_account, stage.target):
        parts += [account.aws_account_id, account.aws_region]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
