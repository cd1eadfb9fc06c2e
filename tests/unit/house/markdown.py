"""Reads the documentation's pages: tables, code and headings. Pure."""

from __future__ import annotations

import re

FENCE = re.compile(r"^ *```[a-z]*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table after the heading, without its head."""
    table = text.partition(f"\n{heading}\n")[2]
    lines = re.search(r"(?:^\|.*\|\n)+", table, re.MULTILINE)
    assert lines is not None, heading
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[0].splitlines()[2:]]


def code(text: str) -> list[str]:
    """What stands in backticks and in fenced blocks."""
    return FENCE.findall(text) + re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def slugs(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
