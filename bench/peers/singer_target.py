"""target-files: Singer records as files of gzip'd NDJSON or Parquet, in a folder or in S3, on the Meltano SDK.

A sink of its own, since target-jsonl and target-parquet of PyPI are of 2022 and 2019 and pin what the SDK cannot have.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, override

import msgspec
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecReader

TYPES = {"integer": "int64", "boolean": "bool", "number": "double"}


class Files(BatchSink):
    """Each batch is one file."""

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "batch"
            if self.config["format"] == "parquet":
                self._write_parquet(context["records"], path)
                suffix = "parquet"
            else:
                with gzip.open(path, "wb", compresslevel=6) as file:
                    file.writelines(msgspec.json.encode(record) + b"\n" for record in context["records"])
                suffix = "jsonl.gz"
            self._put(path, f"{self.stream_name}/{context['batch_start_time']:%Y%m%dT%H%M%S%f}.{suffix}")

    def _write_parquet(self, records: list[dict[str, Any]], path: Path) -> None:
        import pyarrow as pa  # noqa: PLC0415  # NDJSON does not need it
        import pyarrow.parquet as pq  # noqa: PLC0415

        fields = []
        for name, kind in self.schema["properties"].items():
            if kind.get("format") == "date-time":
                fields.append(pa.field(name, pa.timestamp("us", "UTC")))
            else:
                fields.append(pa.field(name, next((TYPES[each] for each in kind["type"] if each in TYPES), "string")))
        rows = [{name: _flat(value) for name, value in record.items()} for record in records]
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(fields)), path, compression="zstd")

    def _put(self, path: Path, key: str) -> None:
        if folder := self.config.get("folder"):
            target = Path(folder) / key
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            return
        import boto3  # noqa: PLC0415

        s3 = boto3.client("s3", endpoint_url=self.config.get("endpoint"))
        s3.upload_file(str(path), self.config["bucket"], key)


def _flat(value: object) -> object:
    """As Parquet takes it: what is nested as JSON."""
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value


class TargetFiles(Target):
    """The target and its settings."""

    name = "target-files"
    default_sink_class = Files
    message_reader_class = MsgSpecReader
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("bucket", th.StringType),
        th.Property("folder", th.StringType),
        th.Property("endpoint", th.StringType),
        th.Property("format", th.StringType, allowed_values=["ndjson", "parquet"], default="ndjson"),
    ).to_dict()


if __name__ == "__main__":
    TargetFiles.cli()
