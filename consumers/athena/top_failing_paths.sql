-- Which calls fail most, over the last 30 days. A fingerprint is one problem: its paths differ in their ids only.
SELECT integration_id, host, method, min(regexp_extract(full_url, '^[^:]+://[^/?#]*([^?#]*)', 1)) AS a_path,
       exception_type, response_code, remedy, count(*) AS records, max(created_at) AS last_seen, fingerprint
FROM logs
WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS DATE) AS VARCHAR)
GROUP BY integration_id, host, method, exception_type, response_code, remedy, fingerprint
ORDER BY records DESC, fingerprint, remedy
LIMIT 20
