INSERT OVERWRITE staging_orders
SELECT
  id,
  custmer
FROM raw_orders
