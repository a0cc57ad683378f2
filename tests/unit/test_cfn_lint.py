"""cfn-lint over every template: none has an error or a warning."""

from pathlib import Path

import pytest
from cfnlint.api import lint_file
from cfnlint.config import ManualArgs


@pytest.mark.parametrize("project", ["assembly", "own_assembly"])
def test_cfn_lint_finds_nothing(project: str, request: pytest.FixtureRequest):
    files = sorted(request.getfixturevalue(project).rglob("*.template.json"))
    assert len(files) > 1
    in_one_region = ManualArgs(regions=["us-east-1"])
    assert [str(match) for file in files for match in lint_file(file, in_one_region)] == []


def test_cfn_lint_would_find_a_mistake(tmp_path: Path):
    template = tmp_path / "wrong.template.json"
    template.write_text('{"Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": {"Nmae": "x"}}}}')
    assert lint_file(template)
