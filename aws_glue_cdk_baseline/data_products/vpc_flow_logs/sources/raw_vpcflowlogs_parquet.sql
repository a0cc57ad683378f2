-- Flow logs as parquet, with the types that the documentation gives for each field. A file of a log that has fewer fields
-- lacks columns: they are NULL then.
-- https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
CREATE TEMPORARY VIEW raw_vpcflowlogs_parquet (
  version INT,
  account_id STRING,
  interface_id STRING,
  srcaddr STRING,
  dstaddr STRING,
  srcport INT,
  dstport INT,
  protocol INT,
  packets BIGINT,
  bytes BIGINT,
  `start` BIGINT,
  `end` BIGINT,
  action STRING,
  log_status STRING,
  vpc_id STRING,
  subnet_id STRING,
  instance_id STRING,
  tcp_flags INT,
  type STRING,
  pkt_srcaddr STRING,
  pkt_dstaddr STRING,
  region STRING,
  az_id STRING,
  sublocation_type STRING,
  sublocation_id STRING,
  pkt_src_aws_service STRING,
  pkt_dst_aws_service STRING,
  flow_direction STRING,
  traffic_path INT
)
USING parquet
OPTIONS (path '${flow_logs_parquet}', recursiveFileLookup 'true')
