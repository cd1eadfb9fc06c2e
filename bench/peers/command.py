"""The command line that every peer has: where it reads, where it puts the records, and what it keeps between runs."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

KEYS = ("SENDCLOUD_PUBLIC_KEY", "SENDCLOUD_SECRET_KEY")


@dataclass(frozen=True)
class Job:
    """One run. ``integrations`` is empty for the account's one stream; ``endpoint`` is S3's, where it is not AWS's."""

    base_url: str
    integrations: tuple[int, ...]
    public_key: str
    secret_key: str
    bucket: str
    folder: Path | None
    endpoint: str | None
    state: Path
    look_back: timedelta
    page_size: int
    format: str

    @property
    def streams(self) -> dict[str, str]:
        """The path of each stream that is read, relative to the base URL, by a name for it."""
        return {f"integration_{each}": f"integrations/{each}/logs" for each in self.integrations} or {
            "account": "integrations/logs"
        }

    @property
    def target(self) -> str:
        """Where the records go: an S3 URL, or a folder."""
        return f"s3://{self.bucket}" if self.bucket else str(self.folder)

    def put(self, key: str, path: Path) -> None:
        """Bring a finished file to the target."""
        if self.folder:
            (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, self.folder / key)
            return
        import boto3  # noqa: PLC0415  # half a second, which a folder does not need

        boto3.client("s3", endpoint_url=self.endpoint).upload_file(str(path), self.bucket, key)


def job(description: str, formats: tuple[str, ...] = ("ndjson", "parquet")) -> Job:
    """What the command line asks for; ends the program with a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(
        description=description.strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Sendcloud's keys come from {' and '.join(KEYS)}, the ones of S3 from where boto3 looks for them.",
    )
    parser.add_argument("--base-url", default="https://panel.sendcloud.sc/api/v3", help="the API (%(default)s)")
    parser.add_argument(
        "--integration", type=int, action="append", default=[], help="read this one, may be repeated; else all in one"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--bucket", default="", help="the S3 bucket that the records go to")
    target.add_argument("--folder", type=Path, help="the folder that the records go to")
    parser.add_argument("--endpoint", help="where S3 answers, if it is not AWS's")
    parser.add_argument("--state", type=Path, required=True, help="the folder of what is kept between runs")
    parser.add_argument("--look-back", type=float, default=0, help="days below the newest to read again (%(default)s)")
    parser.add_argument("--page-size", type=int, default=100, help="records a request (%(default)s)")
    parser.add_argument("--format", choices=formats, default=formats[0], help="of the files (%(default)s)")
    options = parser.parse_args()
    missing = [name for name in KEYS if not os.environ.get(name)]
    if missing:
        sys.exit(f"Set {' and '.join(missing)} to the account's API keys.")
    options.state.mkdir(parents=True, exist_ok=True)
    return Job(
        base_url=options.base_url.rstrip("/"),
        integrations=tuple(options.integration),
        public_key=os.environ[KEYS[0]],
        secret_key=os.environ[KEYS[1]],
        bucket=options.bucket,
        folder=options.folder and options.folder.resolve(),
        endpoint=options.endpoint,
        state=options.state.resolve(),
        look_back=timedelta(days=options.look_back),
        page_size=options.page_size,
        format=options.format,
    )
