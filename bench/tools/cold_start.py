"""Started by ``bench.works.cold``, each time in a fresh process: what is measured, and nothing else.

``python bench/tools/cold_start.py NAME [EVENT]``; the last line that it writes is JSON: ``cpu`` and ``at``, the seconds
on a processor and the monotonic time at which it was done. What a contestant needs is imported by it alone.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Context:
    """What Lambda hands to a handler beside the event."""

    function_name = "bench"
    function_version = "1"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    tenant_id = None

    def get_remaining_time_in_millis(self) -> int:
        """Enough."""
        return 300_000


def nothing() -> None:
    """A Python process that does nothing."""


def boto3_and_a_client() -> None:
    """What nearly every function does."""
    import boto3

    boto3.client("s3")


def typical() -> None:
    """What a competent person's function imports and makes before its handler is called."""
    import boto3
    import requests
    from aws_lambda_powertools import Logger, Metrics, Tracer
    from pydantic import BaseModel

    class Order(BaseModel):
        """What is in a message."""

        task: str
        account: str

    Logger(), Tracer(), Metrics()
    boto3.client("s3"), boto3.client("sqs")
    requests.Session()
    Order.model_validate({"task": "walk", "account": "main"})


def ours(function: str, event: str) -> None:
    """One of the stack's functions, as Lambda calls it."""
    sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]
    handler: Any = import_module(f"{function}.handler").handler
    handler(json.loads(event), Context())


OTHERS = {"nothing": nothing, "boto3": boto3_and_a_client, "typical": typical}

if __name__ == "__main__":
    name, *given = sys.argv[1:]
    if name in OTHERS:
        OTHERS[name]()
    else:
        ours(name, *given)
    sys.stdout.write(json.dumps({"cpu": time.process_time(), "at": time.monotonic()}) + "\n")
