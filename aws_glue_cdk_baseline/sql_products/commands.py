"""The commands about data products: `lineage` draws them, `contracts` compares them with another commit."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aws_glue_cdk_baseline.catalog import ROOT
from aws_glue_cdk_baseline.errors import InvalidFilesError, shown_path
from aws_glue_cdk_baseline.sql_products.building import examine_graph, load_graph
from aws_glue_cdk_baseline.sql_products.difference_report import as_markdown, as_text
from aws_glue_cdk_baseline.sql_products.differences import compare, undeclared
from aws_glue_cdk_baseline.sql_products.drawing import page
from aws_glue_cdk_baseline.sql_products.git_trees import base_of, folder_at
from aws_glue_cdk_baseline.sql_products.mermaid import mermaid

DATA_PRODUCTS = ROOT / "aws_glue_cdk_baseline" / "data_products"
BREAKS_READERS = 3  # exit code; 1 is a mistake in a file, 2 one in the command line

_Folder = Annotated[Path, typer.Option(help="The folder of data products.", show_default=False)]


class Format(StrEnum):
    """How the differences of contracts are written."""

    TEXT = "text"
    MARKDOWN = "markdown"


def lineage(
    output: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("build/lineage"),
    columns: Annotated[bool, typer.Option("--columns", help="Down to columns.")] = False,
    folder: _Folder = DATA_PRODUCTS,
) -> None:
    """Draw which table is made of which.

    Reads the queries of the data products and writes lineage.html, to be looked at, and lineage.mmd, the same as
    Mermaid text. Prints the order in which each product builds its tables.
    """
    graph = load_graph(folder)
    output.mkdir(parents=True, exist_ok=True)
    (output / "lineage.html").write_text(page(graph, columns=columns), encoding="utf-8")
    (output / "lineage.mmd").write_text(mermaid(graph, columns=columns), encoding="utf-8")
    for product in graph.product_order:
        for number, level in enumerate(graph.levels(product), 1):
            typer.echo(f"{product}, level {number}: {', '.join(level)}")
    typer.echo(f"Written: {output / 'lineage.html'}, {output / 'lineage.mmd'}")


def contracts(
    against: Annotated[str, typer.Option(help="The branch or commit to compare with.")] = "origin/main",
    format_: Annotated[Format, typer.Option("--format", help="For a terminal, or for a pull request.")] = Format.TEXT,
    folder: _Folder = DATA_PRODUCTS,
) -> None:
    """Show how contracts differ from those of another commit, and who reads what breaks.

    Compares with the commit at which this branch parted from the other one. Exit code 3 if readers break and no
    contract says by its version that this is meant.
    """
    with folder_at(base_of(against, folder), folder) as before_folder:
        before, _ = examine_graph(before_folder)  # its mistakes are history
    after, problems = examine_graph(folder)
    differences = compare(before, after)
    write = as_markdown if format_ is Format.MARKDOWN else as_text
    typer.echo(write(differences, against).rstrip("\n"))
    if problems:
        typer.echo(f"\nBesides, {shown_path(folder)} has mistakes:", err=True)
        raise InvalidFilesError(problems)
    if undeclared(differences):
        raise typer.Exit(BREAKS_READERS)
