"""Where the walk of one stream stands: a JSON object that a person can read, replaced by compare-and-swap.

``state/fetch/<account>/<stream>.json``, where the stream is ``account`` or ``integration-<id>``; a sweep and a full
walk have their own, ``<stream>.sweep.json`` and ``<stream>.full.json``::

    {"version": 1,
     "watermark": "2026-11-22T02:41:22.000000Z",            newest created_at of the last complete walk, or null
     "completed_at": "2026-11-22T02:45:00.000000Z",         when that walk ended
     "newest_first": true,                                  whether that walk met the records in that order
     "known": {"1001": "2026-11-22T02:41:22.000000Z"},      what need not be landed again: ``KnownRecords``
     "unfinished": null                                     or where a walk that ran out of time stands:
       {"query": "cursor=…&page_size=100",                  the next page's query, verbatim
        "began_at": "2026-11-22T02:44:10.000000Z",          when its first page was asked for; of old ones not known
        "newest": "2026-11-22T02:44:00.000000Z",            newest created_at that this walk has seen
        "last": "2026-11-22T02:42:07.000000Z",              the last created_at that it has seen
        "newest_first": true,                               whether they ran from the newest to the oldest
        "unread": false,                                    whether one of its pages could not be read
        "slices": [                                         those below it of a walk in slices, newest first:
          {"query": "cursor=…&page_size=100",               where it goes on, or null where it has come to its end
           "edge": "2026-11-20T12:00:00.000000Z",           the time that it was asked for from
           "last": "2026-11-20T10:12:31.000000Z",           the last created_at that it has seen
           "ids": [1001, 1002],                             its first page, which the slice before it must meet,
           "newest": "2026-11-20T11:58:02.000000Z",         from its newest
           "oldest": "2026-11-20T11:40:17.000000Z"}]}}      to its oldest created_at

A version that knows no slices goes on from the first slice's query as one walk, and loses nothing by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fetch_logs.stream.slices import Head, Resting
from integration_logs.errors import ContractBroken, TryLater
from integration_logs.times import timestamp, written, written_if_any

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

VERSION = 1


@dataclass(frozen=True)
class Unfinished:
    """A walk that was cut short: the next page's query, the order seen so far, and the slices below."""

    query: str
    newest: datetime | None
    last: datetime | None
    newest_first: bool
    began_at: datetime | None = None
    unread: bool = False
    slices: tuple[Resting, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """Where the walk of one stream stands; see the module for the fields."""

    watermark: datetime | None = None
    completed_at: datetime | None = None
    known: dict[str, datetime | None] = field(default_factory=dict)
    unfinished: Unfinished | None = None
    newest_first: bool = True
    etag: str | None = field(default=None, compare=False)


def key(account: str, stream: str) -> str:
    """Where the stream's checkpoint is kept."""
    return f"state/fetch/{account}/{stream}.json"


def load(store: ObjectStore, account: str, stream: str) -> Checkpoint:
    """The stream's checkpoint, or an empty one before its first walk.

    Raises ``ContractBroken`` where the object was written by a newer version or is none of ours.
    """
    stored = store.get(key(account, stream))
    if stored is None:
        return Checkpoint()
    try:
        return _decoded(json.loads(stored.body), stored.etag)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ContractBroken(
            f"{key(account, stream)} is no checkpoint of version {VERSION}: restore an earlier version of it, "
            "or delete it to walk the stream from its start."
        ) from None


def save(store: ObjectStore, account: str, stream: str, checkpoint: Checkpoint) -> Checkpoint:
    """Replace the checkpoint as it was loaded; raises ``TryLater`` where another walk has moved it since."""
    etag = store.put(key(account, stream), _encoded(checkpoint), replaces=checkpoint.etag)
    if etag is None:
        raise TryLater(f"Another walk has moved {key(account, stream)} meanwhile.")
    return replace(checkpoint, known=dict(checkpoint.known), etag=etag)


def _encoded(checkpoint: Checkpoint) -> bytes:
    unfinished = checkpoint.unfinished
    document = {
        "version": VERSION,
        "watermark": checkpoint.watermark,
        "completed_at": checkpoint.completed_at,
        "unfinished": unfinished and {**vars(unfinished), "slices": list(map(_encoded_slice, unfinished.slices))},
        "newest_first": checkpoint.newest_first,
        "known": dict(sorted(checkpoint.known.items())),
    }
    return json.dumps(document, indent=1, default=timestamp).encode()


def _decoded(document: dict[str, object], etag: str) -> Checkpoint:
    if document["version"] != VERSION:
        raise ValueError("version")
    known, unfinished = document["known"], document["unfinished"]
    if not isinstance(known, dict) or not (unfinished is None or isinstance(unfinished, dict)):
        raise TypeError("shape")
    return Checkpoint(
        watermark=written_if_any(document["watermark"]),
        completed_at=written_if_any(document["completed_at"]),
        known={name: written_if_any(time) for name, time in known.items()},
        unfinished=None
        if unfinished is None
        else Unfinished(
            query=str(unfinished["query"]),
            newest=written_if_any(unfinished["newest"]),
            last=written_if_any(unfinished["last"]),
            newest_first=bool(unfinished["newest_first"]),
            began_at=written_if_any(unfinished.get("began_at")),
            unread=unfinished.get("unread") is True,
            slices=tuple(_decoded_slice(each) for each in unfinished.get("slices", ())),
        ),
        newest_first=document.get("newest_first", True) is not False,
        etag=etag,
    )


def _encoded_slice(each: Resting) -> dict[str, object]:
    return {"query": each.query, "edge": each.edge, "last": each.last, **vars(each.head), "ids": sorted(each.head.ids)}


def _decoded_slice(document: dict[str, Any]) -> Resting:
    edge, last, newest, oldest = (written(document[name]) for name in ("edge", "last", "newest", "oldest"))
    query = document["query"]
    return Resting(None if query is None else str(query), edge, last, Head(frozenset(document["ids"]), newest, oldest))
