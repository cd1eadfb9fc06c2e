"""What the plain scripts share: the pages by requests, and the newest time of each stream in a file of state."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.peers.command import Job

PATIENT = Retry(total=5, backoff_factor=1, status_forcelist=[429, 500, 502, 503, 504])


class Records:
    """The records that are new, stream by stream, and the newest time seen of each.

    The API serves the newest first, so a stream is read down to the newest time of the last run, less the look-back.
    """

    def __init__(self, asked: Job) -> None:
        self._asked = asked
        self._path = asked.state / "newest.json"
        self._newest: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every new record."""
        with requests.Session() as session:
            session.auth = (self._asked.public_key, self._asked.secret_key)
            for prefix in ("http://", "https://"):
                session.mount(prefix, HTTPAdapter(max_retries=PATIENT))
            for name, path in self._asked.streams.items():
                yield from self._stream(session, name, f"{self._asked.base_url}/{path}")

    def keep(self) -> None:
        """Keep the newest times, now that the records are safe."""
        self._path.write_text(json.dumps(self._newest))

    def _stream(self, session: requests.Session, name: str, url: str) -> Iterator[dict[str, Any]]:
        before = datetime.fromisoformat(self._newest[name]) - self._asked.look_back if name in self._newest else None
        following: str | None = f"{url}?page_size={self._asked.page_size}"
        while following:
            answer = session.get(following, timeout=60)
            answer.raise_for_status()
            for record in answer.json()["data"]:
                if text := record.get("created_at"):
                    at = datetime.fromisoformat(text).astimezone(UTC)
                    if before and at <= before:
                        return
                    self._newest[name] = max(self._newest.get(name, ""), at.isoformat())
                yield record
            following = answer.links.get("next", {}).get("url")
