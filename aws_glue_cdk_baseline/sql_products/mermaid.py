"""The lineage as Mermaid text, which GitHub and many editors draw."""

from collections.abc import Iterator

from aws_glue_cdk_baseline.sql_products.graph import ProductGraph, Table
from aws_glue_cdk_baseline.sql_products.scopes import ColumnRef

_SHAPES = {"source": ("[(", ")]"), "mart": ("([", "])")}


def mermaid(graph: ProductGraph, *, columns: bool = False) -> str:
    """Return a flowchart: a box per table, and with `columns` one per column in it."""
    return "\n".join(["flowchart LR", *_boxes(graph, columns), *_arrows(graph, columns)]) + "\n"


def _boxes(graph: ProductGraph, columns: bool) -> Iterator[str]:
    for product in graph.products:
        yield f'    subgraph product_{product} ["{product}"]'
        for table in (one for one in graph.tables.values() if one.product == product):
            yield from _box(table, columns)
        yield "    end"


def _box(table: Table, columns: bool) -> Iterator[str]:
    if columns and table.columns:
        yield f'        subgraph {table.name} ["{table.name}"]'
        yield "            direction TB"
        for column in table.columns:
            yield f'            {table.name}__{column.name}["{column.name} {_text(column.type)}"]'
        yield "        end"
    else:
        begin, end = _SHAPES.get(table.kind, ("[", "]"))
        yield f'        {table.name}{begin}"{table.name}"{end}'


def _arrows(graph: ProductGraph, columns: bool) -> Iterator[str]:
    if columns:
        for begin, end in graph.column_lineage():
            if _is_drawn(graph, begin) and _is_drawn(graph, end):
                yield f"    {begin.table}__{begin.column} --> {end.table}__{end.column}"
    else:
        for name, inputs in graph.inputs.items():
            for one in inputs:
                yield f"    {one} --> {name}"


def _is_drawn(graph: ProductGraph, column: ColumnRef) -> bool:
    return any(one.name == column.column for one in graph.tables[column.table].columns or ())


def _text(type_: str) -> str:
    return type_.replace("<", "&lt;").replace(">", "&gt;")
