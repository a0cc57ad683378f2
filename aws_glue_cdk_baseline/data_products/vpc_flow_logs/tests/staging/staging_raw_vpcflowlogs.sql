-- no log is of a version that this product does not know
SELECT version, count(*) AS records
FROM staging_raw_vpcflowlogs
WHERE NOT is_truncated AND version NOT BETWEEN 2 AND 5
GROUP BY version;

-- at most one line in ten is cut off: more is a delivery that went wrong
SELECT count_if(is_truncated) AS truncated, count(*) AS records
FROM staging_raw_vpcflowlogs
HAVING count_if(is_truncated) > 0.1 * count(*);

-- a window ends after it began
SELECT interface_id, `start`, `end`
FROM staging_raw_vpcflowlogs
WHERE NOT is_truncated AND `end` < `start`
