INSERT OVERWRITE data_customers
SELECT customer, count(*) AS orders
FROM raw_orders
GROUP BY customer
