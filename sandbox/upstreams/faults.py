"""Faults that can be switched on, and which request each one hits."""

from dataclasses import asdict, dataclass, fields
from threading import Lock

from sandbox.upstreams.messages import Json, MisuseError

PAGE_KINDS = frozenset({"empty-page", "cursor-loop", "foreign-link"})
"""Faults of a page of logs; they do not affect other requests."""

LIST_KINDS = frozenset({"not-a-list"})
"""Faults of any list from Sendcloud; they do not affect WeMaSy."""

STATUS_KINDS = {"429": 429, "500": 500, "503": 503, "unauthorized": 401, "forbidden": 403}
"""Faults that answer with an error of the documented shape."""

KINDS = (*STATUS_KINDS, "timeout", "cut", "html", "redirect", *sorted(PAGE_KINDS), *sorted(LIST_KINDS))
"""All kinds."""


@dataclass(slots=True)
class Fault:
    """One fault: what happens, to which requests, how often.

    `count`: to the next so many, None for all. `every`: only to each so-manieth that fits. `path`: prefix of the
    request's path. `account`: name. `seconds`: how long `timeout` holds the line. `retry_after`: the header of `429`
    and `503`, absent when None. `origin`: where `foreign-link` and `redirect` point. `hits`: how often it struck.
    """

    kind: str
    count: int | None = None
    path: str = "/"
    every: int = 1
    account: str | None = None
    seconds: float = 30.0
    retry_after: int | str | None = None
    origin: str = "https://evil.example"
    seen: int = 0
    hits: int = 0

    def fits(self, path: str, account: str | None) -> bool:
        """Whether this fault is for such a request."""
        return (
            (self.count is None or self.hits < self.count)
            and path.startswith(self.path)
            and (self.account is None or self.account == account)
            and (self.kind not in PAGE_KINDS or path.endswith("/logs"))
            and (self.kind not in LIST_KINDS or "/api/v3/" in path)
        )


_SETTINGS: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "count": (int, type(None)),
    "path": (str,),
    "every": (int,),
    "account": (str, type(None)),
    "seconds": (int, float),
    "retry_after": (int, str, type(None)),
    "origin": (str,),
}


def parse(settings: Json) -> Fault:
    """A fault from an operator's settings; raises `MisuseError` with what is wrong with them."""
    for name, value in settings.items():
        if name not in _SETTINGS:
            raise MisuseError(f"no such setting of a fault: {name} (the settings are {', '.join(_SETTINGS)})")
        if not isinstance(value, _SETTINGS[name]) or isinstance(value, bool):
            raise MisuseError(f"{name} cannot be {value!r}")
    if settings.get("kind") not in KINDS:
        raise MisuseError(f"kind is one of {', '.join(KINDS)}, not {settings.get('kind')!r}")
    known = {field.name for field in fields(Fault)}
    fault = Fault(**{name: value for name, value in settings.items() if name in known})  # type: ignore[arg-type]
    if fault.every < 1 or (fault.count is not None and fault.count < 1) or fault.seconds < 0:
        raise MisuseError("every and count begin at 1, seconds at 0")
    return fault


class Faults:
    """Those switched on, in the order they came; a request is hit by the first that is due."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults.clear()

    def take(self, path: str, account: str | None) -> Fault | None:
        """The fault that hits this request, if any; counts it."""
        with self._lock:
            for fault in self._faults:
                if fault.fits(path, account):
                    fault.seen += 1
                    if fault.seen % fault.every == 0:
                        fault.hits += 1
                        return fault
        return None

    def as_json(self) -> list[Json]:
        """Every fault with its settings and counts, the used up ones included."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]
