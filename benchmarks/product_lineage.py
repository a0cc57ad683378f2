"""What it costs to read data products: 300 generated models with random dependencies, from files to order and lineage.

Run it by `python benchmarks/product_lineage.py [MODELS] [RUNS]` in the environment that `make` sets up.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the app is no installed package

from aws_glue_cdk_baseline.sql_products.building import load_graph
from aws_glue_cdk_baseline.sql_products.drawing import page
from aws_glue_cdk_baseline.sql_products.graph import ProductGraph

LAYERS = ("staging", "intermediate", "mart")
COLUMNS = "id BIGINT, customer STRING, amount DECIMAL(10,2), quantity INT, day DATE"
QUERY = """INSERT OVERWRITE {name}
WITH recent AS (
  SELECT id, customer, amount, quantity, day, row_number() OVER (PARTITION BY customer ORDER BY day DESC) AS number
  FROM {first}
  WHERE amount > 0 AND day >= DATE '2026-01-01'
)
SELECT
  r.id,
  upper(r.customer) AS customer,
  CAST(sum(r.amount) AS DECIMAL(10,2)) AS amount,
  CAST(max(coalesce({other}.quantity, r.quantity)) AS INT) AS quantity,
  r.day
FROM recent AS r
{joins}
WHERE r.number = 1 AND r.customer LIKE 'a%'
GROUP BY r.id, r.customer, r.day
"""


def write_products(folder: Path, models: int, seed: int = 1) -> None:
    """Write one product per hundred models; each model reads one to four tables before it."""
    chance = random.Random(seed)
    source = f"CREATE TEMPORARY VIEW raw ({COLUMNS}) USING parquet OPTIONS (path '${{raw}}')"
    made: list[tuple[str, str]] = []
    (folder / "p0" / "sources").mkdir(parents=True)
    (folder / "p0" / "sources" / "raw.sql").write_text(source, encoding="utf-8")
    for number in range(models):
        product, layer = f"p{number // 100}", LAYERS[number % 100 * len(LAYERS) // 100]
        name = f"{layer}_{number:03}"
        readable = [one for one, of in made if of == product] or (["raw"] if product == "p0" else [])
        readable += [one for one, of in made if of != product and one.startswith("mart") and layer != "staging"]
        reads = chance.sample(readable, min(len(readable), chance.randint(1, 4))) or ["seed"]
        if reads == ["seed"]:
            (folder / product / "sources").mkdir(parents=True, exist_ok=True)
            reads = [f"raw_{product}"]
            text = source.replace("raw", reads[0])
            (folder / product / "sources" / f"{reads[0]}.sql").write_text(text, encoding="utf-8")
        joins = "\n".join(f"LEFT JOIN {one} ON r.id = {one}.id AND {one}.quantity > 1" for one in reads[1:])
        query = QUERY.format(name=name, first=reads[0], other=(["r", *reads[1:]])[-1], joins=joins)
        contract = f"CREATE TABLE {name} ({COLUMNS}) TBLPROPERTIES ('owner' = 'x')"
        for kind, sql in (("models", query), ("contracts", contract)):
            (folder / product / kind / layer).mkdir(parents=True, exist_ok=True)
            (folder / product / kind / layer / f"{name}.sql").write_text(sql, encoding="utf-8")
        made.append((name, product))


def read(folder: Path) -> ProductGraph:
    """Read, check and order everything, column lineage included."""
    graph = load_graph(folder)
    built = [name for product in graph.product_order for level in graph.levels(product) for name in level]
    assert len(built) == sum(1 for table in graph.tables.values() if table.model)
    assert sum(1 for _ in graph.column_lineage()) > len(built)
    return graph


def main() -> None:
    """Print the median of CPU and wall seconds."""
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_products(folder, models)
        timings = []
        for _ in range(runs):
            cpu, wall = time.process_time(), time.monotonic()
            graph = read(folder)
            timings.append((time.process_time() - cpu, time.monotonic() - wall))
        cpu, wall = (statistics.median(one) for one in zip(*timings, strict=True))
        edges = sum(len(inputs) for inputs in graph.inputs.values())
        print(f"{models} models, {edges} reads: CPU {cpu:.2f} s, wall {wall:.2f} s (median of {runs})")
        before = time.process_time()
        size = len(page(graph, columns=True))
        print(f"the page with columns: {size / 1e6:.1f} MB, CPU {time.process_time() - before:.2f} s")


if __name__ == "__main__":
    main()
