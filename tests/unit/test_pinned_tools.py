"""The tools that package.json pins read the assembly that the pinned aws-cdk-lib writes."""

import json
import os
import subprocess
from pathlib import Path

from aws_glue_cdk_baseline.catalog import ROOT


def run(*command: str, folder: Path) -> str:
    environment = {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true"}
    program = str(ROOT / "node_modules" / ".bin" / command[0])
    ended = subprocess.run(
        [program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_installed_tools_are_the_pinned_ones():
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for tool, version in pinned.items():
        package = json.loads((ROOT / "node_modules" / tool / "package.json").read_text(encoding="utf-8"))
        assert package["version"] == version, tool


def test_the_cdk_command_line_reads_the_assembly(assembly: Path):
    schema = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["version"]
    listed = run("cdk", "ls", "--app", str(assembly), "--no-notices", folder=assembly)
    assert "PipelineStack/DeployProd/DataLake" in listed, f"the assembly's schema is {schema}"


def test_the_asset_tool_reads_the_assembly(assembly: Path):
    for manifest in [assembly / "PipelineStack.assets.json", *assembly.glob("assembly-*/*Ingestion*.assets.json")]:
        assert "file" in run("cdk-assets", "ls", "--path", str(manifest), folder=assembly), manifest.name
