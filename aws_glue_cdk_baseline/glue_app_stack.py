"""GlueAppStack: the Glue jobs of one layer (or of all), with their roles."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from aws_cdk import DefaultStackSynthesizer
from constructs import Construct

from aws_glue_cdk_baseline.catalog import LAYERS, JobDefinition, Layer, load_catalog
from aws_glue_cdk_baseline.config import Config, parse_stage
from aws_glue_cdk_baseline.connection import add_connections
from aws_glue_cdk_baseline.data_lake import DataLake
from aws_glue_cdk_baseline.glue_job import GlueJob
from aws_glue_cdk_baseline.layer_role import LayerRole
from aws_glue_cdk_baseline.library import Library
from aws_glue_cdk_baseline.named_asset import StackWithNamedAssets
from aws_glue_cdk_baseline.stage_jobs import StageJob, jobs_of_stage
from aws_glue_cdk_baseline.stage_workflows import StageWorkflow


class GlueAppStack(StackWithNamedAssets):
    """The jobs of a stage.

    Parameters
    ----------
    config
        The model, or the plain dict that a YAML parser gives; of a dict only `pipelineAccount` and the stage's block
        are used.
    stage
        The word that names the stage, such as `dev`.
    layer
        Name of the layer whose jobs the stack holds; every layer's without.
    data_lake
        The stage's data lake; without it the stack stands alone, and makes lake and connections of its own.
    catalog
        What `load_catalog` gives; it is read from this repository without.
    workflows
        The stage's workflows: the roles of their jobs may read what their parameters name.
    **kwargs
        Properties of `aws_cdk.Stack`; a synthesizer among them must be this stack's alone.

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
        config: Config | Mapping[str, Any],
        stage: str,
        layer: str | None = None,
        data_lake: DataLake | None = None,
        catalog: Mapping[str, JobDefinition] | None = None,
        workflows: Sequence[StageWorkflow] = (),
        **kwargs: Any,
    ) -> None:
        # a prefix of its own in the bootstrap bucket: the jobs' roles may read this stack's assets and no others
        prefix = f"{stage}-{layer or 'jobs'}/"
        kwargs.setdefault("synthesizer", DefaultStackSynthesizer(bucket_prefix=prefix))
        kwargs.setdefault("suppress_template_indentation", True)  # 480 jobs in the 1 MB that a template may have
        super().__init__(scope, id_, **kwargs)
        catalog = load_catalog() if catalog is None else catalog
        self._stage = config.stage(stage) if isinstance(config, Config) else parse_stage(config, stage)[1]
        self._lake = data_lake or DataLake(self, "DataLake", stage_name=stage)
        if not data_lake:
            add_connections(self, stage, self._stage.connections)
        self._library = Library(self, "Library")
        self._tasks = [task for workflow in workflows for task in workflow.tasks]
        jobs = [job for job in jobs_of_stage(self._stage, catalog) if layer in (None, job.definition.layer.name)]
        for one in LAYERS:
            self._add_layer(one, [job for job in jobs if job.definition.layer == one])

    def _add_layer(self, layer: Layer, jobs: Sequence[StageJob]) -> None:
        """Add a layer's jobs; those that use the same connections share a role."""
        by_connections = sorted(jobs, key=lambda job: job.connections)
        for connections, group in groupby(by_connections, key=lambda job: job.connections):
            members = list(group)
            role = LayerRole(
                self,
                "-".join([layer.name.capitalize(), *connections]),
                layer=layer,
                lake=self._lake,
                stage_name=self._stage.name,
                connections={name: self._stage.connections[name] for name in connections},
                s3_locations={location for job in members for location in self._inputs(job)},
                asset_locations=[self._library.asset_folder],
            )
            for job in members:
                GlueJob(
                    self,
                    job.name,
                    job=job,
                    stage_name=self._stage.name,
                    pipeline_stage=self._stage.pipeline_name,
                    role=role.role,
                    lake=self._lake,
                    library=self._library,
                )

    def _inputs(self, job: StageJob) -> Sequence[str]:
        of_workflows = [location for task in self._tasks if task.job == job.name for location in task.s3_locations]
        return (*job.s3_locations, *job.s3_files, *of_workflows)
