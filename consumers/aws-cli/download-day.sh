#!/usr/bin/env bash
# download-day.sh BUCKET DAY FOLDER [INTEGRATION]: fetches a day (YYYY-MM-DD, UTC) of the archive into FOLDER.
# With INTEGRATION, only that shop's objects are listed and fetched: all that its own reader may see.
set -euo pipefail
if [[ $# -lt 3 || $# -gt 4 || $1 == -* ]]; then
  sed -n '2,3s/^# //p' "$0"
  exit 2
fi
bucket=$1 day=$2 folder=$3
prefix="logs/dt=$day/integration-${4:+$4.}" # the dot: 101 is not 1010
mkdir -p "$folder/dt=$day"
aws s3api list-objects-v2 --bucket "$bucket" --prefix "$prefix" --query 'Contents[].[Key]' --output text |
  while read -r key; do
    [[ $key == None ]] || aws s3 cp --only-show-errors "s3://$bucket/$key" "$folder/dt=$day/${key##*/}"
  done
