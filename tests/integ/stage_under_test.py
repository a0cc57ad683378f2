"""What there is to test: the stage's tagged jobs, each with what its catalog says about its test, and workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import boto3

from aws_glue_cdk_baseline.catalog import IntegrationTestSettings, integration_test_settings
from aws_glue_cdk_baseline.errors import BaselineError
from tests.integ.stage import Stage, StageError, assume_test_role, tagged_jobs
from tests.integ.state_machines import StateMachine, tagged_state_machines

_UNKNOWN_TO_THE_CATALOG = IntegrationTestSettings(enabled=True, max_seconds=600)


@dataclass(frozen=True)
class StageUnderTest:
    """The stage with its jobs: deployed name to limit in seconds, and those that their catalog leaves out.

    Parameters
    ----------
    workflows
        The state machines that run some of the jobs, by name.
    workflows_left_out
        By name why a workflow is not tested: it would run jobs that are left out. Its other jobs run by themselves.
    """

    stage: Stage
    session: boto3.Session
    limits: Mapping[str, int]
    left_out: frozenset[str]
    workflows: Mapping[str, StateMachine]
    workflows_left_out: Mapping[str, str]


def find_stage(stage: Stage) -> StageUnderTest:
    """Assume the stage's test role and find its jobs and workflows.

    Raises
    ------
    StageError
        The role cannot be assumed, jobs or workflows cannot be listed, or the catalog is invalid.
    """
    try:
        catalog = integration_test_settings()
    except BaselineError as error:
        raise StageError(str(error)) from None
    session = assume_test_role(stage)
    of_jobs = {
        job: catalog.get(stage.name_in_catalog(job), _UNKNOWN_TO_THE_CATALOG) for job in tagged_jobs(session, stage)
    }
    left_out = frozenset(job for job, of_job in of_jobs.items() if not of_job.enabled)
    machines = {
        name: replace(machine, jobs=tuple(job for job in machine.jobs if job in of_jobs))
        for name, machine in tagged_state_machines(session, stage).items()
    }
    kept_from = {name: sorted(left_out & set(machine.jobs)) for name, machine in machines.items()}
    return StageUnderTest(
        stage,
        session,
        limits={job: of_job.max_seconds for job, of_job in of_jobs.items() if of_job.enabled},
        left_out=left_out,
        workflows={name: machine for name, machine in machines.items() if not kept_from[name]},
        workflows_left_out={
            name: f"it runs {', '.join(jobs)}, left out by the catalog: IntegrationTest: false"
            for name, jobs in kept_from.items()
            if jobs
        },
    )
