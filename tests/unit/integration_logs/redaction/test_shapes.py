"""What the keys of an object say about its members."""

from __future__ import annotations

from integration_logs.redaction.shapes import Field, Shapes, numbered


def shapes(kept: frozenset[str] = frozenset()) -> Shapes:
    return Shapes(lambda key: key.replace("jan@x.nl", "[redacted:email]"), kept)


def test_members_are_judged_by_their_keys() -> None:
    """Each has its kind, and whether it stays legible in personal data, and whether what it holds are things."""
    shape = shapes().of({"email": 1, "country": 2, "line_items": 3, "value": 4}, is_thing=False)
    assert shape.fields == (
        Field("email", "email", is_kept=False, holds_things=False),
        Field("country", None, is_kept=True, holds_things=True),
        Field("line_items", None, is_kept=False, holds_things=True),
        Field("value", None, is_kept=False, holds_things=False),
    )
    assert (shape.is_renamed, shape.has_value) == (False, True)


def test_a_thing_has_a_name() -> None:
    """``name`` is a person's unless its parent or another key shows a thing; another name always is."""
    of = shapes().of
    assert of({"name": 1}, is_thing=False).fields[0].kind == "personal"
    assert of({"name": 1}, is_thing=True).fields[0].kind is None
    assert of({"name": 1, "sku": 2}, is_thing=False).fields[0].kind is None
    assert of({"first_name": 1, "sku": 2}, is_thing=True).fields[0].kind == "personal"
    assert of({"name": 1}, is_thing=False).fields[0].kind == "personal"  # what was remembered of the other is not it


def test_a_kept_kind_is_none() -> None:
    """What a policy keeps has no kind."""
    fields = shapes(frozenset({"email"})).of({"email": 1, "password": 2}, is_thing=False).fields
    assert [field.kind for field in fields] == [None, "credential"]


def test_names_without_secrets_are_kept_apart() -> None:
    """A secret in a key goes; keys that become equal by it stay two."""
    shape = shapes().of({"jan@x.nl": 1, "[redacted:email]": 2, "[redacted:email] 2": 3}, is_thing=False)
    assert [field.name for field in shape.fields] == ["[redacted:email]", "[redacted:email] 2", "[redacted:email] 2 3"]
    assert shape.is_renamed


def test_a_number_that_is_taken_is_passed_over() -> None:
    """Two members never get the same name."""
    assert numbered("a", {}) == "a"
    assert numbered("a", {"a": 1}) == "a 2"
    assert numbered("a", {"a": 1, "a 3": 2}) == "a 4"


def test_what_is_remembered_is_bounded() -> None:
    """Objects of ever new keys do not fill the memory, nor does one with very many."""
    many = shapes()
    for number in range(3000):
        many.of({f"k{number}": 1}, is_thing=False)
    assert len(many._known[False]) <= 1024
    few = shapes()
    few.of({f"k{number}": 1 for number in range(65)}, is_thing=False)
    few.of({"k" * 2049: 1}, is_thing=False)
    assert not few._known[False]
