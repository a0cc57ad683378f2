-- each day has one port of the first rank
SELECT dt, count_if(bytes_rank = 1) AS first_ones
FROM data_port_usage
GROUP BY dt
HAVING count_if(bytes_rank = 1) <> 1
