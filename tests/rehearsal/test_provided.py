"""What Spark jobs can import: what Glue has and what they ask for, and not what only this environment has."""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rehearsal.cloud.glue.hide_modules import Hider
from rehearsal.cloud.glue.provided import hidden, site_folder
from tests.rehearsal.acting import Account
from tests.rehearsal.test_modules import MODULES, put
from tests.wheels import make_wheel

WORKER = """
from pyspark.sql import SparkSession
def look(_):
    try:
        import pydantic
    except ModuleNotFoundError as error:
        return str(error)
    return pydantic.VERSION
print(SparkSession.builder.getOrCreate().sparkContext.parallelize([1]).map(look).collect()[0])
import boto3, pyarrow
import pydantic
print("in the driver", pydantic.VERSION)
"""


def test_a_module_that_glue_has_not_is_missing_in_driver_and_workers(account: Account):
    run = account.run(account.make_job("x", WORKER, "glueetl"))
    told = "No module named 'pydantic' (Glue has it not: list it in the job's Requirements)"
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", f"ModuleNotFoundError: {told}")
    assert account.printed(run["Id"]) == [told]


def test_it_is_there_when_the_job_asks_for_it(account: Account, tmp_path: Path):
    asked = {MODULES: put(account, make_wheel(tmp_path, "pydantic", "0.1"))}
    run = account.run(account.make_job("x", WORKER, "glueetl", DefaultArguments=asked))
    assert account.printed(run["Id"])[-2:] == ["0.1", "in the driver 0.1"], run


def test_what_glue_has_is_not_hidden_and_what_only_the_rehearsal_needs_is():
    assert not {"boto3", "botocore", "numpy", "pyarrow", "pyspark", "py4j", "dateutil", "awsglue"} & hidden()
    assert {"moto", "pymysql", "yaml", "pydantic", "aws_cdk"} <= hidden()


def test_a_module_of_the_job_may_have_the_name_of_a_hidden_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "hidden_one.py").write_text("WORD = 'theirs'\n")
    finder = Hider({"hidden_one", "hidden_two"}, {"/nowhere"})
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert importlib.import_module("hidden_one").WORD == "theirs"
    with pytest.raises(ModuleNotFoundError, match="hidden_two"):
        importlib.import_module("hidden_two")


def test_runs_that_begin_side_by_side_find_it_whole(tmp_path: Path):
    def begin(cloud: Path) -> bool:
        site = site_folder(cloud)
        return (site / "sitecustomize.py").read_text() != "" and (site / "hidden.json").read_text() != ""

    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            assert all(pool.map(begin, [tmp_path / str(number)] * 8))
