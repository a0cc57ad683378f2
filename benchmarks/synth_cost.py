"""What a synthesis of this app costs, against an empty CDK app: CPU and wall seconds, and the ratio, in one run.

Run it by `python benchmarks/synth_cost.py [RUNS]` in the environment that `make` sets up.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY_APP = "import aws_cdk; aws_cdk.App().synth()"


def seconds(command: list[str]) -> tuple[float, float]:
    """Return the CPU seconds (the program and its children) and the wall seconds of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "CDK_OUTDIR": folder})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - start


def main() -> None:
    """Time the two in turns and print medians."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    commands = {"python app.py": [sys.executable, "app.py"], "empty app": [sys.executable, "-c", EMPTY_APP]}
    timings: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            timings[name].append(seconds(command))
    medians = {}
    for name, pairs in timings.items():
        medians[name] = [statistics.median(pair[index] for pair in pairs) for index in (0, 1)]
        print(f"{name:15} CPU {medians[name][0]:5.1f} s   wall {medians[name][1]:5.1f} s   (median of {runs})")
    ratio = [mine / empty for mine, empty in zip(*medians.values(), strict=True)]
    print(f"{'ratio':15} CPU {ratio[0]:5.2f}     wall {ratio[1]:5.2f}")


if __name__ == "__main__":
    main()
