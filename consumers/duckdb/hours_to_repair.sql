-- How long a problem lasts until it is repaired, over the last 30 days. Six hours without a record of the fingerprint
-- end an episode; one that is not over yet is counted as open and not timed.
SET VARIABLE archive = coalesce(getvariable('archive'), 's3://BUCKET/logs'); -- or the folder of a local copy

WITH records AS (
    SELECT integration_id, host, remedy, fingerprint, created_at,
           lag(created_at) OVER (PARTITION BY fingerprint ORDER BY created_at) AS before
    FROM read_parquet(getvariable('archive') || '/dt=*/integration-*.parquet', hive_partitioning = true, union_by_name = true)
    WHERE dt >= current_date - 30
), numbered AS (
    SELECT *, count(*) FILTER (WHERE before IS NULL OR created_at > before + INTERVAL 6 HOURS)
              OVER (PARTITION BY fingerprint ORDER BY created_at) AS episode
    FROM records
), episodes AS (
    SELECT fingerprint, min(integration_id) AS integration_id, min(host) AS host, min(remedy) AS remedy,
           count(*) AS records, max(created_at) >= now() - INTERVAL 6 HOURS AS is_open,
           epoch(max(created_at) - min(created_at)) / 3600 AS hours
    FROM numbered
    GROUP BY fingerprint, episode
)
SELECT integration_id, host, min(remedy) AS remedy, sum(records) AS records, count(*) AS episodes,
       count(*) FILTER (WHERE is_open) AS open, round(avg(hours) FILTER (WHERE NOT is_open), 2) AS average_hours,
       round(max(hours) FILTER (WHERE NOT is_open), 2) AS longest_hours, fingerprint
FROM episodes
GROUP BY integration_id, host, fingerprint
ORDER BY longest_hours DESC NULLS LAST, fingerprint;
