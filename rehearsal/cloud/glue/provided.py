"""What a Spark job can import unasked: what Glue has, and not all that this environment happens to have."""

from __future__ import annotations

import json
import re
import shutil
import threading
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from rehearsal.cloud.glue import hide_modules

# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html#glue-modules-provided, Glue 5.1
PROVIDED = frozenset((
    "aiobotocore", "aiohappyeyeballs", "aiohttp", "aioitertools", "aiosignal", "appdirs", "attrs", "boto3",
    "botocore", "certifi", "charset-normalizer", "choreographer", "contourpy", "cycler", "distlib", "filelock",
    "fonttools", "frozenlist", "fsspec", "idna", "iniconfig", "jmespath", "kaleido", "kiwisolver", "logistro",
    "matplotlib", "multidict", "narwhals", "numpy", "orjson", "packaging", "pandas", "pillow", "pip",
    "platformdirs", "plotly", "pluggy", "propcache", "pyarrow", "pygments", "pyparsing", "pytest", "pytest-timeout",
    "python-dateutil", "pytz", "requests", "s3fs", "s3transfer", "seaborn", "setuptools", "simplejson", "six",
    "tenacity", "typing-extensions", "tzdata", "urllib3", "uv", "virtualenv", "wrapt", "yarl",
))  # fmt: skip
_RUNTIME = {"pyspark", "py4j", "awsgluedataplanepython"}

_making = threading.Lock()


def site_folder(folder: Path) -> Path:
    """Return the folder that a Spark run's PYTHONPATH begins with, made if it is missing.

    Parameters
    ----------
    folder
        Where the cloud keeps what it makes.

    Returns
    -------
    Path
        With the ``sitecustomize`` that hides modules from every Python process of a run, Spark's workers included.
    """
    site = folder / "site"
    with _making:  # runs begin side by side
        if not (site / "sitecustomize.py").exists():
            site.mkdir(parents=True, exist_ok=True)
            (site / "hidden.json").write_text(json.dumps(sorted(hidden())))
            shutil.copyfile(hide_modules.__file__, site / "sitecustomize.py")
    return site


@cache
def hidden() -> frozenset[str]:
    """Return the top-level modules of this environment that Glue has not."""
    known = PROVIDED | _RUNTIME
    return frozenset(
        module
        for module, owners in packages_distributions().items()
        if not any(re.sub(r"[-_.]+", "-", owner).lower() in known for owner in owners)
    )
