INSERT OVERWRITE staging_b
SELECT x FROM staging_a
