CREATE TABLE data_port_usage (
  destination_port INT NOT NULL,
  source_addresses BIGINT NOT NULL COMMENT 'How many addresses connected to the port',
  bytes_sent BIGINT NOT NULL,
  bytes_rank INT NOT NULL COMMENT '1 for the port with the most bytes of the day',
  dt DATE NOT NULL COMMENT 'Day (UTC)',
  PRIMARY KEY (destination_port, dt)
)
COMMENT 'Which ports are used most, by day'
PARTITIONED BY (dt)
TBLPROPERTIES ('owner' = 'capacity-team', 'freshness' = '48 hours', 'version' = '1')
