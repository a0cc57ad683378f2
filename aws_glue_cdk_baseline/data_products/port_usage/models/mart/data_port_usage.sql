-- data_app_conn_stats is a mart of the product vpc_flow_logs: its contract is all that is known of it here
INSERT OVERWRITE data_port_usage
WITH ports AS (
  SELECT
    destination_port,
    count(DISTINCT source_ip_address) AS source_addresses,
    sum(bytes_sent) AS bytes_sent,
    dt
  FROM data_app_conn_stats
  GROUP BY destination_port, dt
)
SELECT
  destination_port,
  source_addresses,
  bytes_sent,
  rank() OVER (PARTITION BY dt ORDER BY bytes_sent DESC, destination_port) AS bytes_rank,
  dt
FROM ports
