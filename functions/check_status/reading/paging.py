"""Pages of a list that is ordered by name. Pure.

A cursor is the name of the last thing on a page, so that what comes or goes between two pages shifts none of them. It
is only ever compared with names: a forged one shows another page and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

DEFAULT = 25
LONGEST_CURSOR = 400


def page[T](
    found: Mapping[str, T], *, size: int, after: str | None, descending: bool = False
) -> tuple[list[T], str | None]:
    """At most ``size`` of what comes after the name ``after``, and the name to go on after, ``None`` at the end."""
    ordered = sorted(found, reverse=descending)
    rest = (name for name in ordered if after is None or (name < after if descending else name > after))
    names = list(islice(rest, size + 1))
    return [found[name] for name in names[:size]], names[size - 1] if len(names) > size else None
