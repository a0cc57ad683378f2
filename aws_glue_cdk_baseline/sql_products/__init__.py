"""SQL data products: folders of sources, contracts, models and tests, read and checked without running them.

`load_graph` reads `data_products/`; the graph has the order, the lineage and who reads what.
"""
