-- How many exceptions of which type came in on which day, over the last 30 days.
SELECT dt, exception_type, response_code, count(*) AS records, count(DISTINCT integration_id) AS integrations
FROM logs
WHERE dt >= CAST(CAST(current_date - INTERVAL '30' DAY AS DATE) AS VARCHAR)
GROUP BY dt, exception_type, response_code
ORDER BY dt, records DESC, exception_type, response_code
