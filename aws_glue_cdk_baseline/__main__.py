"""The command line: `python -m aws_glue_cdk_baseline --help`. It needs neither the CDK nor Node."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from aws_glue_cdk_baseline.checks import check
from aws_glue_cdk_baseline.errors import BaselineError
from aws_glue_cdk_baseline.sql_products.commands import contracts, lineage
from aws_glue_cdk_baseline.workflow_definition import load_workflows
from aws_glue_cdk_baseline.workflow_graph import graphs, write_graphs

command_line = typer.Typer(
    help="Look at the jobs and workflows of this repository and at where they are deployed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; mistakes in config or catalog are shown as they are, without a traceback."""
    try:
        command_line(arguments)
    except BaselineError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None


@command_line.callback()
def _commands() -> None:
    """Look at the jobs and workflows of this repository and at where they are deployed."""


@command_line.command()
def validate(
    config: Annotated[Path, typer.Option(help="The config file to check.")] = Path("default-config.yaml"),
) -> None:
    """Check the config, the catalog and the data products.

    Reads the config file, every layer's jobs.csv, default_configs.yaml and custom_configs.yaml, workflows.yaml, and the
    SQL files of the data products, and reports every mistake with its file and line: unknown names, missing parameters,
    settings that AWS refuses, jobs that wait in a circle, columns that nobody delivers. Exit code 1 if there is any.
    `cdk synth` makes the same checks.
    """
    project = check(config)
    typer.echo(f"{config}: valid. Jobs: {_counts(project.jobs)}")
    if project.workflows:
        typer.echo(f"Workflows: {_counts(project.workflows_of_stages)}")
    tables = sum(1 for table in project.products.tables.values() if table.model)
    if tables:
        typer.echo(f"Data products: {len(project.products.products)}, tables: {tables}")


@command_line.command()
def graph(
    into: Annotated[Path | None, typer.Option(help="A Markdown file that has the two marks of the graphs.")] = None,
) -> None:
    """Draw the workflows as Mermaid graphs.

    Prints them, or with --into puts them into a file, where the graphs were that it put there before. A dotted arrow is
    a wait that workflows.yaml does not ask for, but that a state machine cannot do without.
    """
    drawn = graphs(load_workflows().values())
    if into is None:
        typer.echo(drawn, nl=False)
    else:
        write_graphs(drawn, into)


def _counts(by_stage: Mapping[str, Sequence[object]]) -> str:
    return ", ".join(f"{len(some)} in {name}" for name, some in by_stage.items())


command_line.command()(lineage)
command_line.command()(contracts)


if __name__ == "__main__":
    main()
