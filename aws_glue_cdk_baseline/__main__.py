"""The command line: `python -m aws_glue_cdk_baseline --help`. It needs neither the CDK nor Node."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from aws_glue_cdk_baseline.checks import check
from aws_glue_cdk_baseline.errors import BaselineError

command_line = typer.Typer(
    help="Look at the jobs of this repository and at where they are deployed.",
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
    """Look at the jobs of this repository and at where they are deployed."""


@command_line.command()
def validate(
    config: Annotated[Path, typer.Option(help="The config file to check.")] = Path("default-config.yaml"),
) -> None:
    """Check the config and the catalog.

    Reads the config file and every layer's jobs.csv, default_configs.yaml and custom_configs.yaml, and reports every
    mistake with its file and line: unknown names, missing parameters, settings that AWS refuses. Exit code 1 if there
    is any. `cdk synth` makes the same checks.
    """
    jobs = check(config).jobs
    typer.echo(f"{config}: valid. Jobs: {', '.join(f'{len(some)} in {name}' for name, some in jobs.items())}")


if __name__ == "__main__":
    main()
