"""The lineage as a page that can be looked at: one HTML file with an SVG in it, which needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from aws_glue_cdk_baseline.sql_products.graph import ProductGraph, Table
from aws_glue_cdk_baseline.sql_products.page import PAGE

# all in pixels
_CHARACTER = 7.2  # of 12-pixel monospace
_HEADER = 40
_ROW = 18
_BETWEEN_BOXES = 22
_BETWEEN_RANKS = 90
_MARGIN = 20
_SWEEPS = 4


@dataclass(frozen=True)
class _Box:
    """Where a table is drawn."""

    table: Table
    rows: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float

    def port(self, column: str | None) -> float:
        """Return the height at which an arrow touches the box: at the column's row, or at the header."""
        if column in self.rows:
            return self.y + _HEADER + (self.rows.index(column) + 0.5) * _ROW
        return self.y + _HEADER / 2


def page(graph: ProductGraph, *, columns: bool = False) -> str:
    """Return the page's HTML; with `columns` each box lists its columns, and arrows go from column to column."""
    boxes = _layout(graph, columns)
    width = max((box.x + box.width for box in boxes.values()), default=0) + _MARGIN
    height = max((box.y + box.height for box in boxes.values()), default=0) + _MARGIN
    drawn = [*_arrows(graph, boxes, columns), *(part for box in boxes.values() for part in _drawn(box))]
    count = f"{len(graph.products)} products, {len(graph.tables)} sources and tables"
    svg = (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="Lineage: {count}">\n' + "\n".join(drawn) + "\n</svg>"
    )
    return PAGE.replace("%COUNT%", count).replace("%DRAWING%", svg)


def _layout(graph: ProductGraph, columns: bool) -> dict[str, _Box]:
    boxes: dict[str, _Box] = {}
    x = float(_MARGIN)
    for rank in _untangled(graph, _ranks(graph)):
        y = float(_MARGIN)
        width = max(_width(graph.tables[name], columns) for name in rank)
        for name in rank:
            table = graph.tables[name]
            rows = tuple(column.name for column in table.columns or ()) if columns else ()
            height = _HEADER + _ROW * len(rows) + (8 if rows else 0)
            boxes[name] = _Box(table, rows, x, y, width, height)
            y += height + _BETWEEN_BOXES
        x += width + _BETWEEN_RANKS
    return boxes


def _ranks(graph: ProductGraph) -> list[list[str]]:
    """Put each table right of all that it reads."""
    depth: dict[str, int] = {}

    def depth_of(name: str) -> int:
        waiting = [name]
        while waiting:
            top = waiting[-1]
            open_ = [one for one in graph.inputs[top] if one not in depth]
            if open_:
                waiting += open_
            else:
                depth[top] = max((depth[one] + 1 for one in graph.inputs[top]), default=0)
                waiting.pop()
        return depth[name]

    ranks: dict[int, list[str]] = {}
    by_product = sorted(graph.tables.values(), key=lambda one: (one.product, one.name))
    for table in by_product:
        ranks.setdefault(depth_of(table.name), []).append(table.name)
    return [ranks[key] for key in sorted(ranks)]


def _untangled(graph: ProductGraph, ranks: list[list[str]]) -> list[list[str]]:
    """Order each rank by where its neighbours are, forth and back: the barycenter method of layered drawings."""
    for sweep in range(_SWEEPS):
        backward = sweep % 2 == 1
        position = {name: index / len(rank) for rank in ranks for index, name in enumerate(rank)}
        middle = partial(_middle, graph.readers if backward else graph.inputs, position)
        ordered = []
        for rank in reversed(ranks) if backward else ranks:
            ordered.append(sorted(rank, key=middle))
            position |= {name: index / len(rank) for index, name in enumerate(ordered[-1])}
        ranks = ordered[::-1] if backward else ordered
    return ranks


def _middle(neighbours: Mapping[str, Sequence[str]], position: Mapping[str, float], name: str) -> float:
    near = [position[one] for one in neighbours[name]]
    return sum(near) / len(near) if near else position[name]


def _width(table: Table, columns: bool) -> float:
    texts = [table.name, _caption(table)]
    if columns:
        texts += [f"{column.name}  {_short(column.type)}" for column in table.columns or ()]
    return max(len(text) for text in texts) * _CHARACTER + 24


def _arrows(graph: ProductGraph, boxes: Mapping[str, _Box], columns: bool) -> Iterator[str]:
    drawn = {(one, name): False for name, inputs in graph.inputs.items() for one in inputs}
    if columns:
        for begin, end in graph.column_lineage():
            drawn[begin.table, end.table] = True
            names = (str(begin), str(end))
            yield _arrow(boxes[begin.table], boxes[end.table], begin.column, end.column, names)
    for (one, name), by_column in drawn.items():
        if not by_column:
            yield _arrow(boxes[one], boxes[name], None, None, (one, name))


def _arrow(begin: _Box, end: _Box, out: str | None, into: str | None, names: tuple[str, str]) -> str:
    x1, y1, x2, y2 = begin.x + begin.width, begin.port(out), end.x, end.port(into)
    bend = max(30.0, (x2 - x1) / 2)
    path = f"M{x1:.1f},{y1:.1f} C{x1 + bend:.1f},{y1:.1f} {x2 - bend:.1f},{y2:.1f} {x2 - 5:.1f},{y2:.1f}"
    data = f'data-from="{escape(names[0])}" data-to="{escape(names[1])}"'
    return f'<path class="arrow" d="{path}" {data}><title>{escape(" → ".join(names))}</title></path>'


def _drawn(box: _Box) -> Iterator[str]:
    table, x = box.table, box.x
    comment = table.contract.comment if table.contract else ""
    yield f'<g class="box {table.kind}" data-name="{escape(table.name)}">'
    yield f"<title>{escape(' · '.join(filter(None, [comment, str(table.place)])))}</title>"
    yield f'<rect x="{x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="6"/>'
    yield f'<text class="name" x="{x + 12:.1f}" y="{box.y + 17:.1f}">{escape(table.name)}</text>'
    yield f'<text class="caption" x="{x + 12:.1f}" y="{box.y + 32:.1f}">{escape(_caption(table))}</text>'
    by_name = {column.name: column for column in table.columns or ()}
    keys = (*table.contract.primary_key, *table.contract.partitioned_by) if table.contract else ()
    for row in box.rows:
        column, y = by_name[row], box.port(row) + 4
        style = "column key" if row in keys else "column"
        yield f'<g class="row" data-name="{escape(table.name)}.{escape(row)}">'
        yield f"<title>{escape(' · '.join(filter(None, [column.type, column.comment])))}</title>"
        yield f'<text class="{style}" x="{x + 12:.1f}" y="{y:.1f}">{escape(row)}</text>'
        right = f'x="{x + box.width - 12:.1f}" y="{y:.1f}"'
        yield f'<text class="type" {right} text-anchor="end">{escape(_short(column.type))}</text></g>'
    yield "</g>"


def _caption(table: Table) -> str:
    return f"{table.kind} · {table.product}"


def _short(type_: str) -> str:
    return type_ if len(type_) <= 24 else f"{type_[:23]}…"
