-- Text and parquet records together. A log's custom format may leave out the fields of versions 3, 4 or 5, and then ends
-- there; a line that ends anywhere else was cut off.
INSERT OVERWRITE staging_raw_vpcflowlogs
WITH lines AS (
  SELECT split(value, ' ') AS fields
  FROM raw_vpcflowlogs_text
  WHERE value <> '' AND value NOT LIKE 'version %'
),
text_records AS (
  SELECT
    try_cast(nullif(try_element_at(fields, 1), '-') AS INT) AS version,
    nullif(try_element_at(fields, 2), '-') AS account_id,
    nullif(try_element_at(fields, 3), '-') AS interface_id,
    nullif(try_element_at(fields, 4), '-') AS srcaddr,
    nullif(try_element_at(fields, 5), '-') AS dstaddr,
    try_cast(nullif(try_element_at(fields, 6), '-') AS INT) AS srcport,
    try_cast(nullif(try_element_at(fields, 7), '-') AS INT) AS dstport,
    try_cast(nullif(try_element_at(fields, 8), '-') AS INT) AS protocol,
    try_cast(nullif(try_element_at(fields, 9), '-') AS BIGINT) AS packets,
    try_cast(nullif(try_element_at(fields, 10), '-') AS BIGINT) AS bytes,
    try_cast(nullif(try_element_at(fields, 11), '-') AS BIGINT) AS `start`,
    try_cast(nullif(try_element_at(fields, 12), '-') AS BIGINT) AS `end`,
    nullif(try_element_at(fields, 13), '-') AS action,
    nullif(try_element_at(fields, 14), '-') AS log_status,
    nullif(try_element_at(fields, 15), '-') AS vpc_id,
    nullif(try_element_at(fields, 16), '-') AS subnet_id,
    nullif(try_element_at(fields, 17), '-') AS instance_id,
    try_cast(nullif(try_element_at(fields, 18), '-') AS INT) AS tcp_flags,
    nullif(try_element_at(fields, 19), '-') AS type,
    nullif(try_element_at(fields, 20), '-') AS pkt_srcaddr,
    nullif(try_element_at(fields, 21), '-') AS pkt_dstaddr,
    nullif(try_element_at(fields, 22), '-') AS region,
    nullif(try_element_at(fields, 23), '-') AS az_id,
    nullif(try_element_at(fields, 24), '-') AS sublocation_type,
    nullif(try_element_at(fields, 25), '-') AS sublocation_id,
    nullif(try_element_at(fields, 26), '-') AS pkt_src_aws_service,
    nullif(try_element_at(fields, 27), '-') AS pkt_dst_aws_service,
    nullif(try_element_at(fields, 28), '-') AS flow_direction,
    try_cast(nullif(try_element_at(fields, 29), '-') AS INT) AS traffic_path,
    size(fields) AS field_count,
    try_element_at(fields, -1) AS last_field
  FROM lines
),
records AS (
  SELECT
    version,
    account_id,
    interface_id,
    srcaddr,
    dstaddr,
    srcport,
    dstport,
    protocol,
    packets,
    bytes,
    `start`,
    `end`,
    action,
    log_status,
    vpc_id,
    subnet_id,
    instance_id,
    tcp_flags,
    type,
    pkt_srcaddr,
    pkt_dstaddr,
    region,
    az_id,
    sublocation_type,
    sublocation_id,
    pkt_src_aws_service,
    pkt_dst_aws_service,
    flow_direction,
    traffic_path,
    field_count <> CASE version WHEN 2 THEN 14 WHEN 3 THEN 21 WHEN 4 THEN 25 WHEN 5 THEN 29 ELSE -1 END
      OR last_field = ''
      OR coalesce(log_status NOT IN ('OK', 'NODATA', 'SKIPDATA'), true) AS is_truncated
  FROM text_records
  UNION ALL
  SELECT
    version,
    nullif(account_id, '-') AS account_id,
    nullif(interface_id, '-') AS interface_id,
    nullif(srcaddr, '-') AS srcaddr,
    nullif(dstaddr, '-') AS dstaddr,
    srcport,
    dstport,
    protocol,
    packets,
    bytes,
    `start`,
    `end`,
    nullif(action, '-') AS action,
    nullif(log_status, '-') AS log_status,
    nullif(vpc_id, '-') AS vpc_id,
    nullif(subnet_id, '-') AS subnet_id,
    nullif(instance_id, '-') AS instance_id,
    tcp_flags,
    nullif(type, '-') AS type,
    nullif(pkt_srcaddr, '-') AS pkt_srcaddr,
    nullif(pkt_dstaddr, '-') AS pkt_dstaddr,
    nullif(region, '-') AS region,
    nullif(az_id, '-') AS az_id,
    nullif(sublocation_type, '-') AS sublocation_type,
    nullif(sublocation_id, '-') AS sublocation_id,
    nullif(pkt_src_aws_service, '-') AS pkt_src_aws_service,
    nullif(pkt_dst_aws_service, '-') AS pkt_dst_aws_service,
    nullif(flow_direction, '-') AS flow_direction,
    traffic_path,
    false AS is_truncated
  FROM raw_vpcflowlogs_parquet
)
SELECT
  *,
  coalesce(to_date(timestamp_seconds(`start`)), DATE '1970-01-01') AS dt
FROM records
