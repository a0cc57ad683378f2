"""The integration test, and a Glue for it that does what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.integ.call import IntegrationTest
from tests.unit.integ.scripted_glue import ScriptedGlue


@pytest.fixture(scope="session")
def glue_server() -> Iterator[ScriptedGlue]:
    with pytest.MonkeyPatch.context() as patch:
        server = ScriptedGlue(patch)
        yield server
        server.close()


@pytest.fixture
def glue(glue_server: ScriptedGlue) -> ScriptedGlue:
    glue_server.forget()
    return glue_server


@pytest.fixture
def integration_test(glue: ScriptedGlue, tmp_path: Path) -> Iterator[IntegrationTest]:
    test = IntegrationTest(glue, tmp_path)
    yield test
    test.clean_up()
