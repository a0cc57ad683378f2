"""The folders of data products: which files there are, and what each of them says."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from aws_glue_cdk_baseline.errors import Problem, nearest, shown_path
from aws_glue_cdk_baseline.sql_products.column_files import NAME
from aws_glue_cdk_baseline.sql_products.contract_files import read_contract
from aws_glue_cdk_baseline.sql_products.model_files import read_model, read_test
from aws_glue_cdk_baseline.sql_products.product import PRODUCT_LAYERS, Product, ProductLayer
from aws_glue_cdk_baseline.sql_products.source_files import read_source

KINDS = ("sources", "contracts", "models", "tests")
_Read = TypeVar("_Read")


def examine_products(folder: Path) -> tuple[dict[str, Product], list[Problem]]:
    """Look at every product below a folder, whatever is wrong with a part of it.

    Returns
    -------
    tuple
        The products by name, as far as they can be read, and the mistakes of their files one by one. What only several
        files together show is left to `build_graph`.
    """
    problems: list[Problem] = []
    products = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.is_dir() or path.name.startswith((".", "__")):
            if path.suffix.lower() == ".sql":
                problems.append(
                    Problem(shown_path(path), 0, f"lies in no product: expected <product>/{'|'.join(KINDS)}/")
                )
        elif not NAME.fullmatch(path.name):
            problems.append(Problem(shown_path(path), 0, "a product's name has small letters, digits and underscores"))
        else:
            products[path.name] = _read_product(path, problems)
    return products, problems


def _read_product(folder: Path, problems: list[Problem]) -> Product:
    problems += _stray_files(folder)
    unread: set[str] = set()

    def read(files: Iterable[tuple[Path, _Read | None]]) -> list[_Read]:
        found = []
        for file, one in files:
            if one is None:
                unread.add(file.stem)
            else:
                found.append(one)
        return found

    def layered(
        kind: str, reader: Callable[[Path, str, ProductLayer, list[Problem]], _Read | None]
    ) -> Iterator[tuple[Path, _Read | None]]:
        for layer in PRODUCT_LAYERS:
            for file in _sql_files(folder / kind / layer.name):
                yield file, reader(file, folder.name, layer, problems)

    return Product(
        name=folder.name,
        sources=read((file, read_source(file, folder.name, problems)) for file in _sql_files(folder / "sources")),
        contracts=read(layered("contracts", read_contract)),
        models=read(layered("models", read_model)),
        tests=[test for _, test in layered("tests", read_test) if test],
        unread=frozenset(unread),
    )


def _sql_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


def _stray_files(folder: Path) -> Iterator[Problem]:
    """Find SQL files that nothing would read."""
    layers = {layer.name for layer in PRODUCT_LAYERS}
    for file in sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".sql"):
        kind, *inner = file.relative_to(folder).parts[:-1] or ("",)
        if kind not in KINDS:
            text = f"{kind} is none of the folders of a product{nearest(kind, KINDS)}" if kind else "lies in no folder"
        elif kind == "sources" and inner:
            text = "sources lie beside each other, in no further folder"
        elif kind != "sources" and not inner:
            text = f"lies in no layer: expected {kind}/{'|'.join(layer.name for layer in PRODUCT_LAYERS)}/"
        elif inner and (inner[0] not in layers or len(inner) > 1):
            text = f"{'/'.join(inner)} is not a layer{nearest(inner[0], layers)}"
        elif file.suffix != ".sql":
            text = f"should end in .sql, found {file.suffix}"
        else:
            continue
        yield Problem(shown_path(file), 0, text)
