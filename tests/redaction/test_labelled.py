"""Redaction on the labelled set: no miss and no false hit but those that are known, and none known that is mended."""

from __future__ import annotations

from collections import Counter

import pytest

from integration_logs.redaction.redactor import Redactor
from tests.redaction.labelled import OWN_SECRETS, Case, cases, faults, judge, known, survives

CASES = cases()


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor(OWN_SECRETS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_redaction_has_the_known_faults_and_no_other(case: Case, redactor: Redactor) -> None:
    """What is labelled a secret is gone and what an operator needs is kept, but for what ``known.toml`` lists."""
    expected = {fault for fault in known() if fault[0] == case.key}
    assert faults(judge(case, redactor)) == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_labels_are_in_the_input(case: Case) -> None:
    """Each labelled word can be found in the case's own input, so no label passes for want of anything to find."""
    given = case.words(case.record())
    secrets = [word for words in case.gone.values() for word in words]
    assert secrets or case.kept
    assert [word for word in secrets if not survives(word, given)] == []
    assert [word for word in case.kept if word not in given] == []


def test_no_word_is_both_secret_and_kept() -> None:
    """No case asks for a word to go that is part of one that must stay."""
    torn = [
        (case.key, secret, word)
        for case in CASES
        for secret in (word for words in case.gone.values() for word in words)
        for word in case.kept
        if secret in word
    ]
    assert torn == []


def test_the_set_is_large_and_its_names_are_unique() -> None:
    """There are at least 300 cases, each with a name of its own, and every known fault belongs to one of them."""
    names = Counter(case.key for case in CASES)
    assert len(names) >= 300
    assert [name for name, count in names.items() if count > 1] == []
    assert {case for case, _, _ in known()} <= names.keys()


def test_every_known_fault_has_its_reason() -> None:
    """A fault is accepted only with a sentence that says why."""
    assert [fault for fault, why in known().items() if not why.strip().endswith(".")] == []
