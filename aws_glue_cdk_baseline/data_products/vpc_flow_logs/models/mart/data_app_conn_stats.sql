INSERT OVERWRITE data_app_conn_stats
SELECT
  source_ip_address,
  destination_port,
  sum(packets) AS packets,
  sum(bytes_sent) AS bytes_sent,
  sum(unix_seconds(last_packet_received_time) - unix_seconds(first_packet_received_time)) AS connection_seconds,
  count(*) AS flow_records,
  dt
FROM inter_model_flowlogs
WHERE action = 'ACCEPT' AND log_status = 'OK'
GROUP BY source_ip_address, destination_port, dt
