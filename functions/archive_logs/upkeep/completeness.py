"""How complete a day is, from what was archived and swept. Pure.

``docs/archive-format.md`` has its fields. It promises: whatever Sendcloud had of the day at ``swept_at`` is in the
archive, or in quarantine. The day is ``open`` as long as Sendcloud may return records of it; then ``complete`` where a
sweep that began after the day was over went through all of it; else ``incomplete``. These two are final.

Of a stream only its last sweep is recorded, and in the end none reaches back to the whole day any more. So the manifest
is its own memory: ``swept_at`` never goes back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any, Literal

from archive_logs.merging import summary
from archive_logs.merging.partitions import EPOCH
from integration_logs.bucket.sweeps import RETENTION, Swept
from integration_logs.errors import ContractBroken
from integration_logs.times import timestamp, timestamp_if_any, written_if_any

VERSION = 1

_ACCOUNT = itemgetter("swept_at", "account", "streams")
_INTEGRATION = itemgetter("swept_at", "account", "integration_id", "records", "first_id", "last_id", "etags")

type State = Literal["open", "complete", "incomplete"]
type Document = dict[str, Any]

NO_SUMMARY = "There is no summary of what the archive holds now: not counted."
DELETED = "Deleted from the archive since; the counts are those of before."


@dataclass(frozen=True)
class Counts:
    """What one summary says of its archive object."""

    account: str
    records: int
    first_id: int
    last_id: int


@dataclass(frozen=True)
class ArchivedObjects:
    """What the archive holds of one integration on the day: its objects' etags, and what their summaries say.

    ``counts`` is ``None`` where one of them is missing or is not of the present object.
    """

    integration_id: int
    etags: tuple[str, ...]
    counts: tuple[Counts, ...] | None


def read(key: str, body: bytes) -> Document:
    """The manifest that was written before; raises ``ContractBroken`` where it is none of this version."""
    try:
        document = json.loads(body)
        if document["version"] != VERSION or document["state"] not in {"open", "complete", "incomplete"}:
            raise ValueError("version")
        for entry in (*map(_ACCOUNT, document["accounts"]), *map(_INTEGRATION, document["integrations"])):
            written_if_any(entry[0])
    except (ValueError, KeyError, TypeError):
        raise ContractBroken(
            f"{key} is no manifest of version {VERSION}: restore an earlier version of it, or delete it, "
            "and it is created again without its record of sweeps."
        ) from None
    return dict(document)


def counts(body: bytes, etag: str) -> Counts | None:
    """What a summary says of the archive object with that etag; ``None`` where it is of another, or is none."""
    try:
        document = json.loads(body)
        numbers = [document[name] for name in ("records", "first_id", "last_id")]
        ours = document["version"] == summary.VERSION and document["etag"] == etag
        usable = ours and all(type(each) is int for each in numbers)
        return Counts(str(document["account"]), *numbers) if usable else None
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Fetched:
    """What was fetched of an account: its sweeps, and since when the oldest object of it has been in landing, if any.

    A sweep counts only when all that it found, or that others had found before it, is archived.
    """

    swept: Swept
    waiting: datetime | None = None

    def began(self, start: datetime) -> bool:
        """Whether the account was fetched already when the day began."""
        return any(each.since <= start for each in self.swept.streams.values())

    def at(self, stream: str, start: datetime) -> datetime | None:
        """When the stream's last sweep that counts had the day before it, from its start on."""
        sweep = self.swept.streams.get(stream)
        if sweep is None or (self.waiting is not None and self.waiting <= sweep.ended_at):
            return None
        return sweep.began_at if sweep.reaches(start) and sweep.began_at > start else None

    def each(self, start: datetime) -> datetime | None:
        """The same of the integrations' own streams: all that there were at that time were swept after it."""
        listed = self.swept.listed
        times = [self.at(f"integration-{id_}", start) for id_ in listed.integration_ids] if listed else []
        every = listed and times and all(time is not None and time >= listed.at for time in times)
        return listed.at if listed and every else None


_NOTHING = Fetched(Swept())


def known(previous: Document | None, integration_id: int, etags: tuple[str, ...]) -> tuple[Counts, ...] | None:
    """What the manifest of before says of these very objects; ``None`` where it does not speak of them."""
    for entry in previous["integrations"] if previous else ():
        if (
            entry["integration_id"] == integration_id
            and tuple(entry["etags"]) == etags
            and entry["records"] is not None
        ):
            return (Counts(entry["account"], entry["records"], entry["first_id"], entry["last_id"]),)
    return None


def manifest(
    day: date,
    previous: Document | None,
    held: Iterable[ArchivedObjects],
    fetched: Mapping[str, Fetched],
    *,
    now: datetime,
) -> Document | None:
    """The day's manifest, given what was fetched of each account.

    ``None`` for a day before the archive began, or still to come, of which nothing is archived. A final one stays.
    """
    if previous and previous["state"] != "open":
        return previous
    found = list(held)
    judged = _Day(datetime.combine(day, time(), UTC), fetched, now)
    if not (previous or found or judged.has_begun()):
        return None
    before = previous or {"accounts": [], "integrations": []}
    accounts = [] if day == EPOCH else judged.accounts(before["accounts"])
    integrations = judged.integrations(before["integrations"], found, accounts)
    times = [each["swept_at"] for each in accounts]
    return {
        "version": VERSION,
        "day": day.isoformat(),
        "state": _worst([each["state"] for each in (*accounts, *integrations)] or [judged.state(None)]),
        "as_of": timestamp(now),
        "swept_at": min(times) if times and all(times) else None,
        "accounts": accounts,
        "integrations": integrations,
    }


@dataclass(frozen=True)
class _Day:
    start: datetime
    fetched: Mapping[str, Fetched]
    now: datetime

    def has_begun(self) -> bool:
        """Whether something can be said of the day though nothing of it is archived."""
        return self.start <= self.now and any(each.began(self.start) for each in self.fetched.values())

    def accounts(self, previous: list[Document]) -> list[Document]:
        """Each account that was fetched on the day, also one that is no longer configured."""
        before = {each["account"]: each for each in previous}
        # One that was configured later owes nothing of the day; one that was never swept, everything.
        owing = {name for name, each in self.fetched.items() if not each.swept.streams or each.began(self.start)}
        names = owing | {name for name, each in before.items() if each["swept_at"] or name not in self.fetched}
        entries = []
        for name in sorted(names):
            old = before.get(name, {"streams": None, "swept_at": None})
            here = self.fetched.get(name, _NOTHING)
            ways = [
                (written_if_any(old["swept_at"]), old["streams"]),
                (here.at("account", self.start), "account"),
                (here.each(self.start), "integration"),
            ]
            at, streams = max((way for way in ways if way[0]), default=(None, None))
            swept = {"swept_at": timestamp_if_any(at), "state": self.state(at)}
            entries.append({"account": name, "streams": streams} | swept)
        return entries

    def integrations(
        self, previous: list[Document], held: list[ArchivedObjects], accounts: list[Document]
    ) -> list[Document]:
        """Each integration that has records of the day: swept with its account, and maybe on its own since."""
        entries = {each["integration_id"]: each | {"objects": 0, "etags": [], "note": DELETED} for each in previous}
        for each in held:
            entries[each.integration_id] = _counted(each, entries.get(each.integration_id))
        with_account = {each["account"]: written_if_any(each["swept_at"]) for each in accounts}
        judged = []
        for id_, entry in sorted(entries.items()):
            account = entry["account"]
            own = self.fetched.get(account, _NOTHING).at(f"integration-{id_}", self.start)
            at = max(filter(None, (with_account.get(account), own, written_if_any(entry["swept_at"]))), default=None)
            state = "open" if entry.get("note") == NO_SUMMARY else self.state(at)
            judged.append(entry | {"swept_at": timestamp_if_any(at), "state": state})
        return judged

    def state(self, swept_at: datetime | None) -> State:
        """What a sweep makes of the day."""
        end = self.start + timedelta(days=1)
        if self.now < end + RETENTION or self.start.date() == EPOCH:  # what has no time may turn up for ever
            return "open"
        return "complete" if swept_at is not None and swept_at >= end else "incomplete"


def _counted(held: ArchivedObjects, before: Document | None) -> Document:
    account, swept_at = (before["account"], before["swept_at"]) if before else (None, None)
    entry = {
        "account": account,
        "integration_id": held.integration_id,
        "records": None,
        "first_id": None,
        "last_id": None,
        "objects": len(held.etags),
        "etags": list(held.etags),
        "swept_at": swept_at,
    }
    if held.counts is None:
        return entry | {"note": NO_SUMMARY}
    return entry | {
        "account": held.counts[0].account,
        "records": sum(each.records for each in held.counts),
        "first_id": min(each.first_id for each in held.counts),
        "last_id": max(each.last_id for each in held.counts),
    }


def _worst(states: list[State]) -> State:
    return next((each for each in ("open", "incomplete") if each in states), "complete")
