"""Groups exceptions that have one cause: the fingerprint of a problem.

A fingerprint says *what kind of failure, of which integration, at which address*: it leaves out everything that differs
between two failures of one kind (order numbers, dates, tokens, the query). It never changes between runs or versions of
Python; it is part of the archive's contract, so a change of these rules is a change of data. Pure.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import unquote

_LONGEST_PATH: Final = 4096  # characters of a path that count
_MOST_SEGMENTS: Final = 64
_DEEPEST_ENCODING: Final = 4

# The most specific first. Each is tried on a whole segment of a path, without its file extension.
_WHOLE: Final = (
    ("{uuid}", re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)),
    ("{date}", re.compile(r"(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?:[T _]?[\d:.+Z-]{4,30})?")),
    ("{id}", re.compile(r"[#+]?\d+")),
    (
        "{hash}",
        re.compile(
            r"(?=[0-9a-f]*\d)(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{24}|[0-9a-f]{16})", re.IGNORECASE
        ),
    ),
)
# API versions name an endpoint, they do not count anything: v1, v3.1, and Shopify's 2024-01 or unstable.
_VERSION = re.compile(
    r"v\d{1,3}(?:[._]\d{1,3}){0,2}(?:-?(?:alpha|beta|rc)\d{0,2})?|(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.IGNORECASE
)
_EMAIL = re.compile(r"[^@/\s]+@[^@/\s]+\.[^@/\s.]{2,}")
_MARKER = re.compile(r"\[redacted:([a-z-]+)\](?: \d+)?")
_MARKER_NAMES: Final = {"email": "{email}", "credential": "{token}", "phone": "{id}", "card": "{id}"}
_EXTENSION = re.compile(r"\.(?:json|xml|php|html?|aspx?|jsp|js|csv|pdf|txt|action|do)\Z", re.IGNORECASE)
_TOKEN = re.compile(r"[\w.~+=-]{20,}")
_WORDS = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z]+)*")
_NUMBER_PART = re.compile(
    r"(?<=[-_.:,=(])#?\d{2,}(?=[-_.:,)]|\Z)|\A#?\d{3,}(?=[-_.:,])|(?<=[A-Za-z])\d{4,}(?=[-_.:,)]|\Z)"
)
_PAGE = re.compile(r"(page|offset|limit|p)([-_=])\d+", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#\\]*)")


def fingerprint(
    *,
    integration_id: int | None,
    exception_type: str | None,
    method: str | None,
    url: str | None,
    response_code: int | None,
) -> str:
    """Sixteen hexadecimal characters that are equal for two failures of one kind, and only by chance for others.

    They are the start of the SHA-256 of the integration, the exception type, the method in capitals, the host without
    port in small letters, the path's template and the response code. It makes no difference whether the URL has been
    redacted. A missing part counts as such: it is not the same as an empty or a zero one.
    """
    host, path = _host_and_path(url)
    parts = (
        _part(integration_id),
        _part(exception_type and exception_type.strip()),
        _part(method and method.strip().upper()),
        _part(host),
        _part(None if path is None else path_template(path)),
        _part(response_code),
    )
    return hashlib.sha256("".join(parts).encode("utf-8", errors="replace")).hexdigest()[:16]


def path_template(path: str) -> str:
    """The path with what varies from call to call replaced: ``/wp-json/wc/v3/orders/{id}``.

    Placeholders are ``{id}``, ``{uuid}``, ``{date}``, ``{hash}``, ``{email}``, ``{token}`` and ``{value}`` (any other
    redacted value). API versions such as ``v3`` and ``2024-01`` stay. A query or fragment is left out, doubled and
    trailing slashes do not count, and percent-encoding is undone first. Any text is accepted.
    """
    plain = path[:_LONGEST_PATH].partition("?")[0].partition("#")[0]
    for _ in range(_DEEPEST_ENCODING):
        decoded = unquote(plain, errors="replace")
        if decoded == plain:
            break
        plain = decoded
    segments = [segment for segment in plain.split("/") if segment.strip()]
    return "/" + "/".join(_segment(segment.strip()) for segment in segments[:_MOST_SEGMENTS])


def _part(value: str | int | None) -> str:
    """The value with its length before it, so that no two different lists of parts read the same."""
    if value is None:
        return "-;"
    text = str(value)
    return f"{len(text)}:{text};"


def _host_and_path(url: str | None) -> tuple[str | None, str | None]:
    """The host in small letters and the path of a URL; never raises, whatever the text is."""
    if url is None or not url.strip():
        return None, None
    text = url.strip().replace("\\/", "/")
    found = _AUTHORITY.match(text)
    if found is None:
        return (None, text) if text.startswith("/") else (None, "/" + text)
    authority = found[1].rpartition("@")[2]
    host = authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]
    return host.lower().rstrip("."), text[found.end() :]


def _segment(segment: str) -> str:
    if _VERSION.fullmatch(segment):
        return segment
    if "[redacted:" in segment:
        return _MARKER.sub(lambda marker: _MARKER_NAMES.get(marker[1], "{value}"), segment)
    extension = _EXTENSION.search(segment)
    if extension is not None:
        return _stem(segment[: extension.start()]) + extension[0]
    return _stem(segment)


def _stem(stem: str) -> str:
    if _VERSION.fullmatch(stem):
        return stem
    for placeholder, pattern in _WHOLE:
        if pattern.fullmatch(stem):
            return placeholder
    if "@" in stem and _EMAIL.fullmatch(stem):
        return "{email}"
    if _is_token(stem):
        return "{token}"
    stem = _PAGE.sub(r"\1\2{id}", stem)
    return _NUMBER_PART.sub("{id}", stem)


def _is_token(stem: str) -> bool:
    """Whether the segment is a long run of characters that nobody wrote by hand."""
    if not _TOKEN.fullmatch(stem) or _WORDS.fullmatch(stem):
        return False
    digits = sum(character.isdigit() for character in stem)
    separators = stem.count("-") + stem.count("_") + stem.count(".")
    # A slug ("blue-shirt-size-42") has many separators and few digits; a token has it the other way round.
    return digits >= 3 and separators * 6 <= len(stem)
