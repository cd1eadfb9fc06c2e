"""Sendcloud's integration logs by dlt: a rest_api source with its header-link paginator, to the filesystem destination.

As its documentation has it for an API that serves the newest first and cannot filter by time: the incremental cursor
is created_at in descending order, so that paging ends at the first record older than the newest of the last run.
Nested fields stay JSON. A look-back is dlt's lag.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dlt
from dlt.sources.rest_api import rest_api_source

from bench.peers.command import Job, job

if TYPE_CHECKING:
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

LOADER_FORMATS = {"ndjson": "jsonl", "parquet": "parquet"}


def _with_a_time(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time as such: as text, times of different offsets do not compare."""
    if record.get("created_at"):
        record["created_at"] = datetime.fromisoformat(record["created_at"]).astimezone(UTC)
    return record


def configuration(asked: Job) -> RESTAPIConfig:
    """The source: a resource for each stream, all into one table."""

    def resource(name: str, path: str) -> EndpointResource:
        return {
            "name": name,
            "table_name": "logs",
            "endpoint": {
                "path": path,
                "params": {"page_size": asked.page_size},
                "data_selector": "data",
                "incremental": {
                    "cursor_path": "created_at",
                    "row_order": "desc",
                    "on_cursor_value_missing": "include",
                    "lag": asked.look_back.total_seconds() or None,
                },
            },
            "processing_steps": [{"map": _with_a_time}],  # type: ignore[typeddict-item]
        }

    return {
        "client": {
            "base_url": f"{asked.base_url}/",
            "auth": {"type": "http_basic", "username": asked.public_key, "password": asked.secret_key},
            "paginator": {"type": "header_link"},
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "append",
            "max_table_nesting": 0,
            "parallelized": True,
        },
        "resources": [resource(name, path) for name, path in asked.streams.items()],
    }


def run(asked: Job) -> None:
    """Load what is new."""
    dlt.config["runtime.dlthub_telemetry"] = False
    source = rest_api_source(configuration(asked), name="sendcloud")
    credentials = {"credentials": {"endpoint_url": asked.endpoint}} if asked.endpoint else {}
    pipeline = dlt.pipeline(
        "sendcloud_logs",
        pipelines_dir=str(asked.state),
        destination=dlt.destinations.filesystem(asked.target, **credentials),
        dataset_name="sendcloud",
    )
    pipeline.run(source, loader_file_format=LOADER_FORMATS[asked.format])  # type: ignore[arg-type]


if __name__ == "__main__":
    run(job(str(__doc__)))
    sys.exit(0)
