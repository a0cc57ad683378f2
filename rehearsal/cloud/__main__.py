"""``python -m rehearsal.cloud FOLDER``: serve the local cloud until the starter goes away."""

from __future__ import annotations

import argparse
from pathlib import Path

from rehearsal.cloud.server import serve
from rehearsal.cloud.settings import Settings


def main() -> None:
    """Read the settings from the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.cloud", description=__doc__)
    parser.add_argument("folder", type=Path, help="where runs, objects and logs of this cloud are kept")
    parser.add_argument("--minute", type=float, default=60.0, help="seconds that one minute of a job's timeout lasts")
    parser.add_argument("--spark-archives", type=Path, default=None, help="where Spark's class archive is cached")
    parser.add_argument("--skip", action="append", default=[], help="a command of builds that is not run")
    parser.add_argument("--modules", type=Path, default=None, help="where Python modules of runs are cached")
    options = parser.parse_args()
    serve(
        Settings(
            options.folder.resolve(),
            options.minute,
            options.spark_archives and options.spark_archives.resolve(),
            tuple(options.skip),
            options.modules and options.modules.resolve(),
        )
    )


if __name__ == "__main__":
    main()
