"""A bare GET loop over a stream's pages, nothing parsed or stored: what the network alone takes.

``python -m bench.peers.bare --base-url http://127.0.0.1:8480/api/v3 --integration 400001``, with the keys in the
environment, as SENDCLOUD_PUBLIC_KEY and SENDCLOUD_SECRET_KEY. One kept-alive connection, one page after the other, the
integrations one after the other; with ``--connections`` they are walked side by side.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEXT = re.compile(r'<[^>]*\?([^>]*)>; rel="next"')


def walk(url: str, keys: tuple[str, str], paths: Iterable[str], page_size: int = 100) -> tuple[int, int]:
    """Read every page of the streams at the paths below ``url`` over one connection: how many, how many bytes."""
    headers = {"Authorization": f"Basic {base64.b64encode(':'.join(keys).encode()).decode()}"}
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    pages = size = 0
    for path in paths:
        query = f"page_size={page_size}"
        while query:
            connection.request("GET", f"{parts.path}{path}?{query}", headers=headers)
            answer = connection.getresponse()
            size += len(answer.read())
            if answer.status != 200:
                raise SystemExit(f"The upstream answered {answer.status}.")
            found = _NEXT.search(answer.headers.get("Link", ""))
            query, pages = found[1] if found else "", pages + 1
    connection.close()
    return pages, size


def main() -> int:
    """Walk, and say what there was as JSON; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers.bare", description=__doc__)
    parser.add_argument("--base-url", required=True, help="where the API is, /api/v3 included")
    parser.add_argument("--integration", type=int, action="append", required=True, help="whose stream; may be repeated")
    parser.add_argument("--page-size", type=int, default=100, help="records a page (%(default)s)")
    parser.add_argument("--connections", type=int, default=1, help="how many streams at once (%(default)s)")
    options = parser.parse_args()
    begun = time.perf_counter()
    keys = os.environ["SENDCLOUD_PUBLIC_KEY"], os.environ["SENDCLOUD_SECRET_KEY"]
    paths = [f"/integrations/{integration}/logs" for integration in options.integration]
    shares = [[path] for path in paths] if options.connections > 1 else [paths]
    with ThreadPoolExecutor(options.connections) as pool:
        walked = list(pool.map(lambda share: walk(options.base_url, keys, share, options.page_size), shares))
    pages, size = map(sum, zip(*walked, strict=True))
    sys.stdout.write(json.dumps({"pages": pages, "bytes": size, "seconds": time.perf_counter() - begun}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
