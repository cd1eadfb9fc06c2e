#!/usr/bin/env bash
# list-changed.sh BUCKET SINCE: the archive's objects that were written since then (UTC, such as 2026-11-20T06:00),
# a line each: when, size in bytes, key. The whole archive is listed for it: for a job, events are better.
set -euo pipefail
if [[ $# -ne 2 || $1 == -* ]]; then
  sed -n '2,3s/^# //p' "$0"
  exit 2
fi
aws s3api list-objects-v2 --bucket "$1" --prefix logs/ --output text \
  --query "sort_by(Contents || \`[]\`, &LastModified)[?LastModified >= '$2'].[LastModified, Size, Key]"
