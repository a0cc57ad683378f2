CREATE TEMPORARY VIEW raw_orders (id BIGINT, customer STRING)
USING csv OPTIONS (path '${orders}')
