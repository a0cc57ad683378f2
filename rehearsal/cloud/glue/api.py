"""The Glue operations that moto lacks, or answers without doing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.exceptions import AlreadyExistsException, ConcurrentRunsExceededException, EntityNotFoundException
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

from rehearsal.cloud.glue.connections import as_told_to_a_run
from rehearsal.cloud.glue.inputs import is_run
from rehearsal.cloud.glue.jobs import Job, JobRun
from rehearsal.cloud.glue.rules import check_job, check_parameters
from rehearsal.cloud.permissions.callers import caller_of
from rehearsal.stand_ins import told

if TYPE_CHECKING:
    from rehearsal.cloud.glue.runner import Runner

STOPPABLE = ("WAITING", "STARTING", "RUNNING")


def install(runner: Runner) -> None:
    """Put our operations in the place of moto's.

    Parameters
    ----------
    runner
        What carries the runs out.
    """

    def start_job_run(self: GlueResponse) -> ActionResult:
        parameters = self.parameters
        check_parameters("StartJobRun", parameters)
        job = job_of(self.glue_backend, parameters["JobName"])
        return ActionResult({"JobRunId": start_run(runner, job, parameters).id})

    def batch_stop_job_run(self: GlueResponse) -> ActionResult:
        parameters = self.parameters
        check_parameters("BatchStopJobRun", parameters)
        return ActionResult(stop_runs(self.glue_backend, parameters["JobName"], parameters["JobRunIds"]))

    def get_connection(self: GlueResponse) -> ActionResult:
        check_parameters("GetConnection", self.parameters)
        name, hide = self.parameters["Name"], bool(self.parameters.get("HidePassword"))
        found = self.glue_backend.get_connection(self.parameters.get("CatalogId", ""), name, "").as_dict(hide)
        if is_run(caller_of(self.access_key, self.region)):
            found = as_told_to_a_run(found, told().places)
        return ActionResult({"Connection": found})

    for name, operation in {
        "create_job": create_job,
        "update_job": update_job,
        "start_job_run": start_job_run,
        "batch_stop_job_run": batch_stop_job_run,
        "list_jobs": list_jobs,
        "get_connection": get_connection,
        "delete_connection": delete_connection,
    }.items():
        setattr(GlueResponse, name, operation)


def job_of(backend: GlueBackend, name: str) -> Job:
    """Return a job by its name; raises EntityNotFoundException if there is none."""
    return cast(Job, backend.get_job(name))


def create_job(self: GlueResponse) -> ActionResult:
    """Create a job, if AWS would."""
    parameters = self.parameters
    check_parameters("CreateJob", parameters)
    check_job(parameters)
    if parameters["Name"] in self.glue_backend.jobs:
        raise AlreadyExistsException(f"Job {parameters['Name']} already exists")
    job = Job(self.glue_backend, parameters)
    self.glue_backend.jobs[job.name] = cast(Any, job)
    return ActionResult({"Name": job.name})


def update_job(self: GlueResponse) -> ActionResult:
    """Replace a job's definition; its runs stay."""
    parameters = self.parameters
    check_parameters("UpdateJob", parameters)
    check_job(parameters["JobUpdate"])
    job = job_of(self.glue_backend, parameters["JobName"])
    job.update(parameters["JobUpdate"])
    return ActionResult({"JobName": job.name})


def start_run(runner: Runner, job: Job, parameters: dict[str, Any]) -> JobRun:
    """Start a run, or queue it where the job allows that.

    Parameters
    ----------
    runner
        What carries the run out.
    job
        The job to run.
    parameters
        The parameters of StartJobRun.

    Returns
    -------
    JobRun
        The run, in STARTING or WAITING.
    """
    with job.lock:
        run = JobRun(job, parameters, previous_id=parameters.get("JobRunId"))
        if job.live_runs >= job.most_concurrent_runs:
            if not run.setting("JobRunQueuingEnabled"):
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
            run.state = "WAITING"
        job.job_runs.append(run)
    runner.carry_out(run)
    return run


def stop_runs(backend: GlueBackend, job_name: str, run_ids: list[str]) -> dict[str, Any]:
    """Ask runs to stop.

    Returns
    -------
    dict
        The answer of BatchStopJobRun: what was submitted, and what could not be stopped and why.
    """
    job = job_of(backend, job_name)
    runs = {run.id: run for run in job.job_runs}
    submitted, errors = [], []
    for run_id in run_ids:
        run = runs.get(run_id)
        asked = {"JobName": job_name, "JobRunId": run_id}
        if run is None:
            detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"JobRun {run_id} not found"}
            errors.append({**asked, "ErrorDetail": detail})
        elif run.state not in STOPPABLE:
            message = f"JobRun {run_id} is in state {run.state} and cannot be stopped"
            errors.append({**asked, "ErrorDetail": {"ErrorCode": "InvalidInputException", "ErrorMessage": message}})
        else:
            run.stop_requested.set()
            submitted.append(asked)
    return {"SuccessfulSubmissions": submitted, "Errors": errors}


def list_jobs(self: GlueResponse) -> ActionResult:
    """List the jobs that have all the tags: moto lists those that have any, and pages before it filters."""
    parameters = self.parameters
    check_parameters("ListJobs", parameters)
    backend, wanted = self.glue_backend, parameters.get("Tags", {})
    names = [
        name
        for name, job in sorted(backend.jobs.items())
        if wanted.items() <= backend.get_tags(cast(Job, job).arn).items()
    ]
    first, most = int(parameters.get("NextToken") or 0), int(parameters.get("MaxResults") or 100)
    page = {"JobNames": names[first : first + most]}
    if first + most < len(names):
        return ActionResult({**page, "NextToken": str(first + most)})
    return ActionResult(page)


def delete_connection(self: GlueResponse) -> ActionResult:
    """Delete a connection."""
    parameters = self.parameters
    check_parameters("DeleteConnection", parameters)
    name = parameters["ConnectionName"]
    if name not in self.glue_backend.connections:
        raise EntityNotFoundException(f"Connection {name} not found")
    del self.glue_backend.connections[name]
    return EmptyResult()
