"""The differences of contracts as text for a terminal and as Markdown for a pull request."""

from collections.abc import Iterator, Sequence

from aws_glue_cdk_baseline.sql_products.differences import Change, TableDifference, undeclared
from aws_glue_cdk_baseline.sql_products.graph import Reader

_NOTHING = "No contract, source or model differs from {}."


def as_text(differences: Sequence[TableDifference], against: str) -> str:
    """Return one block per table, the verdict last."""
    if not differences:
        return _NOTHING.format(against)
    blocks = ["\n".join(_text_block(one)) for one in differences]
    return "\n\n".join([f"Compared with {against}:", *blocks, verdict(differences)])


def as_markdown(differences: Sequence[TableDifference], against: str) -> str:
    """Return a comment for a pull request: the verdict first, then a table per contract."""
    if not differences:
        return f"### Data products\n\n{_NOTHING.format(against)}\n"
    lines = ["### Data products", "", f"Compared with `{against}`: **{verdict(differences)}**"]
    for one in differences:
        lines += ["", f"#### `{one.name}` ({one.product}, {one.kind}{_versions(one)})", ""]
        lines += ["| | change | read by |", "|---|---|---|"]
        lines += [
            f"| {_word(one, change)} | {_cell(change.text)} | {_cell_of_readers(change)} |" for change in one.changes
        ]
    return "\n".join(lines) + "\n"


def verdict(differences: Sequence[TableDifference]) -> str:
    """Say in a sentence whether readers break."""
    broken = undeclared(list(differences))
    if broken:
        names = ", ".join(one.name for one in broken)
        return (
            f"{names} would break {'its' if len(broken) == 1 else 'their'} readers. If that is meant, raise the table "
            "property version in the contract, or withdraw a table by DROP TABLE in its contract's file."
        )
    declared = [one.name for one in differences if one.breaking]
    if declared:
        return f"Readers break, as {', '.join(declared)} {'says' if len(declared) == 1 else 'say'}."
    return "No reader breaks."


def _text_block(one: TableDifference) -> Iterator[str]:
    yield f"{one.name} ({one.product}, {one.kind}{_versions(one)})"
    for change in one.changes:
        yield f"  {_word(one, change):9} {change.text}"
        for reader in change.readers:
            yield f"            read by {_reader(reader)}, {reader.place}"
        for reader in change.former_readers:
            yield f"            was read by {_reader(reader)} before this change"


def _word(one: TableDifference, change: Change) -> str:
    return "declared" if change.kind == "breaking" and one.declared else change.kind


def _versions(one: TableDifference) -> str:
    before, after = one.versions
    if before and after and before != after:
        return f", version {before} -> {after}"
    return f", version {after or before}" if after or before else ""


def _reader(reader: Reader) -> str:
    return f"{'test ' if reader.is_test else ''}{reader.product}.{reader.table}"


def _cell_of_readers(change: Change) -> str:
    now = [f"{_cell(_reader(one))} (`{one.place}`)" for one in change.readers]
    return "<br>".join([*now, *(f"{_cell(_reader(one))} (before this change)" for one in change.former_readers)])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
