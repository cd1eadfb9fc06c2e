"""Rate limits, and counts of requests."""

import math
from collections import Counter, deque
from dataclasses import dataclass
from threading import Lock

from sandbox.upstreams.messages import Json, Request

WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a request may pass; `remaining` after it, `retry_after` in whole seconds until the window ends."""

    allowed: bool
    remaining: int
    retry_after: int


class Windows:
    """A fixed number of requests per minute; the minute begins with a client's first request."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, client: str, limit: int, now: float) -> Allowance:
        """Count one request of a client at a time (Unix seconds)."""
        with self._lock:
            began, used = self._windows.get(client, (now, 0))
            if not 0 <= now - began < WINDOW:
                began, used = now, 0
            used = min(used + 1, limit + 1)
            self._windows[client] = (began, used)
        return Allowance(used <= limit, max(0, limit - used), max(1, math.ceil(began + WINDOW - now)))


class Traffic:
    """How often each path was answered with what, and the last hundred requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._recent: deque[Json] = deque(maxlen=100)

    def note(self, request: Request, account: str | None, answer: str) -> None:
        """Count one request; `answer` is the status, or `cut` or `withheld`."""
        with self._lock:
            self._counts[request.path, answer] += 1
            self._recent.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "query": request.query,
                    "account": account,
                    "answer": answer,
                    "user_agent": request.headers.get("user-agent"),
                }
            )

    def clear(self) -> None:
        """Reset all counts."""
        with self._lock:
            self._counts.clear()
            self._recent.clear()

    def as_json(self) -> Json:
        """`total`, `by_status`, `by_path` (status by path) and `recent`, oldest first."""
        with self._lock:
            by_path: dict[str, dict[str, int]] = {}
            by_status: Counter[str] = Counter()
            for (path, answer), count in sorted(self._counts.items()):
                by_path.setdefault(path, {})[answer] = count
                by_status[answer] += count
            return {
                "total": self._counts.total(),
                "by_status": dict(by_status),
                "by_path": by_path,
                "recent": list(self._recent),
            }
