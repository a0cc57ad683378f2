"""`workflows.yaml`: what can be written there, and every mistake at its line."""

from __future__ import annotations

import pytest

from aws_glue_cdk_baseline.workflow_definition import FILE, load_workflows
from tests.unit.checkout import Checkout

HEAD = "RefreshLegislators:\n  jobs:\n"


def test_the_file_as_it_is_read(checkout: Checkout):
    (workflow,) = load_workflows(checkout.job_scripts).values()
    assert workflow.name == "RefreshLegislators"
    assert workflow.settings.description == "Legislators and their history, every morning"
    assert (workflow.settings.schedule, workflow.settings.time_zone) == ("cron(0 6 * * ? *)", "Europe/Berlin")
    assert workflow.settings.time_limit == 120
    assert workflow.after == {"ProcessLegislators": (), "JoinLegislators": ("ProcessLegislators",)}
    assert workflow.jobs["JoinLegislators"].retries == 1


def test_a_workflow_needs_no_more_than_a_job(checkout: Checkout):
    checkout.write(FILE, "Join: {jobs: {JoinLegislators: }}\n")
    (workflow,) = load_workflows(checkout.job_scripts).values()
    assert workflow.settings.schedule is None
    assert workflow.settings.time_limit == 24 * 60
    assert workflow.jobs["JoinLegislators"].parameters == {}


def test_one_job_to_wait_for_needs_no_list(checkout: Checkout):
    checkout.write(FILE, HEAD + "    ProcessLegislators:\n    JoinLegislators: {after: ProcessLegislators}\n")
    assert load_workflows(checkout.job_scripts)["RefreshLegislators"].after["JoinLegislators"] == (
        "ProcessLegislators",
    )


def test_a_repository_without_the_file_has_no_workflows(checkout: Checkout):
    checkout.path(FILE).unlink()
    assert load_workflows(checkout.job_scripts) == {}
    assert checkout.problems() == []


@pytest.mark.parametrize(
    ("jobs", "where", "mistake"),
    [
        ("    JoinLegislator:\n", "JoinLegislator:",
         "JoinLegislator is in no layer's jobs.csv (did you mean 'JoinLegislators'?)"),
        ("    JoinLegislators: {after: [ProcessLegislators]}\n", "JoinLegislators:",
         "JoinLegislators waits for ProcessLegislators, which is no job of this workflow: add it to its jobs"),
        ("    JoinLegislators:\n      after: JoinLegislator\n", "after:",
         "JoinLegislators waits for JoinLegislator, which is no job of this workflow "
         "(did you mean 'JoinLegislators'?)"),
        ("    ProcessLegislators:\n    JoinLegislators: {after: [ProcessLegislators, ProcessLegislators]}\n",
         "JoinLegislators:", "JoinLegislators waits for ProcessLegislators twice"),
        ("    JoinLegislators: {after: [JoinLegislators]}\n", "JoinLegislators:",
         "the jobs wait in a circle: JoinLegislators waits for itself"),
        ("    ProcessLegislators: {after: [JoinLegislators]}\n    JoinLegislators: {after: [ProcessLegislators]}\n",
         "ProcessLegislators:", "the jobs wait in a circle: ProcessLegislators waits for JoinLegislators, "
         "JoinLegislators waits for ProcessLegislators"),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_is_told_where_it_stands(checkout: Checkout, jobs: str, where: str, mistake: str):
    checkout.write(FILE, HEAD + jobs)
    (problem,) = checkout.problems()
    assert problem == f"{checkout.where(FILE, where)}: RefreshLegislators: {mistake}"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("Refresh:\n", "Refresh should be a map with jobs, found nothing"),
        ("Refresh: {jobs: }\n", "Refresh has nothing to run: list its jobs under jobs"),
        ("Refresh: {timeLimit: 5}\n", "Refresh has nothing to run: list its jobs under jobs"),
        ("Refresh: {jobs: [JoinLegislators]}\n", "Refresh.jobs should be a map of jobs, like"),
        ("9to5: {jobs: {JoinLegislators: }}\n", "the workflow name '9to5' should begin with a letter"),
        ("Refresh: {jobs: {JoinLegislators: }, timelimit: 5}\n",
         "Refresh.timelimit is not known (did you mean 'timeLimit'?)"),
        ("Refresh: {jobs: {JoinLegislators: {aftr: []}}}\n",
         "Refresh.jobs.JoinLegislators.aftr is not known (did you mean 'after'?)"),
        ("Refresh: {jobs: {JoinLegislators: }, schedule: rate(2 weeks)}\n", "Refresh.schedule: should be a number of"),
        ("Refresh: {jobs: {JoinLegislators: }, schedule: rate(2 days), timeZone: Berlin}\n",
         "Refresh.timeZone: should be"),
        ("Refresh: {jobs: {JoinLegislators: }, timeZone: UTC}\n", "Refresh.timeZone is of no use without a schedule"),
        ("Refresh: {jobs: {JoinLegislators: }, timeLimit: 0}\n", "Refresh.timeLimit: should be greater than"),
        ("Refresh: {jobs: {JoinLegislators: {retries: 11}}}\n",
         "Refresh.jobs.JoinLegislators.retries: should be less than"),
        ("Refresh: {jobs: {JoinLegislators: 5}}\n", "Refresh.jobs.JoinLegislators: should be a map"),
        ("Refresh: {jobs: {JoinLegislators: , JoinLegislators: }}\n",
         "the key 'JoinLegislators' stands here a second time (first on line 1)"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_told(checkout: Checkout, text: str, mistake: str):
    checkout.write(FILE, text)
    (problem,) = checkout.problems()
    assert problem.startswith(f"aws_glue_cdk_baseline/job_scripts/workflows.yaml:1: {mistake}")


def test_a_job_whose_name_leaves_no_room_for_a_states_is_refused(checkout: Checkout):
    name = "J" * 71
    checkout.append("loading/jobs.csv", f"{name},default,,\n")
    checkout.write(f"loading/{'j' * 71}.py", "print('hello')\n")
    checkout.write(FILE, f"Refresh: {{jobs: {{{name}: }}}}\n")
    (problem,) = checkout.problems()
    assert problem.endswith(f"{name} has 71 characters: in a workflow, a job's name has at most 70")


def test_a_job_whose_row_cannot_be_read_is_not_unknown_too(checkout: Checkout):
    checkout.replace("transformation/jobs.csv", "JoinLegislators,default", "JoinLegislators,defualt")
    (problem,) = checkout.problems()
    assert "found 'defualt'" in problem


def test_all_mistakes_are_told_at_once(checkout: Checkout):
    checkout.write(
        FILE, "A: {jobs: {Nobody: }}\nB: {jobs: }\nC: {jobs: {JoinLegislators: {after: Nobody}}, retries: x}\n"
    )
    assert len(checkout.problems()) == 4
