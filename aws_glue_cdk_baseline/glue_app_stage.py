"""GlueAppStage: everything that one stage deploys."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment, Stage
from constructs import Construct

from aws_glue_cdk_baseline.catalog import LAYERS, JobDefinition
from aws_glue_cdk_baseline.config import Config
from aws_glue_cdk_baseline.connection import ConnectionsStack
from aws_glue_cdk_baseline.data_lake import DataLakeStack
from aws_glue_cdk_baseline.glue_app_stack import GlueAppStack
from aws_glue_cdk_baseline.integration_test import IntegrationTestStack
from aws_glue_cdk_baseline.stage_jobs import jobs_of_stage
from aws_glue_cdk_baseline.stage_workflows import workflows_of_stage
from aws_glue_cdk_baseline.workflow import WorkflowsStack
from aws_glue_cdk_baseline.workflow_definition import WorkflowDefinition


class GlueAppStage(Stage):
    """A stage: data lake, connections, a stack of jobs for each layer that has some, workflows, the test's role.

    Parameters
    ----------
    config
        The whole configuration.
    stage
        The word that names the stage.
    catalog
        What `load_catalog` gives.
    workflows
        What `load_workflows` gives.

    Raises
    ------
    InvalidFilesError
        If config or catalog have mistakes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        config: Config,
        stage: str,
        catalog: Mapping[str, JobDefinition],
        workflows: Mapping[str, WorkflowDefinition],
        **kwargs: Any,
    ) -> None:
        one = config.stage(stage)
        env = Environment(account=one.target.aws_account_id, region=one.target.aws_region)
        super().__init__(scope, id_, env=env, **kwargs)
        lake = DataLakeStack(self, "DataLake", stage_name=stage, notify=one.notify)
        jobs = jobs_of_stage(one, catalog)
        of_stage = workflows_of_stage(one, workflows, jobs)
        with_jobs = {job.definition.layer for job in jobs}
        layers = [
            GlueAppStack(
                self,
                layer.name.capitalize(),
                config=config,
                stage=stage,
                layer=layer.name,
                data_lake=lake.data_lake,
                catalog=catalog,
                workflows=of_stage,
            )
            for layer in LAYERS
            if layer in with_jobs
        ]
        if one.connections:
            connections = ConnectionsStack(self, "Connections", stage_name=stage, connections=one.connections)
            for layer_stack in layers:
                layer_stack.add_stack_dependency(connections, "a job starts with its connection or not at all")
        if of_stage:
            stack = WorkflowsStack(self, "Workflows", workflows=of_stage, stage=one, lake=lake.data_lake)
            for layer_stack in layers:
                stack.add_stack_dependency(layer_stack, "a schedule may start the jobs as soon as it is there")
        if one.integration_test:
            IntegrationTestStack(self, "IntegrationTest", config=config, stage=one)
