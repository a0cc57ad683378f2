INSERT OVERWRITE staging_a
SELECT x
FROM staging_b
