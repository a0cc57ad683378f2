-- what counts as traffic has addresses, ports and numbers
SELECT *
FROM inter_model_flowlogs
WHERE log_status = 'OK'
  AND (source_ip_address IS NULL OR destination_ip_address IS NULL OR destination_port IS NULL
    OR packets IS NULL OR bytes_sent IS NULL OR action IS NULL OR action NOT IN ('ACCEPT', 'REJECT'));

-- nothing is invented for windows without data
SELECT *
FROM inter_model_flowlogs
WHERE log_status <> 'OK' AND (packets IS NOT NULL OR bytes_sent IS NOT NULL);

-- every whole record of staging arrived, once
SELECT whole.records AS in_staging, arrived.records AS here
FROM (SELECT count(*) AS records FROM staging_raw_vpcflowlogs WHERE NOT is_truncated) AS whole
CROSS JOIN (SELECT count(*) AS records FROM inter_model_flowlogs) AS arrived
WHERE whole.records <> arrived.records
