"""All checks of config, catalog, workflows and data products in one go, so that every mistake is reported at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from aws_glue_cdk_baseline.catalog import JOB_SCRIPTS, JobDefinition, examine_catalog
from aws_glue_cdk_baseline.config import Config, examine_config
from aws_glue_cdk_baseline.errors import InvalidFilesError
from aws_glue_cdk_baseline.sql_products.building import examine_graph
from aws_glue_cdk_baseline.sql_products.graph import ProductGraph
from aws_glue_cdk_baseline.stage_jobs import StageJob, jobs_of_stage
from aws_glue_cdk_baseline.stage_workflows import StageWorkflow, workflows_of_stage
from aws_glue_cdk_baseline.workflow_definition import WorkflowDefinition, examine_workflows
from aws_glue_cdk_baseline.yaml_files import read_yaml


@dataclass(frozen=True)
class Project:
    """A valid configuration and catalog, by stage the jobs and workflows that it deploys, and the data products."""

    config: Config
    catalog: Mapping[str, JobDefinition]
    workflows: Mapping[str, WorkflowDefinition]
    jobs: Mapping[str, list[StageJob]]
    workflows_of_stages: Mapping[str, list[StageWorkflow]]
    products: ProductGraph


def check(config_file: Path, job_scripts: Path = JOB_SCRIPTS) -> Project:
    """Read and check a config file, the catalog below `job_scripts` and the data products beside it.

    Raises
    ------
    InvalidFilesError
        With every mistake of config, catalog, workflows, stages and data products.
    """
    catalog, problems = examine_catalog(job_scripts)
    products, found = examine_graph(job_scripts.parent / "data_products")
    problems += found
    unread_rows = any(problem.file.endswith("jobs.csv") for problem in problems)
    try:
        config, stages, found = examine_config(read_yaml(config_file))
    except InvalidFilesError as error:
        raise InvalidFilesError([*problems, *error.problems]) from None
    workflows, of_workflows = examine_workflows(job_scripts, catalog, whole_catalog=not unread_rows)
    problems += [*found, *of_workflows]
    jobs: dict[str, list[StageJob]] = {}
    workflows_of_stages: dict[str, list[StageWorkflow]] = {}
    for stage in stages:
        known = {name: block for name, block in stage.jobs.items() if name in catalog}
        try:
            # a job whose row could not be read is not unknown
            jobs[stage.name] = jobs_of_stage(replace(stage, jobs=known) if unread_rows else stage, catalog)
            if not (unread_rows or of_workflows):  # else a workflow, or a job of it, is missing for that reason only
                workflows_of_stages[stage.name] = workflows_of_stage(stage, workflows, jobs[stage.name])
        except InvalidFilesError as error:
            problems += error.problems
    if problems or not config:
        raise InvalidFilesError(problems)
    return Project(config, catalog, workflows, jobs, workflows_of_stages, products)
