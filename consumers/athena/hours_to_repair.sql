-- How long a problem lasts until it is repaired, over the last 30 days. Six hours without a record of the fingerprint
-- end an episode; one that is not over yet is counted as open and not timed.
WITH records AS (
    SELECT integration_id, host, remedy, fingerprint, created_at,
           lag(created_at) OVER (PARTITION BY fingerprint ORDER BY created_at) AS before
    FROM logs
    WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS DATE) AS VARCHAR)
), numbered AS (
    SELECT integration_id, host, remedy, fingerprint, created_at,
           sum(CASE WHEN before IS NULL OR created_at > before + INTERVAL '6' HOUR THEN 1 ELSE 0 END)
               OVER (PARTITION BY fingerprint ORDER BY created_at) AS episode
    FROM records
), episodes AS (
    SELECT fingerprint, min(integration_id) AS integration_id, min(host) AS host, min(remedy) AS remedy,
           count(*) AS records, max(created_at) >= current_timestamp - INTERVAL '6' HOUR AS is_open,
           date_diff('second', min(created_at), max(created_at)) / 3600e0 AS hours
    FROM numbered
    GROUP BY fingerprint, episode
)
SELECT integration_id, host, min(remedy) AS remedy, sum(records) AS records, count(*) AS episodes,
       count_if(is_open) AS open, round(avg(hours) FILTER (WHERE NOT is_open), 2) AS average_hours,
       round(max(hours) FILTER (WHERE NOT is_open), 2) AS longest_hours, fingerprint
FROM episodes
GROUP BY integration_id, host, fingerprint
ORDER BY longest_hours DESC NULLS LAST, fingerprint
