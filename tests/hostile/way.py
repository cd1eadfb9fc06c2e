"""The whole way of a record, from Sendcloud's bytes on a socket to the archive, over a store in memory."""

from __future__ import annotations

import json
import re
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from archive_logs.merging.backlog import Archived, work_off
from fetch_logs.account.account_walk import Walking, walk_account
from fetch_logs.account.outcome import AccountResult
from fetch_logs.plan import Mode, WalkOrder
from fetch_logs.stream.environment import Environment
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.stream_walk import LEAST_SECONDS
from integration_logs.redaction.redactor import Redactor
from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.sendcloud import Sendcloud
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import archive, quarantined
from tests.unit.integration_logs.upstream.transport import Loopback, loopback, reply_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.hostile.corpus import Hostile

INTEGRATION = 7
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLENTY = 900.0
LARGEST_BODY = 64 << 20
OF_STREAM = b'{"id": of stream '
"""How a record begins whose id begins with its stream's."""

LARGEST_SMALL = 50
"""A page of fewer records is part of one."""

_TAG = re.compile(r"(?:hostile|large)[0-9]{4}")


class Served(bytes):
    """A page that can be had in smaller ones."""

    records: Sequence[bytes]


def page(records: Sequence[Hostile]) -> Served:
    """The records as Sendcloud would send them."""
    return served([record.raw for record in records])


def served(records: Sequence[bytes]) -> Served:
    """The page of these records."""
    body = Served(b'{"data": [' + b", ".join(records) + b"]}")
    body.records = records
    return body


@dataclass
class Way:
    """One integration's stream of pages, raw, and what became of them."""

    bodies: list[bytes]
    store: MemoryStore = field(default_factory=MemoryStore)
    server: Loopback = field(init=False)

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return len(self.server.heads)

    def reply(self, head: str) -> bytes:
        """The page that is asked for; the cursor is its number, and the number of a record in it."""
        line = head.partition("\r\n")[0]
        cursor, size = re.search(r"cursor=([0-9]+)(?:\.([0-9]+))?", line), re.search(r"page_size=([0-9]+)", line)
        number, first = (int(cursor[1]), int(cursor[2] or 0)) if cursor else (0, 0)
        wanted = int(size[1]) if size else 100
        body = self.bodies[number]
        following, asked = str(number + 1), 100
        if isinstance(body, Served) and (first or wanted < LARGEST_SMALL):
            if first + wanted < len(body.records):
                following = f"{number}.{first + wanted}"
            body, asked = served(body.records[first : first + wanted]), wanted
        path = head.split(" ")[1].partition("?")[0]
        link = f'Link: <https://panel.sendcloud.example{path}?cursor={following}&page_size={asked}>; rel="next"'
        more = [link] if "." in following or number + 1 < len(self.bodies) else []
        stream = path.rpartition("/")[0].rpartition("/")[2]
        sent = body.replace(OF_STREAM, b'{"id": ' + stream.encode())
        return reply_bytes(200, sent, "Content-Type: application/json", *more)

    def walk(
        self,
        mode: Mode = "full",
        *,
        integration: bool = True,
        pages: int | None = None,
        streams: int = 1,
        slices: int = 1,
    ) -> AccountResult:
        """fetch_logs: the stream of the integration, or the account's; with ``pages``, time is up after so many.

        Of several ``streams``, which are served the same, each is an integration of its own, from ``INTEGRATION`` on.
        """
        begun = self.asked
        auth = BasicAuth("hostile-public", "hostile-private", secret="the test's secret")
        http = HttpSession(
            auth=auth,
            user_agent="tests",
            api="Sendcloud",
            secret="the test's secret",
            attempts=2,
            sleep=lambda _: None,
            largest_body=LARGEST_BODY,
        )
        ledger = Ledger(self.store, "main")
        environment = Environment(
            store=self.store,
            redactor=Redactor(("hostile-public", "hostile-private")),
            ledger=ledger,
            overlap=timedelta(hours=1),
            clock=lambda: NOW,
            time_left=lambda: PLENTY if pages is None or self.asked - begun < pages else LEAST_SECONDS,
        )
        named = tuple(range(INTEGRATION, INTEGRATION + streams)) if integration else ()
        walking = Walking("integration" if integration else "account", None, named, slices=slices)
        with closing(http):
            sendcloud = Sendcloud(http, base_url=f"http://127.0.0.1:{self.server.port}/api/v3")
            walked = walk_account(WalkOrder("main", mode), sendcloud, environment, walking)
        ledger.save()
        return walked

    def archive(self) -> Archived:
        """archive_logs, until nothing waits."""
        return work_off(self.store, lambda: PLENTY)

    def archived(self) -> list[dict[str, Any]]:
        """Every row of the archive, read by DuckDB."""
        return [row for rows in archive(self.store).values() for row in rows]

    def aside(self) -> list[dict[str, Any]]:
        """Every row in quarantine."""
        return quarantined(self.store)


@contextmanager
def way(bodies: list[bytes]) -> Iterator[Way]:
    """Serve the pages for the length of the block."""
    it = Way(bodies)
    with loopback(it.reply) as it.server:
        yield it


def tag(row: dict[str, Any]) -> str:
    """The tag that the row has somewhere, empty where it has none."""
    found = _TAG.search(json.dumps(row, default=str))
    return found[0] if found else ""
