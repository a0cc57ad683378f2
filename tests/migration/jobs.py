"""The three jobs of a migration as processes, with the command lines that Glue would give them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "aws_glue_cdk_baseline" / "job_scripts"
EXTRACT, TRANSFORM, LOAD = "ingestion/extract_tables.py", "standardization/transform_tables.py", "loading/load_tables.py"
DATABASES = {EXTRACT: "dev_bronze", TRANSFORM: "dev_silver", LOAD: "dev_loading"}


def start(script: str, connection: Any, lake: Path, *arguments: str, tables: str = "*") -> subprocess.Popen[str]:
    """Start a job; the caller waits for it, or kills it."""
    given = asdict(connection) if connection else {}
    standard = ["--JOB_NAME", f"dev-{Path(script).stem}", "--stage", "dev", "--lake_location", str(lake)]
    standard += ["--database", DATABASES[script], "--tables", tables]
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/migration/run_job.py"), str(SCRIPTS / script), *standard, *arguments],
        env={**os.environ, "MIGRATION_CONNECTION": json.dumps(given)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(script: str, connection: Any, lake: Path, *arguments: str, tables: str = "*") -> str:
    """Run a job to its end and return what it printed; one that fails is an error with its output."""
    process = start(script, connection, lake, *arguments, tables=tables)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0, printed
    return printed


def migrate(source: Any, target: Any, lake: Path, tables: str = "*") -> str:
    """Run the three jobs in their order, as the workflow does."""
    run(EXTRACT, source, lake, tables=tables)
    run(TRANSFORM, None, lake, tables=tables)
    return run(LOAD, target, lake, tables=tables)
