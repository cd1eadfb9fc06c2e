"""What has happened and is still to be told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from check_status.happenings import KINDS, Happening
from check_status.telling.outbox import (
    CLAIM,
    Outbox,
    added,
    batches,
    claimed,
    claimed_by,
    document,
    groups,
    of_document,
    settled,
)
from tests.unit.check_status.summarised import MINUTE, NOON


def happening(subject: str = "ssl", **others: Any) -> Happening:
    known: dict[str, Any] = {
        "kind": "Problem Opened",
        "account": "main",
        "integration_id": 101,
        "at": NOON,
        "subject": subject,
        "ordinal": 1,
        "detail": {"a": [1, None, "ü"]},
    }
    return Happening(**(known | others))


def box(*subjects: str) -> Outbox:
    return added((), map(happening, subjects), noticed=lambda _: True)


def both(*subjects: str) -> set[Any]:
    return {(happening(subject).id, channel) for subject in subjects for channel in ("bus", "topic")}


def test_an_id_is_the_same_each_time_and_no_others() -> None:
    """The id depends on what happened to whom, when, the how-manieth time; not on how it is told."""
    one = happening()
    assert len(one.id) == 32
    assert one.id == happening(detail={}).id == Happening.of(json.loads(json.dumps(one.document()))).id
    others = [
        happening("dns"),
        happening(kind="Problem Resolved"),
        happening(account="nl"),
        happening(at=NOON + MINUTE),
        happening(ordinal=2),
    ]
    assert len({each.id for each in (one, *others)}) == 6


def test_it_survives_being_stored() -> None:
    """Whatever stands in it comes back from JSON as it was, in order."""
    each = (happening(str(number), kind=kind) for number, kind in enumerate(KINDS))
    outbox = added((), each, noticed=lambda one: one.subject != "2")
    outbox = claimed(outbox, "run", NOON) + box("unclaimed")
    assert of_document(json.loads(json.dumps(document(outbox)))) == outbox
    assert outbox[2].pending == ("bus",)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"happening": {}, "pending": ["bus"], "claim": None},
        {"happening": happening().document(), "pending": [], "claim": None},
        {"happening": happening().document(), "pending": ["post"], "claim": None},
        {"happening": happening().document() | {"kind": "Else"}, "pending": ["bus"], "claim": None},
        {"happening": happening().document() | {"at": None}, "pending": ["bus"], "claim": None},
        {"happening": happening().document(), "pending": ["bus"], "claim": {"run": "a", "until": "soon"}},
    ],
)
def test_what_is_no_entry_is_said(broken: Any) -> None:
    """A damaged outbox is an error of the kinds that the state's reader expects: nothing is dropped from it."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        of_document([broken])


def test_one_run_at_a_time_sends() -> None:
    """While a run's claim lasts another gets nothing, not even what it has added itself: so the order is kept."""
    first = claimed(box("a", "b"), "first", NOON)
    more = added(first, [happening("c")], noticed=lambda _: True)
    assert claimed(more, "second", NOON + CLAIM - MINUTE) == more
    assert claimed_by(more, "second") == []
    assert [entry.happening.subject for entry in claimed_by(claimed(more, "first", NOON), "first")] == ["a", "b", "c"]


def test_a_claim_expires() -> None:
    """What a run that died had claimed is another's when its claim has run out, in the same order."""
    left = claimed(box("a", "b"), "dead", NOON)
    taken = claimed(left, "second", NOON + CLAIM)
    assert [entry.happening.subject for entry in claimed_by(taken, "second")] == ["a", "b"]
    assert claimed_by(taken, "dead") == []


def test_what_has_been_sent_goes() -> None:
    """An entry stays until each of its channels has it; a run that is done leaves no claim of its own."""
    outbox = claimed(box("a", "b", "c"), "run", NOON)
    left = settled(outbox, both("a") | {(happening("b").id, "bus")}, "run")
    assert [(entry.happening.subject, entry.pending, entry.claim) for entry in left] == [
        ("b", ("topic",), None),
        ("c", ("bus", "topic"), None),
    ]


def test_who_settles_touches_no_other_runs_claim() -> None:
    """A run that was slow takes out what it has sent, and leaves what another has claimed since to that one."""
    outbox = claimed(box("a", "b"), "other", NOON)
    (left,) = settled(outbox, both("a"), "slow")
    assert left.claim is not None
    assert left.claim.run == "other"


def test_a_batch_never_has_two_of_one_subject() -> None:
    """What happens to a subject next waits for the batch after, since of a batch any may be refused."""
    outbox = box("a", "b", "a", "c", "a")
    assert [[each.subject for each in batch] for batch in batches(outbox, 10)] == [["a", "b"], ["a", "c"], ["a"]]
    assert [len(batch) for batch in batches(box(*map(str, range(25))), 10)] == [10, 10, 5]
    assert batches(settled(outbox, both("a", "b", "c"), ""), 10) == []


def test_a_notice_is_what_one_check_found_of_one_integration() -> None:
    """Happenings are bundled by integration and check, in order, and what only the bus hears is in none."""
    each = [
        happening("a"),
        happening("b", integration_id=102),
        happening("c"),
        happening("d", at=NOON + MINUTE),
        happening("quiet"),
        happening("e", integration_id=None),
    ]
    outbox = added((), each, noticed=lambda one: one.subject != "quiet")
    assert [[one.subject for one in group] for group in groups(outbox)] == [["a", "c"], ["b"], ["d"], ["e"]]
