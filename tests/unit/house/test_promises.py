"""The delivery promise and the mutants: for each row a guard that is broken, and a test that the row names notices."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import ROOT, Mutant
from tests.mutants.promises import PROMISES

DEPLOYED = ("tests/e2e/", "tests/contract/test_store.py")
"""Tests against the embedded cloud: no mutant is tried with them, because each would have to be deployed."""

BY_NAME = {mutant.name: mutant for mutant in MUTANTS}


class Row(NamedTuple):
    """A row of the page: what is promised, the files of its mechanism (none: all of them), and the tests it names."""

    promise: str
    files: list[str]
    tests: list[str]


def _row(line: str) -> Row:
    promise, *cells = line.strip("| \n").split(" | ")
    files, tests = (re.findall(r"`([^`]+)`", cell) for cell in cells)
    return Row(promise, files, tests)


ROWS = [
    _row(line)
    for line in (ROOT / "docs/delivery-promise.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| mechanism |")
]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.promise[:40])


def guards(row: Row) -> list[Mutant]:
    """The mutants of the row, each once."""
    (names,) = (names for begins, names in PROMISES.items() if row.promise.startswith(begins))
    return [BY_NAME[name] for name in names]


def test_each_promise_has_its_guards() -> None:
    """The rows of the page and of the table are the same, in the same order."""
    assert len(ROWS) == len(PROMISES)
    assert all(row.promise.startswith(begins) for row, begins in zip(ROWS, PROMISES, strict=True))


@every_row
def test_its_mechanism_is_broken(row: Row) -> None:
    """Each of its guards breaks a file that the row names."""
    assert guards(row)
    for mutant in guards(row):
        assert mutant.file in row.files or not row.files, mutant.name


@every_row
def test_the_tests_that_it_names_notice(row: Row) -> None:
    """Each file that it names is there, and has a guard of its own: one that must fail tests of that file alone."""
    assert row.tests
    assert all((ROOT / named).exists() for named in row.tests)
    noticed = {mutant.name: {test.partition("::")[0] for test in mutant.tests} for mutant in guards(row)}
    for name, files in noticed.items():
        assert len(files) == 1, name
    named = {test for test in row.tests if not test.startswith(DEPLOYED)}
    assert set().union(*noticed.values()) == named != set()
