"""What a job can be told, what it is by default, and what AWS would refuse or is surely a mistake."""

from typing import Any

import pytest

from aws_glue_cdk_baseline.job_settings import SETTING_NAMES, JobSettings, without_inapplicable
from tests.unit.mistakes import mistakes

PYTHON_SHELL = {"Command": {"Name": "pythonshell"}}
STREAMING = {"Command": {"Name": "gluestreaming"}}
FLEX = {"ExecutionClass": "FLEX"}


def settings(**given: Any) -> JobSettings:
    assert mistakes(**given) == []
    return JobSettings.model_validate(given)


def test_defaults_cost_little_and_show_what_a_run_did():
    job = settings()
    assert (job.command.name, job.minutes, job.max_retries, job.execution_property.max_concurrent_runs) == (
        "glueetl", 60, 0, 1,
    )  # fmt: skip
    assert job.arguments == {
        "--enable-auto-scaling": "true",
        "--enable-metrics": "true",
        "--enable-observability-metrics": "true",
        "--enable-job-insights": "true",
        "--enable-continuous-cloudwatch-log": "true",
    }


def test_a_python_shell_job_gets_no_arguments_of_spark():
    assert settings(**PYTHON_SHELL).arguments == {"--enable-continuous-cloudwatch-log": "true"}


def test_its_own_arguments_stand_above_the_defaults():
    job = settings(DefaultArguments={"--enable-metrics": "false", "--input": "x"})
    assert job.arguments["--enable-metrics"] == "false"
    assert job.arguments["--input"] == "x"


def test_everything_that_a_glue_job_can_be_told_is_a_setting():
    job = settings(
        Command={"Name": "glueetl", "PythonVersion": 3},
        Description="loads orders",
        GlueVersion="5.0",
        WorkerType="G.2X",
        NumberOfWorkers=10,
        ExecutionClass="STANDARD",
        Timeout=120,
        MaxRetries=2,
        ExecutionProperty={"MaxConcurrentRuns": 3},
        NotificationProperty={"NotifyDelayAfter": 30},
        SecurityConfiguration="their-own",
        Connections={"Connections": ["redshift"]},
        DefaultArguments={
            "--enable-spark-ui": True,
            "--job-bookmark-option": "job-bookmark-enable",
            "--extra-py-files": "s3://bucket/a.zip,local.zip",
            "--extra-jars": "s3://bucket/a.jar",
            "--extra-files": "s3://bucket/a.json",
            "--additional-python-modules": "pandas==2.2.3",
            "--limit": 5,
        },
        NonOverridableArguments={"--conf": "spark.sql.shuffle.partitions=8"},
        Tags={"team": "data", "cost-centre": 42},
    )
    assert job.command.python_version == "3"
    assert job.default_arguments["--enable-spark-ui"] == "true"
    assert job.default_arguments["--limit"] == "5"
    assert job.tags == {"team": "data", "cost-centre": "42"}


def test_a_streaming_job_has_a_maintenance_window_and_queuing():
    job = settings(**STREAMING, MaintenanceWindow="Sun:10", JobRunQueuingEnabled="yes", WorkerType="G.025X")
    assert (job.maintenance_window, job.job_run_queuing_enabled) == ("Sun:10", True)


@pytest.mark.parametrize(("written", "version"), [(5, "5.0"), ("5.1", "5.1"), ("4.0", "4.0")])
def test_a_glue_version_may_be_a_number(written, version):
    assert settings(GlueVersion=written).glue_version == version


@pytest.mark.parametrize(("written", "seconds"), [({"MaxSeconds": 1200}, 1200), ({}, 600), (True, 600), (False, None)])
def test_the_integration_test_has_a_limit_or_leaves_the_job_out(written, seconds):
    test = settings(IntegrationTest=written).integration_test
    assert (test.max_seconds if test else None) == seconds


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"NumberOfWorkers": 0}, "NumberOfWorkers should be 2 or more, found 0"),
        ({"NumberOfWorkers": 1}, "NumberOfWorkers should be 2 or more, found 1"),
        ({"WorkerType": "G.025X"}, "WorkerType G.025X is for gluestreaming jobs"),
        ({"WorkerType": "R.1X", "GlueVersion": "3.0"}, "WorkerType R.1X needs GlueVersion 4.0 or later, found 3.0"),
        ({"GlueVersion": "2.0"}, "GlueVersion: should be '3.0', '4.0', '5.0', '5.1' or '6.0', found '2.0'"),
        (FLEX | {"GlueVersion": "2.0"}, "GlueVersion: should be '3.0', '4.0', '5.0', '5.1' or '6.0', found '2.0'"),
        (FLEX | {"WorkerType": "G.8X"}, "WorkerType should be G.1X or G.2X with ExecutionClass FLEX, found G.8X"),
        (FLEX | {"MaxRetries": 1}, "MaxRetries should be 0 with ExecutionClass FLEX: let the workflow retry"),
        (FLEX | {"JobRunQueuingEnabled": True}, "JobRunQueuingEnabled cannot be true with ExecutionClass FLEX"),
        (FLEX | STREAMING, "ExecutionClass FLEX is for glueetl jobs, not for gluestreaming"),
        ({"JobRunQueuingEnabled": True, "MaxRetries": 1},
         "MaxRetries should be 0 with JobRunQueuingEnabled: Glue does not retry queued runs"),
        ({"Timeout": 8 * 24 * 60}, "Timeout: should be less than or equal to 10080, found 11520"),
        ({"Timeout": 0}, "Timeout: should be greater than or equal to 1, found 0"),
        ({"Timeout": "1 hour"}, "Timeout: should be a whole number, found '1 hour'"),
        ({"Timeout": True}, "Timeout: should be a number, found true"),
        ({"MaxRetries": 11}, "MaxRetries: should be less than or equal to 10, found 11"),
        ({"MaxCapacity": 2}, "MaxCapacity is for python shell jobs: use WorkerType and NumberOfWorkers"),
        ({"MaintenanceWindow": "Sun:10"}, "MaintenanceWindow is for gluestreaming jobs"),
        (STREAMING | {"MaintenanceWindow": "Sunday"},
         "MaintenanceWindow: should be a day and an hour of GMT, like Sun:10, found 'Sunday'"),
        (STREAMING | {"IntegrationTest": {"MaxSeconds": 5}},
         "a gluestreaming job does not end: it cannot be integration-tested"),
        (STREAMING | {"NotificationProperty": {"NotifyDelayAfter": 5}},
         "a gluestreaming job does not end: it has no NotificationProperty"),
        ({"NotificationProperty": {"NotifyDelayAfter": 60}},
         "NotifyDelayAfter should be below the Timeout of 60 minutes"),
        ({"ExecutionProperty": {"MaxConcurrentRuns": 0}},
         "ExecutionProperty.MaxConcurrentRuns: should be greater than or equal to 1, found 0"),
        ({"Command": {"PythonVersion": "3.9"}}, 'Command.PythonVersion should be "3" for a Spark job'),
        ({"Command": {"Name": "glueray"}},
         "Command.Name: should be 'glueetl', 'gluestreaming' or 'pythonshell', found 'glueray'"),
        ({"Command": "glueetl"}, "Command: should be a map of `key: value`, found 'glueetl'"),
        ({"Script": "orders.txt"},
         "Script: should be the name of a Python file, like load_orders.py, found 'orders.txt'"),
        ({"Script": "/etc/orders.py"},
         "Script: should be the name of a Python file, like load_orders.py, found '/etc/orders.py'"),
        ({"Description": 2024}, "Description: should be text: put it in quotes, found 2024"),
        ({"NumberOfWorker": 2}, "NumberOfWorker is not known (did you mean 'NumberOfWorkers'?)"),
        ({"ExecutionProperty": {"MaxConcurrentRun": 2}},
         "ExecutionProperty.MaxConcurrentRun is not known (did you mean 'MaxConcurrentRuns'?)"),
        ({"IntegrationTest": {"MaxSecond": 5}}, "IntegrationTest.MaxSecond is not known (did you mean 'MaxSeconds'?)"),
        ({"IntegrationTest": {"MaxSeconds": "long"}},
         "IntegrationTest.MaxSeconds: should be a whole number, found 'long'"),
        ({"IntegrationTest": "no tests"},
         "IntegrationTest: should be false, or a map with MaxSeconds, found 'no tests'"),
        ({"Connections": {"Connections": "redshift"}}, "Connections.Connections: should be a list, found 'redshift'"),
        ({"DefaultArguments": ["--x"]}, "DefaultArguments: should be a map of `key: value`, found a list"),
        ({"DefaultArguments": {"--x": ["y"]}}, "DefaultArguments.--x: should be text, found a list"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(given, found):
    assert mistakes(**given) == [found]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"WorkerType": "G.1X"}, "WorkerType is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"),
        ({"NumberOfWorkers": 2}, "NumberOfWorkers is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"),
        (FLEX, "ExecutionClass is for Spark jobs: a pythonshell job has MaxCapacity (0.0625 or 1)"),
        ({"MaxCapacity": 2}, "MaxCapacity should be 0.0625 or 1, found 2.0"),
        ({"GlueVersion": "5.1"}, "GlueVersion should be 3.0 for a pythonshell job, found 5.1"),
        ({"MaintenanceWindow": "Sun:10"}, "MaintenanceWindow is for gluestreaming jobs"),
        ({"DefaultArguments": {"--conf": "x"}}, "--conf is for Spark jobs, not for pythonshell"),
        ({"NonOverridableArguments": {"--conf": "x"}}, "--conf is for Spark jobs, not for pythonshell"),
    ],
)
def test_what_is_for_spark_is_refused_on_a_python_shell_job(given, found):
    assert mistakes(**PYTHON_SHELL, **given) == [found]


@pytest.mark.parametrize("capacity", ["0.0625", "1", 1, 0.0625])
def test_a_python_shell_job_has_a_sixteenth_of_a_unit_or_a_whole(capacity):
    assert settings(**PYTHON_SHELL, MaxCapacity=capacity).max_capacity == float(capacity)


def test_a_python_shell_job_runs_python_3_9():
    assert mistakes(Command={"Name": "pythonshell", "PythonVersion": "3"}) == [
        'Command.PythonVersion should be "3.9" for a pythonshell job'
    ]


def test_a_layers_defaults_lose_what_a_python_shell_job_cannot_have():
    defaults = {
        "GlueVersion": "5.1",
        "Command": {"Name": "glueetl", "PythonVersion": "3"},
        "WorkerType": "G.1X",
        "NumberOfWorkers": 2,
        "Timeout": 5,
        "DefaultArguments": {"--enable-metrics": "true", "--limit": "5"},
    }
    before = repr(defaults)
    assert without_inapplicable(defaults, "pythonshell") == {
        "Command": {"Name": "glueetl"},
        "Timeout": 5,
        "DefaultArguments": {"--limit": "5"},
    }
    assert repr(defaults) == before


def test_a_layers_time_limit_is_not_for_its_streams():
    assert without_inapplicable({"Timeout": 60, "WorkerType": "G.1X"}, "gluestreaming") == {"WorkerType": "G.1X"}
    assert settings(**STREAMING).minutes is None
    assert settings(**STREAMING, Timeout=90).minutes == 90


def test_setting_names_are_those_of_the_cloudformation_resource():
    own = {"Script", "Requirements", "IntegrationTest"}
    not_settings = {"Name", "Role", "AllocatedCapacity", "LogUri", "JobMode"}
    from aws_cdk import aws_glue as glue

    def property_name(name: str) -> str:
        return "".join(word.capitalize() for word in name.strip("_").split("_"))

    known = {property_name(name) for name in dir(glue.CfnJobProps) if not name.startswith("_")}
    assert known - not_settings == set(SETTING_NAMES) - own
