#!/usr/bin/env bash
# sync-week.sh BUCKET FOLDER: brings FOLDER up to date with the archive's last seven days, today included.
# Only what has changed since is fetched. DuckDB, pandas and polars read FOLDER as they read s3://BUCKET/logs.
set -euo pipefail
if [[ $# -ne 2 || $1 == -* ]]; then
  sed -n '2,3s/^# //p' "$0"
  exit 2
fi
bucket=$1 folder=$2
now=$(date -u +%s)
for back in 0 1 2 3 4 5 6; do
  second=$((now - back * 86400))
  day=$(date -u -d "@$second" +%F 2>/dev/null || date -u -r "$second" +%F) # GNU's date, or macOS'
  aws s3 sync --no-progress "s3://$bucket/logs/dt=$day/" "$folder/dt=$day/"
done
