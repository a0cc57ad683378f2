"""The README for authors: its examples are read without a mistake, and it names every format, type and folder."""

from __future__ import annotations

import re

from aws_glue_cdk_baseline.sql_products.column_types import KNOWN
from aws_glue_cdk_baseline.sql_products.commands import DATA_PRODUCTS
from aws_glue_cdk_baseline.sql_products.product import PRODUCT_LAYERS
from aws_glue_cdk_baseline.sql_products.source_files import FILE_FORMATS

TEXT = (DATA_PRODUCTS / "README.md").read_text(encoding="utf-8")


def test_its_examples_are_a_product_without_a_mistake(products):
    contract, model, source = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    products.write("shop/contracts/mart/data_daily_orders.sql", contract)
    products.write("shop/models/mart/data_daily_orders.sql", model)
    products.write("shop/sources/raw_orders.sql", source)
    query = "SELECT customer, to_date(ordered) AS dt FROM raw_orders WHERE ordered IS NOT NULL"
    products.table("shop", "intermediate", "inter_orders", "customer STRING NOT NULL, dt DATE NOT NULL", query)
    assert products.problems() == []
    assert products.graph().levels("shop") == [["inter_orders"], ["data_daily_orders"]]


def test_it_names_what_can_be_written():
    for name in (
        *FILE_FORMATS,
        *(layer.name for layer in PRODUCT_LAYERS),
        *(layer.database("dev") for layer in PRODUCT_LAYERS),
    ):
        assert f"`{name}`" in TEXT, name
    for name in KNOWN:
        assert f"`{name.split('(')[0].split('<')[0].upper()}" in TEXT, name
