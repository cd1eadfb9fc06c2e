"""Groups exceptions that have one cause: the fingerprint of a problem.

A fingerprint says *what kind of failure, of which integration, at which address*: it leaves out everything that differs
between two failures of one kind (order numbers, dates, tokens, the query). It reads no texts: what an exception or an
error page says changes with each failure, and whose fault it is is for the remedy to say. It never changes between runs
or versions of Python; it is part of the archive's contract, so a change of these rules is a change of data. Pure.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_LONGEST: Final = 4096  # characters of a URL that count
_MOST_SEGMENTS: Final = 64
_DEEPEST_ENCODING: Final = 4
_LONGEST_REMEMBERED: Final = 256

_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#\\]*)")
_BARE_AUTHORITY = re.compile(r"([\w-]+(?:\.[\w-]+)+(?::\d+)?)(?=/|\Z)")
# A shop without URL rewriting has one path for everything and the endpoint in its query: WooCommerce with "Plain"
# permalinks, OpenCart, and PrestaShop's dispatcher.php, whose parameter is called no more than "url".
_ROUTE = re.compile(r"(?:\A|&)(rest_route|route|url)=([^&]*)")
_PARAMETER = re.compile(r";\w+=[^;/]*")
_VERSION = re.compile(r"v\d{1,3}(?:[._]\d{1,3}){0,2}(?:-?(?:alpha|beta|rc)\d{0,2})?", re.IGNORECASE)
_VERSION_OF_API = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])|\d{1,2}\.\d{1,2}(?:\.\d{1,2})?")
_EXTENSION = re.compile(r"\.(?:json|xml|php|html?|aspx?|jsp|js|csv|pdf|txt|action|do)\Z", re.IGNORECASE)

_MARKER = re.compile(r"\[redacted:([a-z-]+)(?::[0-9a-f]{10})?\](?: \d+)?")
_MARKER_NAMES: Final = {"email": "{email}", "credential": "{id}", "phone": "{id}", "card": "{id}"}
_DOMAIN = re.compile(r"[^@\s]+\.[^@\s.]{2,}")

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:19|20)\d\d-{_MONTH}-{_DAY}|{_DAY}([-.]){_MONTH}\1(?:19|20)\d\d)"
    r"(?:[T _.:+-]{1,3}\d+)*Z?(?![0-9A-Za-z])"
)
# Each of these is tried on a whole segment, without its file extension.
_UUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_NUMBER = re.compile(r"[#+]?\d[\d.,:;~_+-]*(?:[A-Za-z]{1,2})?")
_REFERENCE = re.compile(r"#?(?=\D*\d)(?:[A-Z0-9]+(?:[-_.:][A-Z0-9]+)+|(?=\D*\d+\D*\d)[A-Z0-9]{4,})")
_LONG = re.compile(r"[\w.~+=:-]{20,}")

_SEPARATORS = re.compile(r"[_.~+=:-]+")
_PART = re.compile(r"[A-Za-z0-9]{6,}")
_HEX = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}|[a-f]{24,}", re.IGNORECASE)
_DIGITS_BEGIN_OR_END = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CAPITAL_AFTER_SMALL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COUNTED = re.compile(
    r"(?<![A-Za-z])(page|pagina|offset|limit|part|order|id|nr|no|p)([-_=]?)\d+(?![A-Za-z0-9])", re.IGNORECASE
)
_NUMBER_PART = re.compile(
    r"(?<=[-_.:,=(])#?\d{2,}(?=[-_.:,)]|\Z)|\A#?\d{3,}(?=[-_.:,])|(?<=[A-Za-z])\d{4,}(?=[-_.:,)]|\Z)"
)


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
    host, template = _address(url)
    facts = (exception_type and exception_type.strip(), method and method.strip().upper(), host, template)
    remembers = sum(map(len, filter(None, facts))) <= _LONGEST_REMEMBERED
    return (_remembered_digest if remembers else _digest)(integration_id, *facts, response_code)


def _digest(*facts: str | int | None) -> str:
    return hashlib.sha256("".join(map(_part, facts)).encode(errors="replace")).hexdigest()[:16]


_remembered_digest = lru_cache(4096)(_digest)


def url_template(url: str | None) -> str | None:
    """The path of a URL with what varies from call to call replaced: ``/wp-json/wc/v3/orders/{id}``.

    Placeholders are ``{id}`` (numbers, UUIDs, hashes, tokens, references such as ``ORD-2026-00123``), ``{date}``,
    ``{email}`` and ``{value}`` (any other redacted value). API versions such as ``v3`` and, below ``api``, ``2024-01``
    stay. A fragment is left out, and so is a query unless it names the endpoint (``?rest_route=/wc/v3/orders``).
    Doubled and trailing slashes and a segment's parameters (``;jsessionid=``) do not count; percent-encoding is undone
    first. Any text is accepted, and its first 4096 characters count; ``None`` where there is no URL.

    >>> url_template("https://shop.example/orders/7?page=2")
    '/orders/{id}'
    """
    return _address(url)[1]


def _part(value: str | int | None) -> str:
    """The value with its length before it, so that no two different lists of parts read the same."""
    if value is None:
        return "-;"
    text = str(value)
    return f"{len(text)}:{text};"


def _address(url: str | None) -> tuple[str | None, str | None]:
    """The host in small letters and the path's template; never raises, whatever the text is."""
    text = url and url[:_LONGEST].strip()
    if not text:
        return None, None
    plain, _, query = text.partition("#")[0].partition("?")
    if query and "route=" not in query and "url=" not in query:
        query = ""
    remembers = len(plain) + len(query) <= _LONGEST_REMEMBERED
    return _remembered_address(plain, query) if remembers else _found_address(plain, query)


def _found_address(plain: str, query: str) -> tuple[str | None, str]:
    text = plain.replace("\\/", "/")  # as JSON may have it
    found = _AUTHORITY.match(text) or _BARE_AUTHORITY.match(text)
    if found is None:
        return None, _template(text, query)
    authority = found[1].rpartition("@")[2]
    host = authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]
    return host.lower().rstrip("."), _template(text[found.end() :], query)


_remembered_address = lru_cache(4096)(_found_address)


def _template(plain: str, query: str) -> str:
    template = "/" + "/".join(_segments(plain))
    for name, route in _ROUTE.findall(query):
        if name != "url" or template.endswith("/dispatcher.php"):
            return f"{template}?{name}=/{'/'.join(_segments(route))}"
    return template


def _segments(path: str) -> list[str]:
    """The segments of a path, each with what varies replaced."""
    for _ in range(_DEEPEST_ENCODING):
        if "%" not in path:
            break
        path = unquote(path, errors="replace")
    if ";" in path:
        path = _PARAMETER.sub("", path)
    named: list[str] = []
    below_api = False
    for segment in [stripped for part in path.split("/") if (stripped := part.strip())][:_MOST_SEGMENTS]:
        if segment.isascii() and segment.isdigit():
            named.append("{id}")
        elif below_api and _VERSION_OF_API.fullmatch(segment):
            named.append(segment)
        else:
            named.append(_remembered_segment(segment) if len(segment) <= _LONGEST_REMEMBERED else _segment(segment))
        below_api = segment.lower() == "api"
    return named


def _segment(segment: str) -> str:
    if _VERSION.fullmatch(segment):
        return segment
    if "[redacted:" in segment:
        # Where an address of e-mail is, all of the segment is taken for it: redacted or not, that is the same.
        named = _MARKER.sub(lambda marker: _MARKER_NAMES.get(marker[1], "{value}"), segment)
        return "{email}" if "{email}" in named else named
    name, at, domain = segment.partition("@")
    if name and at and _DOMAIN.match(domain):
        return "{email}"
    extension = _EXTENSION.search(segment)
    return _stem(segment) if extension is None else _stem(segment[: extension.start()]) + extension[0]


_remembered_segment = lru_cache(8192)(_segment)


def _stem(stem: str) -> str:
    if _VERSION.fullmatch(stem):
        return stem
    if _DATE.fullmatch(stem):
        return "{date}"
    if _UUID.fullmatch(stem) or _NUMBER.fullmatch(stem) or _REFERENCE.fullmatch(stem) or _is_token(stem):
        return "{id}"
    stem = _DATE.sub("{date}", stem)
    stem = _PART.sub(lambda part: "{id}" if _is_random(part[0]) else part[0], stem)
    stem = _COUNTED.sub(r"\1\2{id}", stem)
    return _NUMBER_PART.sub("{id}", stem)


def _is_token(stem: str) -> bool:
    """Whether the segment is one long run of characters that nobody wrote by hand, with few separators in it."""
    if not _LONG.fullmatch(stem):
        return False
    parts = _SEPARATORS.split(stem)
    return (len(parts) - 1) * 6 <= len(stem) and any(_is_random(part) for part in parts)


def _is_random(part: str) -> bool:
    """Whether letters and digits, or small letters and capitals, take turns as they do in no word."""
    if len(part) < 6:
        return False
    if _HEX.fullmatch(part) or len(_DIGITS_BEGIN_OR_END.findall(part)) >= 3:
        return True
    capitals = sum(character.isupper() for character in part)
    return len(part) >= 16 and 3 * capitals >= len(part) <= 6 * len(_CAPITAL_AFTER_SMALL.findall(part))
