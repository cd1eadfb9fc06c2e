-- Every exception of one shop in the last seven days, the newest first. Only the shop's own objects are read.
SET VARIABLE archive = coalesce(getvariable('archive'), 's3://BUCKET/logs'); -- or the folder of a local copy
SET VARIABLE integration = coalesce(getvariable('integration'), 400001);

SELECT created_at, method, full_url, response_code, exception_type, exception, remedy, id
FROM read_parquet(
    getvariable('archive') || '/dt=*/integration-' || getvariable('integration') || '.*parquet', -- the parts too
    hive_partitioning = true, union_by_name = true
)
WHERE dt >= current_date - 7
ORDER BY created_at DESC, id DESC;
