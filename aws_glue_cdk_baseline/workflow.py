"""A workflow of a stage: its state machine, the role that runs its jobs and no others, its log and its schedule."""

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack, Tags, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from aws_glue_cdk_baseline.config import Stage
from aws_glue_cdk_baseline.data_lake import WORKFLOW_LOGS, DataLake
from aws_glue_cdk_baseline.stage_workflows import StageWorkflow
from aws_glue_cdk_baseline.state_machine import definition


class Workflow(Construct):
    """A workflow of a stage.

    Parameters
    ----------
    workflow
        The workflow with the stage's settings.
    stage
        The stage.
    lake
        The stage's data lake, whose key encrypts the log and whose topic learns of failures.
    """

    def __init__(self, scope: Construct, id_: str, *, workflow: StageWorkflow, stage: Stage, lake: DataLake) -> None:
        super().__init__(scope, id_)
        self._workflow, self._stage, self._lake = workflow, stage, lake
        self._name = f"{stage.name}-{workflow.name}"
        self.role = self._role()
        topic_arn = lake.notifications.topic.topic_arn
        written = definition(workflow, stage=stage.name, account=stage.target, topic_arn=topic_arn)
        self.state_machine = stepfunctions.StateMachine(
            self,
            "StateMachine",
            state_machine_name=self._name,
            state_machine_type=stepfunctions.StateMachineType.STANDARD,
            definition_body=stepfunctions.DefinitionBody.from_string(json.dumps(written)),
            role=self.role,
            tracing_enabled=True,
            logs=stepfunctions.LogOptions(
                destination=self._log_group(),
                level=stepfunctions.LogLevel.ALL,
                # arguments and error messages of runs stay in the execution's history, which fewer people may read
                include_execution_data=False,
            ),
        )
        Tags.of(self.state_machine).add("stage", stage.pipeline_name)
        if workflow.schedule:
            self._start_by(workflow.schedule)

    def _role(self) -> iam.Role:
        """Return a role that may run this workflow's jobs and report on them; the L2 adds what logs and traces need."""
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=f"Runs the jobs of the workflow {self._name}",
        )
        jobs = [
            stack.format_arn(service="glue", resource="job", resource_name=f"{self._stage.name}-{task.job}")
            for task in self._workflow.tasks
        ]
        # https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
        actions = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=jobs))
        self._lake.notifications.let_publish(role)
        return role

    def _log_group(self) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Log",
            # with this prefix it needs no resource policy of its own, of which an account may have ten
            log_group_name=f"{WORKFLOW_LOGS}/{self._name}",
            retention=logs.RetentionDays.ONE_YEAR,
            encryption_key=self._lake.key,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _start_by(self, schedule: str) -> None:
        zone = TimeZone.of(self._workflow.time_zone or "Etc/UTC")
        scheduler.Schedule(
            self,
            "Schedule",
            schedule_name=self._name,
            description=f"Starts the workflow {self._name}",
            schedule=scheduler.ScheduleExpression.expression(schedule, zone),
            enabled=not self._workflow.paused,
            target=targets.StepFunctionsStartExecution(
                self.state_machine,
                # a start that is hours late would meet the next one
                max_event_age=Duration.hours(1),
                retry_attempts=10,
            ),
        )


class WorkflowsStack(Stack):
    """The workflows of a stage.

    Parameters
    ----------
    workflows
        What `workflows_of_stage` gives.
    stage
        The stage.
    lake
        The stage's data lake.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        workflows: Sequence[StageWorkflow],
        stage: Stage,
        lake: DataLake,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        for workflow in workflows:
            Workflow(self, workflow.name, workflow=workflow, stage=stage, lake=lake)
