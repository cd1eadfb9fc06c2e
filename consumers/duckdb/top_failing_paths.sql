-- Which calls fail most, over the last 30 days. A fingerprint is one problem: its paths differ in their ids only.
SET VARIABLE archive = coalesce(getvariable('archive'), 's3://BUCKET/logs'); -- or the folder of a local copy

SELECT integration_id, host, method, min(regexp_extract(full_url, '^[^:]+://[^/?#]*([^?#]*)', 1)) AS a_path,
       exception_type, response_code, remedy, count(*) AS records, max(created_at) AS last_seen, fingerprint
FROM read_parquet(getvariable('archive') || '/dt=*/integration-*.parquet', hive_partitioning = true, union_by_name = true)
WHERE dt >= current_date - 30
GROUP BY integration_id, host, method, exception_type, response_code, remedy, fingerprint
ORDER BY records DESC, fingerprint, remedy
LIMIT 20;
