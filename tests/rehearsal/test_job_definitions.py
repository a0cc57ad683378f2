"""What the Glue API accepts as a job, refuses, and finds."""

from __future__ import annotations

import pytest

from tests.rehearsal.acting import Account

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}


def refused(account: Account, **settings):
    with pytest.raises(account.glue.exceptions.InvalidInputException) as error:
        account.glue.create_job(**{"Name": "x", "Role": "r", "Command": COMMAND, **settings})
    return str(error.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"Command": {"Name": "spark", "ScriptLocation": "s3://b/s.py"}}, "Command name spark should be one of"),
        ({"Command": {"Name": "glueetl"}}, "Script location"),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 1}, "at least 2"),
        ({"WorkerType": "G.1X"}, "both Worker Type and Number of Workers"),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 2, "MaxCapacity": 2.0}, "Max Capacity"),
        ({"WorkerType": "G.025X", "NumberOfWorkers": 2}, "G.025X"),
        ({"WorkerType": "G.8X", "NumberOfWorkers": 2, "ExecutionClass": "FLEX"}, "FLEX"),
        ({"GlueVersion": "2.0", "ExecutionClass": "FLEX"}, "FLEX"),
        ({"Timeout": 11520}, "Timeout"),
        ({"MaxRetries": 11}, "MaxRetries"),
        ({"JobRunQueuingEnabled": True, "MaxRetries": 1}, "queuing"),
        ({"DefaultArguments": {"stage": "dev"}}, "start with --: stage"),
        ({"Tags": {f"t{number}": "" for number in range(51)}}, "tags"),
        (
            {
                "Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"},
                "WorkerType": "G.1X",
                "NumberOfWorkers": 2,
            },
            "pythonshell",
        ),
    ],
)
def test_settings_that_aws_refuses_are_refused(account: Account, settings, reason):
    assert reason in refused(account, **settings)


def test_a_parameter_that_the_api_does_not_have_is_refused_by_the_server_too(account: Account):
    glue = account.client("glue")

    def add(params, **_):  # past the check of the client
        params["body"] = params["body"].replace(b'"Name": "x"', b'"Name": "x", "Foo": 1')

    glue.meta.events.register("before-call.glue.CreateJob", add)
    with pytest.raises(glue.exceptions.InvalidInputException, match="Unknown parameter in input"):
        glue.create_job(Name="x", Role="r", Command=COMMAND)


def test_a_job_is_shown_as_it_was_given(account: Account):
    given = {"WorkerType": "G.2X", "NumberOfWorkers": 3, "JobRunQueuingEnabled": True, "Timeout": 7}
    account.glue.create_job(Name="x", Role="r", Command=COMMAND, **given)
    job = account.glue.get_job(JobName="x")["Job"]
    assert {name: job[name] for name in given} == given
    assert job["GlueVersion"] == "5.1"


def test_a_second_job_of_the_same_name_is_refused(account: Account):
    account.glue.create_job(Name="x", Role="r", Command=COMMAND)
    with pytest.raises(account.glue.exceptions.AlreadyExistsException):
        account.glue.create_job(Name="x", Role="r", Command=COMMAND)


def test_jobs_are_listed_that_have_all_the_tags_page_by_page(account: Account):
    for number in range(5):
        tags = {"stage": "dev", "even": str(number % 2 == 0)}
        account.glue.create_job(Name=f"job-{number}", Role="r", Command=COMMAND, Tags=tags)
    account.glue.create_job(Name="other", Role="r", Command=COMMAND, Tags={"stage": "prod", "even": "True"})
    first = account.glue.list_jobs(Tags={"stage": "dev", "even": "True"}, MaxResults=2)
    second = account.glue.list_jobs(Tags={"stage": "dev", "even": "True"}, MaxResults=2, NextToken=first["NextToken"])
    assert first["JobNames"] + second["JobNames"] == ["job-0", "job-2", "job-4"]
    assert "NextToken" not in second


def test_an_update_replaces_the_definition(account: Account):
    account.glue.create_job(Name="x", Role="r", Command=COMMAND, Timeout=7, DefaultArguments={"--a": "1"})
    account.glue.update_job(JobName="x", JobUpdate={"Role": "r", "Command": COMMAND, "MaxRetries": 2})
    job = account.glue.get_job(JobName="x")["Job"]
    assert (job["MaxRetries"], job["Timeout"], job["DefaultArguments"]) == (2, 2880, {})


def test_a_connection_can_be_deleted(account: Account):
    given = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": {}}
    account.glue.create_connection(ConnectionInput=given)
    account.glue.delete_connection(ConnectionName="c")
    assert account.glue.get_connections()["ConnectionList"] == []
