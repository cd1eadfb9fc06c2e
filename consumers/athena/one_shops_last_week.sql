-- Every exception of one shop in the last seven days, the newest first.
SELECT created_at, method, full_url, response_code, exception_type, exception, remedy, id
FROM logs
WHERE dt >= CAST(CAST(current_date - INTERVAL '7' DAY AS DATE) AS VARCHAR)
  AND integration_id = 400001 -- the shop
ORDER BY created_at DESC, id DESC
