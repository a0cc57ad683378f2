"""Runs a job script as a process of its own, with the database that MIGRATION_CONNECTION describes as its connection.

What a deployed job asks of Glue and of Secrets Manager is tested elsewhere; everything else is the job's own.
"""

import json
import os
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "aws_glue_cdk_baseline" / "job_scripts" / "lib"))

import job_runtime


def main() -> None:
    """Run the script that the command line names, as its main program."""
    described = SimpleNamespace(**json.loads(os.environ.get("MIGRATION_CONNECTION", "{}")))
    job_runtime.Job.connection = lambda self, name: described  # type: ignore[method-assign, assignment, return-value]
    script, sys.argv = sys.argv[1], sys.argv[1:]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
