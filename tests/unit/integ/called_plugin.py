"""A pytest plugin for the pytest that is under test.

Its catalog says what the variable CATALOG_OF_TEST says; the modules that WITHOUT_MODULES names cannot be imported.
"""

from __future__ import annotations

import json
import os
import sys

from aws_glue_cdk_baseline import catalog

for name in filter(None, os.environ.get("WITHOUT_MODULES", "").split(",")):
    sys.modules[name] = None  # type: ignore[assignment] # what makes an import of it fail


def _settings() -> dict[str, catalog.IntegrationTestSettings]:
    given = json.loads(os.environ["CATALOG_OF_TEST"])
    return {name: catalog.IntegrationTestSettings(**settings) for name, settings in given.items()}


catalog.integration_test_settings = _settings  # type: ignore[assignment]
