"""A job's settings become the L2 construct and the arguments that they ask for."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match, Template

from aws_glue_cdk_baseline.catalog import LAYERS, JobDefinition, SettingsSource
from aws_glue_cdk_baseline.data_lake import DataLake
from aws_glue_cdk_baseline.documents import Document
from aws_glue_cdk_baseline.glue_job import GlueJob
from aws_glue_cdk_baseline.library import Library
from aws_glue_cdk_baseline.named_asset import StackWithNamedAssets
from aws_glue_cdk_baseline.stage_jobs import StageJob


@pytest.fixture
def deployed(tmp_path: Path):
    """Synthesize a stack with one job of the given settings; returns the job's properties."""

    def deploy(settings: dict[str, Any], parameters: dict[str, str] | None = None, connection: str | None = None):
        layer = tmp_path / "aws_glue_cdk_baseline" / "job_scripts" / "ingestion"
        layer.mkdir(parents=True, exist_ok=True)
        (layer / "copy_orders.py").write_text("print('copied')\n")
        (layer / "other.py").write_text("print('other')\n")
        (layer / "rules.json").write_text("{}")
        (layer / "parser.jar").write_text("")
        (layer / "prices.py").write_text("")
        (tmp_path / "prices.yaml").write_text("{}")
        source = SettingsSource(Document("default_configs.yaml", settings), (), settings)
        definition = JobDefinition(
            name="CopyOrders",
            layer=LAYERS[0],
            category=None,
            connection_name=connection,
            sources=(source,),
            row=("jobs.csv", 2),
            folder=layer,
        )
        checked = definition.settings()
        job = StageJob(definition, checked, definition.script(checked.script), parameters or {})
        env = cdk.Environment(account="123456789102", region="us-east-1")
        synthesizer = cdk.DefaultStackSynthesizer()
        stack = StackWithNamedAssets(cdk.App(), "DeployDev-Ingestion", synthesizer=synthesizer, env=env)
        GlueJob(
            stack,
            "CopyOrders",
            job=job,
            stage_name="dev",
            pipeline_stage="DeployDev",
            role=iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("glue.amazonaws.com")),
            lake=DataLake(stack, "Lake", stage_name="dev"),
            library=Library(stack, "Library"),
        )
        template = Template.from_stack(stack)
        template.resource_count_is("AWS::IAM::Policy", 0)  # the L2 adds nothing to the role's own grants
        (resource,) = template.find_resources("AWS::Glue::Job").values()
        properties: dict[str, Any] = resource["Properties"]
        return properties

    return deploy


def test_without_settings_a_job_is_small_observable_and_ends(deployed):
    job = deployed({})
    assert job["Name"] == "dev-CopyOrders"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    assert (job["Timeout"], job["MaxRetries"]) == (60, 0)
    arguments = job["DefaultArguments"]
    for argument in ("--enable-auto-scaling", "--enable-job-insights", "--enable-continuous-cloudwatch-log"):
        assert arguments[argument] == "true"
    assert "--enable-metrics" in arguments
    assert arguments["--enable-observability-metrics"] == "true"


def test_stage_lake_and_database_come_from_the_stack(deployed):
    arguments = deployed({})["DefaultArguments"]
    assert arguments["--stage"] == "dev"
    assert arguments["--database"] == "dev_bronze"
    assert arguments["--lake_location"]["Fn::Join"][1][0] == "s3://"


def test_parameters_become_arguments(deployed):
    job = deployed({}, {"input_location": "s3://bucket/key", "limit": "10"})
    assert job["DefaultArguments"]["--input_location"] == "s3://bucket/key"
    assert job["DefaultArguments"]["--limit"] == "10"


def test_a_parameter_that_is_a_file_of_the_repository_becomes_an_assets_url(deployed):
    job = deployed({}, {"rules": "./prices.yaml"})
    assert "s3://" in str(job["DefaultArguments"]["--rules"])
    assert ".yaml" in str(job["DefaultArguments"]["--rules"])


def test_tags_say_where_a_job_comes_from(deployed):
    tags = deployed({"Tags": {"team": "sales"}})["Tags"]
    assert set(tags) == {"team", "environment", "artifact_id", "stack_id", "stack_name", "stage", "layer", "version"}
    assert tags["environment"] == "aws://123456789102/us-east-1"
    assert tags["stack_name"] == "DeployDev-Ingestion"
    assert (tags["stage"], tags["layer"], tags["team"]) == ("DeployDev", "ingestion", "sales")


def test_every_property_of_a_spark_job_arrives(deployed):
    job = deployed(
        {
            "Description": "Copies",
            "GlueVersion": "4.0",
            "WorkerType": "G.4X",
            "NumberOfWorkers": 7,
            "Timeout": 30,
            "MaxRetries": 2,
            "ExecutionProperty": {"MaxConcurrentRuns": 3},
            "NotificationProperty": {"NotifyDelayAfter": 5},
            "SecurityConfiguration": "theirs",
            "Connections": {"Connections": ["second"]},
            "NonOverridableArguments": {"--mode-of-copy": "full"},
        },
        connection="first",
    )
    assert job["Description"] == "Copies"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("4.0", "G.4X", 7)
    assert (job["Timeout"], job["MaxRetries"]) == (30, 2)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 3}
    assert job["NotificationProperty"] == {"NotifyDelayAfter": 5}
    assert job["SecurityConfiguration"] == "theirs"
    assert job["Connections"] == {"Connections": ["dev-first", "dev-second"]}
    assert job["NonOverridableArguments"] == {"--mode-of-copy": "full"}


def test_queuing(deployed):
    assert deployed({"JobRunQueuingEnabled": True})["JobRunQueuingEnabled"] is True


def test_flex(deployed):
    assert deployed({"ExecutionClass": "FLEX"})["ExecutionClass"] == "FLEX"


def test_streaming_with_a_maintenance_window(deployed):
    job = deployed({"Command": {"Name": "gluestreaming"}, "WorkerType": "G.025X", "MaintenanceWindow": "Sun:10"})
    assert job["Command"]["Name"] == "gluestreaming"
    assert (job["WorkerType"], job["MaintenanceWindow"]) == ("G.025X", "Sun:10")
    assert "Timeout" not in job  # a stream is not meant to end


def test_python_shell(deployed):
    job = deployed({"Command": {"Name": "pythonshell"}, "MaxCapacity": 1})
    assert job["Command"]["Name"] == "pythonshell"
    assert job["Command"]["PythonVersion"] == "3.9"
    assert job["MaxCapacity"] == 1
    assert "WorkerType" not in job
    assert not [name for name in job["DefaultArguments"] if "metrics" in name or "auto-scaling" in name]


def test_metrics_and_logs_can_be_switched_off(deployed):
    arguments = deployed(
        {
            "DefaultArguments": {
                "--enable-metrics": "false",
                "--enable-observability-metrics": "false",
                "--enable-continuous-cloudwatch-log": "false",
            }
        }
    )["DefaultArguments"]
    assert not [name for name in arguments if "metrics" in name or "cloudwatch" in name]


def test_logging_arguments(deployed):
    arguments = deployed(
        {"DefaultArguments": {"--continuous-log-logGroup": "/aws-glue/own", "--enable-continuous-log-filter": "true"}}
    )["DefaultArguments"]
    assert arguments["--continuous-log-logGroup"] == "/aws-glue/own"
    assert arguments["--enable-continuous-log-filter"] == "true"


def test_the_spark_ui_writes_to_the_log_bucket(deployed):
    arguments = deployed({"DefaultArguments": {"--enable-spark-ui": "true"}})["DefaultArguments"]
    assert arguments["--enable-spark-ui"] == "true"
    assert arguments["--spark-event-logs-path"]["Fn::Join"][1][-1] == "/spark-ui/dev-CopyOrders/"


def test_bookmarks_and_python_modules_pass_through(deployed):
    given = {"--job-bookmark-option": "job-bookmark-enable", "--additional-python-modules": "pymysql==1.1.1"}
    arguments = deployed({"DefaultArguments": given})["DefaultArguments"]
    assert {name: arguments[name] for name in given} == given


def test_extra_files_are_deployed_or_taken_from_s3(deployed):
    arguments = deployed(
        {
            "DefaultArguments": {
                "--extra-py-files": "prices.py,s3://libraries/shared.zip",
                "--extra-jars": "parser.jar",
                "--extra-files": "rules.json",
                "--user-jars-first": "true",
            }
        }
    )["DefaultArguments"]
    python_files = str(arguments["--extra-py-files"])
    assert ".zip" in python_files.split(",", 1)[0]  # the shared library comes first
    assert "s3://libraries/shared.zip" in python_files
    assert ".jar" in str(arguments["--extra-jars"])
    assert ".json" in str(arguments["--extra-files"])
    assert arguments["--user-jars-first"] == "true"


def test_every_job_gets_the_shared_library(deployed):
    assert Match.string_like_regexp(r"s3://.*\.zip").test(str(deployed({})["DefaultArguments"]["--extra-py-files"]))


def test_another_script_changes_the_version(deployed):
    first = deployed({})["Tags"]["version"]
    assert deployed({"Script": "other.py"})["Tags"]["version"] != first
