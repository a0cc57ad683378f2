"""All checks of config and catalog in one go, so that every mistake is reported at once; no CDK, no Node."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_glue_cdk_baseline.catalog import load_catalog
from aws_glue_cdk_baseline.config import Config, load_config
from aws_glue_cdk_baseline.errors import InvalidFilesError, Problem
from aws_glue_cdk_baseline.stage_jobs import StageJob, jobs_of_stage


@dataclass(frozen=True)
class Project:
    """A valid configuration, and by stage the jobs that it deploys."""

    config: Config
    jobs: Mapping[str, list[StageJob]]


def check(config_file: Path) -> Project:
    """Read and check a config file and the catalog.

    Raises
    ------
    InvalidFilesError
        With every mistake of config, catalog and stages.
    """
    problems: list[Problem] = []
    config = catalog = None
    try:
        config = load_config(config_file)
    except InvalidFilesError as error:
        problems += error.problems
    try:
        catalog = load_catalog()
    except InvalidFilesError as error:
        problems += error.problems
    jobs: dict[str, list[StageJob]] = {}
    if config and catalog is not None:
        for stage in config.stages:
            try:
                jobs[stage.name] = jobs_of_stage(stage, catalog)
            except InvalidFilesError as error:
                problems += error.problems
    if problems or not config:
        raise InvalidFilesError(problems)
    return Project(config, jobs)
