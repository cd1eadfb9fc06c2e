"""The next page in a ``Link`` header (RFC 8288)."""

from __future__ import annotations

import re

from integration_logs.errors import ContractBroken

_TARGET = re.compile(r"\s*<([^<>]*)>")
_PARAMETER = re.compile(r"\s*;\s*(?:([!#$%&'*+\-.^_`|~\w]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;<>\\]*)))?)?")
_END = re.compile(r"\s*(?:,[\s,]*|\Z)")
_ESCAPED = re.compile(r"\\(.)")


def links(header: str) -> list[tuple[str, frozenset[str]]]:
    """Return each link of the header with its relations in lower case.

    A header that does not parse is a broken contract: read as "no next link", it would end a walk too early.
    """
    found: list[tuple[str, frozenset[str]]] = []
    header = header.lstrip(" \t,")
    at = 0
    while at < len(header):
        target = _TARGET.match(header, at)
        if target is None:
            raise ContractBroken("A Link header cannot be read.")
        at = target.end()
        relations: str | None = None
        while parameter := _PARAMETER.match(header, at):
            at = parameter.end()
            name, quoted, token = parameter.groups()
            if name is not None and name.lower() == "rel" and relations is None:  # RFC 8288: only the first counts
                relations = _ESCAPED.sub(r"\1", quoted) if quoted is not None else token or ""
        end = _END.match(header, at)
        if end is None:
            raise ContractBroken("A Link header cannot be read.")
        at = end.end()
        found.append((target[1].strip(), frozenset((relations or "").lower().split())))
    return found


def next_target(header: str) -> str | None:
    """Return the target of the first link to the next page, exactly as it stands there; ``None`` without one."""
    return next((target for target, relations in links(header) if "next" in relations), None)
