-- How many exceptions of which type came in on which day, over the last 30 days.
SET VARIABLE archive = coalesce(getvariable('archive'), 's3://BUCKET/logs'); -- or the folder of a local copy

SELECT dt, exception_type, response_code, count(*) AS records, count(DISTINCT integration_id) AS integrations
FROM read_parquet(getvariable('archive') || '/dt=*/integration-*.parquet', hive_partitioning = true)
-- without union_by_name, since objects of every version have these columns: objects of other days are not even opened
WHERE dt >= current_date - 30
GROUP BY dt, exception_type, response_code
ORDER BY dt, records DESC, exception_type, response_code;
