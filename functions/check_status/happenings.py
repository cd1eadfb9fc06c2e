"""A transition of one subject, to be reported once; this is its form before it is sent. Pure.

``detail`` holds what only that kind has, all of it redacted and JSON; times are text as ``timestamp`` writes it:

==============================  ========================================================================================
kind                            detail
==============================  ========================================================================================
``Integration Status Changed``  ``verdict``, ``previous`` (null: the first), ``sentence``, ``since``, ``shop_name`` (or
                                null), ``shop_url`` (or null), ``cause`` (see ``CAUSES`` in ``wording.py``); subject
                                ``account``, with ``apis``, or ``integration-<id>``, with ``remedy`` (its code, or null)
``Problem …``                   ``problem``, see ``lifecycle.py``, and ``shop_name``, ``shop_url``; subject: fingerprint
``Archive At Risk``             ``since``, ``deleted_from``, ``reason``, ``cause``; subject: the stream
==============================  ========================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.times import timestamp, written

type Kind = Literal[
    "Integration Status Changed",
    "Problem Opened",
    "Problem Escalated",
    "Problem Resolved",
    "Problem Regressed",
    "Archive At Risk",
]
KINDS: tuple[str, ...] = get_args(Kind.__value__)


@dataclass(frozen=True)
class Happening:
    """A transition; ``integration_id`` is null where it is the account's, ``ordinal`` counts the subject's own."""

    kind: Kind
    account: str
    integration_id: int | None
    at: datetime
    subject: str
    ordinal: int
    detail: JsonObject

    @property
    def id(self) -> str:
        """The same for each telling of it: 32 hexadecimal digits."""
        parts = (self.kind, self.account, self.subject, str(self.ordinal), timestamp(self.at))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def document(self) -> JsonObject:
        """The JSON form, which ``of`` reads."""
        return {**vars(self), "at": timestamp(self.at)}

    @classmethod
    def of(cls, document: Mapping[str, JsonValue]) -> Happening:
        """Raises ``ValueError``, ``KeyError`` or ``TypeError`` where the document is none."""
        kind, integration_id = document["kind"], document["integration_id"]
        if kind not in KINDS or not isinstance(document["detail"], dict):
            raise ValueError("no happening")
        return cls(
            kind=cast("Kind", kind),
            account=str(document["account"]),
            integration_id=None if integration_id is None else int(cast("int", integration_id)),
            at=written(document["at"]),
            subject=str(document["subject"]),
            ordinal=int(cast("int", document["ordinal"])),
            detail=document["detail"],
        )
