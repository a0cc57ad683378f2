"""What there is to test: the stage's tagged jobs, each with what its catalog says about its test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import boto3

from aws_glue_cdk_baseline.catalog import IntegrationTestSettings, integration_test_settings
from aws_glue_cdk_baseline.errors import BaselineError
from tests.integ.stage import Stage, StageError, assume_test_role, tagged_jobs

_UNKNOWN_TO_THE_CATALOG = IntegrationTestSettings(enabled=True, max_seconds=600)


@dataclass(frozen=True)
class StageUnderTest:
    """The stage with its jobs: deployed name to limit in seconds, and those that their catalog leaves out."""

    stage: Stage
    session: boto3.Session
    limits: Mapping[str, int]
    left_out: frozenset[str]


def find_stage(stage: Stage) -> StageUnderTest:
    """Assume the stage's test role and find its jobs.

    Raises
    ------
    StageError
        The role cannot be assumed, the jobs cannot be listed, or the catalog is invalid.
    """
    try:
        catalog = integration_test_settings()
    except BaselineError as error:
        raise StageError(str(error)) from None
    session = assume_test_role(stage)
    of_jobs = {
        job: catalog.get(stage.name_in_catalog(job), _UNKNOWN_TO_THE_CATALOG) for job in tagged_jobs(session, stage)
    }
    return StageUnderTest(
        stage,
        session,
        limits={job: of_job.max_seconds for job, of_job in of_jobs.items() if of_job.enabled},
        left_out=frozenset(job for job, of_job in of_jobs.items() if not of_job.enabled),
    )
