CREATE TABLE data_app_conn_stats (
  source_ip_address STRING NOT NULL COMMENT 'Who connected, IPv4 or IPv6',
  destination_port INT NOT NULL COMMENT 'To which port; 0 for protocols without ports',
  packets BIGINT NOT NULL COMMENT 'Packets sent on that day',
  bytes_sent BIGINT NOT NULL COMMENT 'Bytes sent on that day',
  connection_seconds BIGINT NOT NULL COMMENT 'Sum over the records of the time from first to last packet',
  flow_records BIGINT NOT NULL COMMENT 'How many flow log records these are',
  dt DATE NOT NULL COMMENT 'Day (UTC)',
  PRIMARY KEY (source_ip_address, destination_port, dt)
)
COMMENT 'Accepted traffic by day, source address and destination port'
PARTITIONED BY (dt)
TBLPROPERTIES ('owner' = 'network-team', 'freshness' = '24 hours', 'version' = '1')
