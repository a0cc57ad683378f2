"""The CDK app: reads the config that `-c config=FILE` names and defines the pipeline, which holds every stage."""

import os
import sys
from pathlib import Path

import aws_cdk as cdk

from aws_glue_cdk_baseline.catalog import ROOT
from aws_glue_cdk_baseline.checks import check
from aws_glue_cdk_baseline.errors import BaselineError
from aws_glue_cdk_baseline.pipeline_stack import PipelineStack

DEFAULT_CONFIG = "default-config.yaml"


def main() -> None:
    """Synthesize; mistakes in config or catalog are shown as they are, without a traceback."""
    app = cdk.App()
    name = str(app.node.try_get_context("config") or DEFAULT_CONFIG)
    path = Path(os.path.realpath(ROOT / name))
    try:
        if not path.is_relative_to(ROOT):
            raise BaselineError(f"{name} is outside this repository, where the pipeline's own synth could not read it")
        project = check(path)
        account = project.config.pipeline_account
        PipelineStack(
            app,
            "PipelineStack",
            config=project.config,
            catalog=project.catalog,
            workflows=project.workflows,
            config_file=None if name == DEFAULT_CONFIG else str(path.relative_to(ROOT)),
            env=cdk.Environment(account=account.aws_account_id, region=account.aws_region),
        )
        app.synth()
    except BaselineError as error:
        sys.exit(f"\n{error}\n")


if __name__ == "__main__":
    main()
