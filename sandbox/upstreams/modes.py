"""How the sandbox behaves by default, on every point that the documentation leaves open."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

from sandbox.upstreams.cursors import CursorStyle
from sandbox.upstreams.messages import Json, MisuseError
from sandbox.upstreams.streams import Order

CHOICES: Mapping[str, tuple[str, ...]] = {
    "order": ("newest", "oldest", "shuffled"),
    "cursor_style": ("opaque", "time", "offset-time"),
    "link_path": ("api", "bare"),
    "error_style": ("array", "object", "string-status"),
    "wemasy_flags": ("strings", "integers", "booleans", "null", "garbage"),
    "wemasy_answer": ("documented", "error-in-200", "no-integration"),
}
"""The possible values of each mode that is a word."""


@dataclass(slots=True)
class Modes:
    """The switches and their defaults.

    `order`: of the records; with `time` cursors, `shuffled` shuffles within each page.
    `link_path`: `bare` leaves `/api` out of Link targets, as the vendor's general pagination page does.
    `latency_ms`: added to each upstream answer. `rate_limit`, `wemasy_rate_limit`: requests a minute and account.
    `error_style`: `errors` as an array with integer statuses, as one object, or as an array with statuses as strings.
    """

    order: Order = "newest"
    cursor_style: CursorStyle = "opaque"
    omit_integration_id: bool = False
    latency_ms: int = 0
    rate_limit: int = 1000
    link_path: Literal["api", "bare"] = "api"
    error_style: Literal["array", "object", "string-status"] = "array"
    wemasy_flags: Literal["strings", "integers", "booleans", "null", "garbage"] = "strings"
    wemasy_connected: bool = True
    wemasy_active: bool = True
    wemasy_credentials: bool = True
    wemasy_answer: Literal["documented", "error-in-200", "no-integration"] = "documented"
    wemasy_rate_limit: int = 60

    def change(self, changes: Json) -> None:
        """Set some switches; raises `MisuseError`, and changes nothing, when one is unknown or out of range."""
        for name, value in changes.items():
            _check(name, value)
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> Json:
        """Every switch with its position."""
        return asdict(self)


_DEFAULTS = {field.name: field.default for field in fields(Modes)}


def _check(name: str, value: object) -> None:
    if name not in _DEFAULTS:
        raise MisuseError(f"no such mode: {name} (the modes are {', '.join(_DEFAULTS)})")
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise MisuseError(f"{name} is one of {', '.join(CHOICES[name])}, not {value!r}")
    elif type(value) is not type(_DEFAULTS[name]):
        raise MisuseError(f"{name} is a {type(_DEFAULTS[name]).__name__}, not {value!r}")
    elif isinstance(value, int) and value < 0:
        raise MisuseError(f"{name} is not negative")
