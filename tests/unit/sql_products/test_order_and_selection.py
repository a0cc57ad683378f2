"""The order of building respects every dependency; a change selects what changed and its descendants, no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_glue_cdk_baseline.sql_products.selection import select
from tests.unit.sql_products.random_products import LAYER_NAMES, Plan, ancestors, plans, write
from tests.unit.sql_products.written_products import WrittenProducts

_EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


def graph_of(plan: Plan, folder: Path):
    shutil.rmtree(folder)
    products = WrittenProducts(folder)
    write(plan, products)
    folder.mkdir(exist_ok=True)
    return products.graph()


@_EXAMPLES
@given(plan=plans())
def test_what_is_built_first_is_what_others_are_made_of(folder, plan):
    graph = graph_of(plan, folder)
    assert {name: set(inputs) for name, inputs in graph.inputs.items()} == {one.name: set(one.reads) for one in plan}
    order = [(product, level) for product in graph.product_order for level in graph.levels(product)]
    done = {one.name for one in plan if one.kind == "source"}
    of_name = {one.name: one for one in plan}
    for product, level in order:
        assert level
        for name in level:
            assert of_name[name].product == product
            assert set(of_name[name].reads) <= done, f"{name} is built before what it reads"
        assert len({of_name[name].kind for name in level}) == 1, "a level of several layers"
        done |= set(level)
    assert done == set(of_name), "a table is never built"
    for product in "abc":
        kinds = [LAYER_NAMES.index(of_name[level[0]].kind) for one, level in order if one == product]
        assert kinds == sorted(kinds), "a layer begins before the one before it is done"


@_EXAMPLES
@given(plan=plans(), data=st.data())
def test_a_change_selects_what_changed_and_its_descendants(folder, plan, data):
    graph = graph_of(plan, folder)
    of_name = {one.name: one for one in plan}
    files, changed = [], set()
    for name in data.draw(st.lists(st.sampled_from(sorted(of_name)), unique=True)):
        table = of_name[name]
        if table.kind == "source":
            files.append(f"{table.product}/sources/{name}.sql")
            changed |= {one.name for one in plan if name in one.reads}
        else:
            kind = data.draw(st.sampled_from(["models", "contracts"]))
            files.append(f"{table.product}/{kind}/{table.kind}/{name}.sql")
            changed.add(name)
    selection = select(graph, files)
    assert selection.changed == changed
    assert selection.tables == changed | {name for name, above in ancestors(plan).items() if above & changed}
    built = [name for product in graph.product_order for level in selection.levels(graph, product) for name in level]
    assert sorted(built) == sorted(selection.tables)
    place = {name: index for index, name in enumerate(built)}
    assert all(place[read] < place[name] for name in built for read in of_name[name].reads if read in place)


def test_a_changed_test_selects_what_it_tests(sales):
    sales.write("shop/tests/mart/few_orders.sql", "SELECT * FROM data_customers JOIN inter_orders USING (customer)")
    selection = select(sales.graph(), ["shop/tests/mart/few_orders.sql"])
    assert selection.changed == {"data_customers"}
    assert selection.tables == {"data_customers", "data_loyalty"}


def test_a_changed_foreign_contract_selects_who_reads_it(sales):
    sales.contract("weather", "mart", "data_weather", "day DATE, rain DOUBLE")
    sales.table("shop", "mart", "data_rain", "day DATE", "SELECT day FROM data_weather")
    assert select(sales.graph(), ["weather/contracts/mart/data_weather.sql"]).tables == {"data_rain"}


@pytest.mark.parametrize(
    "file",
    [
        "README.md",
        "shop/README.md",
        "shop/models/mart/gone.sql",
        "gone/models/mart/data_customers.sql",
        "shop/notes/x.sql",
        "",
    ],
)
def test_what_is_no_file_of_a_table_selects_nothing(sales, file):
    assert select(sales.graph(), [file]).tables == frozenset()


def test_tests_are_run_after_the_level_that_has_the_last_of_their_tables(sales):
    sales.model("shop", "staging", "staging_days", "SELECT DISTINCT day FROM staging_orders")
    sales.write("shop/tests/staging/one.sql", "SELECT * FROM staging_orders WHERE id < 0")
    sales.write("shop/tests/staging/both.sql", "SELECT * FROM staging_orders ANTI JOIN staging_days USING (day)")
    sales.write("shop/tests/mart/other.sql", "SELECT * FROM data_customers")
    graph = sales.graph()
    assert graph.levels("shop")[:2] == [["staging_orders"], ["staging_days"]]
    first = graph.tests_after(["staging_orders"], ["staging_orders"])
    second = graph.tests_after(["staging_days"], ["staging_orders", "staging_days"])
    assert [test.name for test in first] == ["one"]
    assert [test.name for test in second] == ["both"]
    assert [test.name for test in graph.tests_after(["data_customers"], list(graph.tables))] == ["other"]
