-- no packet is lost or counted twice on the way
SELECT stats.dt, stats.packets AS here, flows.packets AS in_the_records
FROM (SELECT dt, sum(packets) AS packets FROM data_app_conn_stats GROUP BY dt) AS stats
FULL JOIN (
  SELECT dt, sum(packets) AS packets
  FROM inter_model_flowlogs
  WHERE action = 'ACCEPT' AND log_status = 'OK'
  GROUP BY dt
) AS flows ON stats.dt = flows.dt
WHERE stats.packets IS DISTINCT FROM flows.packets;

SELECT * FROM data_app_conn_stats WHERE packets < 0 OR bytes_sent < 0 OR connection_seconds < 0
