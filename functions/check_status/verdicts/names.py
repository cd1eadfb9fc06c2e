"""The names of verdicts, and of what they are made from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

type Name = Literal[
    "healthy", "failing", "disconnected", "inactive", "silent", "credentials_rejected", "unreachable", "unknown"
]
NAMES: tuple[Name, ...] = get_args(Name.__value__)

type WemasySide = Literal["inactive", "disconnected", "connected", "unclear", "not asked", "never answered"]
type SendcloudSide = Literal["not listed", "failing", "unclear", "silent", "works"]


@dataclass(frozen=True)
class Open:
    """An integration's open problems: how many, since when the oldest, and the remedy of the largest by its code."""

    problems: int
    since: datetime | None
    remedy: str | None = None


NOTHING_OPEN = Open(0, None)
