"""What the keys of a JSON object say about its members; judged once for all objects of the same keys. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from integration_logs.redaction.keys import THING_SIGNS, is_kept_in_personal, is_name_only, kind_of, names_things

_MOST_SHAPES = 1024
_LARGEST_SHAPE = 64  # keys of an object that is remembered
_LONGEST_KEYS = 2048  # characters of its keys together


class Field(NamedTuple):
    """One member of an object."""

    name: str  # its key, without what is itself a secret in it
    kind: str | None  # the kind of secret that stands under it
    is_kept: bool  # whether it stays legible where the whole object is personal data
    holds_things: bool  # whether what it holds are products, carriers, countries, and no people


class Shape(NamedTuple):
    """All members of an object, in its order. No two names are equal."""

    fields: tuple[Field, ...]
    is_renamed: bool  # whether any name is not the key itself
    has_value: bool  # whether there is a "value", which another member may name


class Shapes:
    """Knows the shape of an object by its keys. ``clean`` takes secrets out of a key."""

    def __init__(self, clean: Callable[[str], str], kept: frozenset[str]) -> None:
        self._clean = clean
        self._kept = kept
        self._known: dict[bool, dict[tuple[str, ...], Shape]] = {False: {}, True: {}}

    def of(self, value: Mapping[str, object], *, is_thing: bool) -> Shape:
        """The object's shape; ``is_thing`` says that its parent's key shows it to be a thing."""
        keys = tuple(value)
        known = self._known[is_thing]
        shape = known.get(keys)
        if shape is None:
            shape = self._judged(keys, is_thing=is_thing or not THING_SIGNS.isdisjoint(keys))
            if len(keys) <= _LARGEST_SHAPE and sum(map(len, keys)) <= _LONGEST_KEYS:
                if len(known) >= _MOST_SHAPES:
                    known.clear()
                known[keys] = shape
        return shape

    def _judged(self, keys: tuple[str, ...], *, is_thing: bool) -> Shape:
        fields: dict[str, Field] = {}
        for key in keys:
            name = self._clean(key)
            kind = kind_of(name)
            if kind in self._kept or (is_thing and is_name_only(name)):
                kind = None
            name = numbered(name, fields)
            fields[name] = Field(name, kind, is_kept_in_personal(name), names_things(name))
        return Shape(tuple(fields.values()), tuple(fields) != keys, "value" in fields)


def numbered(key: str, taken: Mapping[str, object]) -> str:
    """The key, with its place in the object after it where another has it already."""
    if key not in taken:
        return key
    # Starting at the place and not at 2 keeps an object of equal keys linear.
    number = len(taken) + 1
    while (free := f"{key} {number}") in taken:
        number += 1
    return free
