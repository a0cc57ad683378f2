"""What the tests of config and catalog share."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import SAMPLE
from tests.unit.checkout import Checkout


@pytest.fixture
def config() -> dict[str, Any]:
    """The sample project's config as the plain dict that `yaml.safe_load` gives, for a test to change."""
    loaded: dict[str, Any] = yaml.safe_load((SAMPLE / "default-config.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A copy of config and catalog, for a test to change; it is the working folder, so errors name files from there."""
    monkeypatch.chdir(tmp_path)
    return Checkout.copied_to(tmp_path)
