CREATE TABLE inter_model_flowlogs (
  log_version INT NOT NULL,
  source_account_id STRING COMMENT 'Owner of the network interface; NULL if AWS did not tell it',
  network_interface_id STRING NOT NULL,
  source_ip_address STRING COMMENT 'IPv4 or IPv6; NULL where log_status is not OK',
  destination_ip_address STRING COMMENT 'IPv4 or IPv6; NULL where log_status is not OK',
  source_port INT,
  destination_port INT,
  ip_protocol INT COMMENT 'IANA number: 6 is TCP, 17 UDP, 1 and 58 are ICMP',
  packets BIGINT,
  bytes_sent BIGINT,
  first_packet_received_time TIMESTAMP NOT NULL COMMENT 'Begin of the window where log_status is not OK',
  last_packet_received_time TIMESTAMP NOT NULL COMMENT 'End of the window where log_status is not OK',
  action STRING COMMENT 'ACCEPT or REJECT; NULL where log_status is not OK',
  log_status STRING NOT NULL COMMENT 'OK, NODATA: no traffic in the window, SKIPDATA: records were skipped',
  vpc_id STRING COMMENT 'From here on NULL if the log does not have the field',
  subnet_id STRING,
  instance_id STRING,
  tcp_flags INT,
  ip_version STRING COMMENT 'IPv4 or IPv6, told from the address where the log does not say it',
  packet_source_ip_address STRING,
  packet_destination_ip_address STRING,
  aws_region STRING,
  availability_zone_id STRING,
  source_aws_service STRING,
  destination_aws_service STRING,
  flow_direction STRING,
  traffic_path INT,
  dt DATE NOT NULL COMMENT 'Day (UTC) of first_packet_received_time'
)
COMMENT 'Every whole flow log record, typed and renamed'
PARTITIONED BY (dt)
TBLPROPERTIES ('owner' = 'network-team', 'freshness' = '24 hours', 'version' = '1')
