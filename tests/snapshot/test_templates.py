"""Every template of the sample project as it was last accepted; `make snapshots` accepts the present ones.

What must not matter is masked: the hashes of assets and the version that they give a job, so that a comment in a script
or in the README changes no snapshot.
"""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

STACKS = [
    "PipelineStack",
    "DeployDev-DataLake",
    "DeployDev-Connections",
    "DeployDev-Ingestion",
    "DeployDev-Transformation",
    "DeployDev-Workflows",
    "DeployDev-IntegrationTest",
    "DeployProd-DataLake",
    "DeployProd-Connections",
    "DeployProd-Ingestion",
    "DeployProd-Transformation",
    "DeployProd-Workflows",
]


def masked(template: dict[str, Any]) -> Any:
    """Return the template with everything masked that follows from the content of assets."""
    text = json.dumps(template)
    text = re.sub(r'"version": "[0-9a-f]{16}"', '"version": "<content>"', text)
    text = re.sub(r"buildspec-[0-9a-f]{40,}", "buildspec-<hash>", text)
    text = re.sub(r"[0-9a-f]{64}", "<hash>", text)
    text = re.sub(r"-1_[0-9a-f]{16}-py3", "-1_<hash>-py3", text)
    return json.loads(re.sub(r'"Analytics": "[^"]*"', '"Analytics": "<construct tree>"', text))


@pytest.mark.parametrize("stack", STACKS)
def test_template_is_the_accepted_one(stack: str, templates: dict[str, Any], snapshot: SnapshotAssertion):
    assert masked(templates[stack]) == snapshot(extension_class=JSONSnapshotExtension), (
        "the template has changed: if you meant it, `make snapshots` and commit the difference"
    )


def test_every_stack_has_a_snapshot(templates: dict[str, Any]):
    assert sorted(templates) == sorted(STACKS)


def test_content_of_assets_is_masked():
    first = {"ScriptLocation": f"s3://assets/{'a' * 64}.py", "Tags": {"version": "0123456789abcdef"}}
    second = {"ScriptLocation": f"s3://assets/{'b' * 64}.py", "Tags": {"version": "fedcba9876543210"}}
    assert masked(first) == masked(second)
