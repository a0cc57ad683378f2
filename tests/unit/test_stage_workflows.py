"""The workflows of a stage: its settings, and what the stage's jobs have to be like."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.stage_workflows import StageWorkflow
from aws_glue_cdk_baseline.workflow_definition import FILE
from tests.unit.checkout import CONFIG, Checkout

JOBS = "aws_glue_cdk_baseline/job_scripts"


def resolved(checkout: Checkout, stage: str = "dev") -> StageWorkflow:
    (workflow,) = checkout.check().workflows_of_stages[stage]
    return workflow


def of_dev(checkout: Checkout, text: str) -> None:
    checkout.replace(CONFIG, "\ndev:\n", f"\ndev:\n  {text}\n")


def test_schedules_are_paused_but_in_the_last_stage(checkout: Checkout):
    assert resolved(checkout, "dev").paused
    assert not resolved(checkout, "prod").paused


@pytest.mark.parametrize(
    ("text", "paused"),
    [
        ("schedulesPaused: false", False),
        ("workflows: {RefreshLegislators: {paused: false}}", False),
        ("schedulesPaused: false\n  workflows: {RefreshLegislators: {paused: true}}", True),
        ("workflows:", True),
    ],
)
def test_the_config_may_say_otherwise(checkout: Checkout, text: str, paused: bool):
    of_dev(checkout, text)
    assert resolved(checkout).paused == paused


def test_a_stage_may_have_another_schedule(checkout: Checkout):
    of_dev(checkout, "workflows: {RefreshLegislators: {schedule: rate(1 day), timeZone: UTC}}")
    assert (resolved(checkout).schedule, resolved(checkout).time_zone) == ("rate(1 day)", "UTC")
    assert resolved(checkout, "prod").schedule == "cron(0 6 * * ? *)"


def test_a_stage_may_leave_a_workflow_out(checkout: Checkout):
    of_dev(checkout, "workflows: {RefreshLegislators: false}")
    assert checkout.check().workflows_of_stages["dev"] == []


def test_parameters_become_arguments_in_snake_case(checkout: Checkout):
    parameters = "parameters: {inputLocationOrgs: 's3://orgs/a.json, s3://more/', inputLocationPersons: 5}"
    checkout.write(FILE, f"Join:\n  retries: 2\n  jobs: {{JoinLegislators: {{{parameters}}}}}\n")
    (task,) = resolved(checkout).tasks
    assert task.arguments == {
        "--input_location_orgs": "s3://orgs/a.json, s3://more/",
        "--input_location_persons": "5",
    }
    assert task.s3_locations == ("s3://orgs/a.json", "s3://more/")
    assert task.retries == 2, "the workflow's own, where the job says nothing"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("workflows: {RefreshLegislator: false}",
         "there is no workflow RefreshLegislator (did you mean 'RefreshLegislators'?)"),
        ("workflows: {RefreshLegislators: true}",
         "RefreshLegislators should be a map of settings, or false, found true"),
        ("workflows: {RefreshLegislators: {pausd: true}}",
         "dev.workflows.RefreshLegislators.pausd is not known (did you mean 'paused'?)"),
        ("workflows: {RefreshLegislators: {schedule: daily}}",
         "dev.workflows.RefreshLegislators.schedule: should be cron(0 6 * * ? *) or rate(6 hours), found 'daily'"),
        ("workflows: [RefreshLegislators]", "dev.workflows: should be a map of `key: value`, found a list"),
        ("notify: [nobody]", "dev.notify.0: should be an e-mail address, found 'nobody'"),
        ("schedulesPaused: maybe", "dev.schedulesPaused: should be true or false, found 'maybe'"),
    ],
)  # fmt: skip
def test_a_stages_mistakes_are_told_in_the_config(checkout: Checkout, text: str, mistake: str):
    of_dev(checkout, text)
    assert checkout.problems() == [f"{checkout.where(CONFIG, text[:9])}: {mistake}"]


def test_a_job_that_the_stage_leaves_out_is_told_with_both_remedies(checkout: Checkout):
    checkout.replace(CONFIG, "    ProcessLegislators:\n", "    DimCustomers: false\n    ProcessLegislators:\n")
    checkout.replace(
        CONFIG, "    DimCustomers:\n      inputLocation: ./aws_glue_cdk_baseline/job_scripts/seeds/customers.csv\n", ""
    )
    checkout.write(FILE, "Customers: {jobs: {DimCustomers: {retries: 1}}}\n")
    checkout.replace("transformation/custom_configs.yaml", "MaxRetries: 1", "MaxRetries: 0")
    assert checkout.problems() == [
        f"{checkout.where(CONFIG, 'DimCustomers: false')}: dev leaves out DimCustomers, "
        "which the workflow Customers runs: deploy it, or leave out the workflow too (workflows: Customers: false)"
    ]
    of_dev(checkout, "workflows: {Customers: false}")
    assert checkout.problems() == []


def test_a_paused_workflow_without_a_schedule_is_a_misunderstanding(checkout: Checkout):
    checkout.write(FILE, "Join: {jobs: {JoinLegislators: }}\n")
    of_dev(checkout, "workflows: {Join: {paused: true}}")
    assert checkout.problems() == [f"{checkout.where(CONFIG, 'workflows:')}: Join has no schedule: paused is of no use"]


@pytest.mark.parametrize(
    ("job", "mistake"),
    [
        ("DimCustomers:", "DimCustomers has MaxRetries 1, and Step Functions does not wait for Glue's own retry: "
         "set MaxRetries: 0 there, and retries here"),
        ("JoinLegislators: {parameters: {inputLocation: x}}",
         "JoinLegislators: aws_glue_cdk_baseline/job_scripts/transformation/join_legislators.py does not use the "
         "parameter inputLocation"),
        ("ProcessLegislators: {parameters: {stage: x}}", "ProcessLegislators: stage is given by the stack: remove it"),
        ("ProcessLegislators: {parameters: {workflowRunId: x}}",
         "ProcessLegislators: workflowRunId is given by the workflow: remove it"),
        ("ProcessLegislators: {parameters: {inputLocation: s3a://b/c}}",
         "ProcessLegislators: inputLocation should begin with s3://, found 's3a://b/c'"),
        ("ProcessLegislators: {parameters: {inputLocation: ./README.md}}",
         "ProcessLegislators: inputLocation: there is no file ./README.md in this repository"),
        ("ProcessLegislators: {parameters: {inputLocation: ./default-config.yaml}}",
         "ProcessLegislators: inputLocation: a file of this repository is given to a job by the config"),
        ("ProcessLegislators: {parameters: {inputLocation: x, input_location: y}}",
         "ProcessLegislators: input_location is given twice: inputLocation is --input_location too"),
    ],
)  # fmt: skip
def test_a_jobs_mistakes_are_told_once_for_all_stages(checkout: Checkout, job: str, mistake: str):
    checkout.write(FILE, f"Refresh:\n  jobs:\n    {job}\n")
    (problem,) = checkout.problems()
    assert problem.startswith(f"{JOBS}/workflows.yaml:3: Refresh: {mistake}")


def test_an_argument_that_cannot_be_overridden_is_not_a_parameter(checkout: Checkout):
    checkout.write("ingestion/default_configs.yaml", "NonOverridableArguments: {--limit: '5'}\n")
    checkout.write(FILE, "Refresh:\n  jobs:\n    ProcessLegislators: {parameters: {limit: 6}}\n")
    (problem,) = checkout.problems()
    assert "limit cannot change --limit, which is one of the job's NonOverridableArguments" in problem


def test_a_streaming_job_does_not_end(checkout: Checkout):
    checkout.write("ingestion/default_configs.yaml", "Command: {Name: gluestreaming}\nIntegrationTest: false\n")
    problems = checkout.problems()
    assert problems == [
        f"{JOBS}/workflows.yaml:9: RefreshLegislators: ProcessLegislators is a gluestreaming job: it does not end"
    ]


def test_a_script_cannot_require_what_only_a_workflow_gives(checkout: Checkout):
    checkout.write("ingestion/process_legislators.py", "glue_job('input_location', 'workflow_run_id')\n")
    assert checkout.problems() == [
        f"{JOBS}/ingestion/process_legislators.py: only a run in a workflow has --workflow_run_id: "
        'declare it with a default, glue_job(workflow_run_id="")'
    ]
    checkout.write("ingestion/process_legislators.py", "glue_job('input_location', workflow_run_id='')\n")
    assert checkout.problems() == []


def test_a_workflow_beyond_a_limit_of_the_service_is_told(checkout: Checkout):
    rows = [f"Job{number:03d}" for number in range(300)]
    checkout.append("loading/jobs.csv", "".join(f"{name},default,,\n" for name in rows))
    for name in rows:
        checkout.write(f"loading/job_{name[3:]}.py", "print('hello')\n")
        (checkout.job_scripts / f"loading/{name.lower()}.py").write_text("print('hello')\n", encoding="utf-8")
    checkout.write(FILE, "Wide:\n  jobs:\n" + "".join(f"    {name}:\n" for name in rows))
    (problem,) = checkout.problems()
    assert problem.startswith(f"{JOBS}/workflows.yaml:1: Wide: with every retry, its 300 jobs could come to 29,")
