"""The list of mutants keeps up with the source and with the tests that it names."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_applies(mutant: Mutant) -> None:
    """What a mutant replaces is in the source exactly once, and what comes of it says something else, and is valid."""
    source, means = meant(mutant.file)
    assert meaning(mutant.file, mutant.applied(source)) != means


@cache
def meant(file: str) -> tuple[str, Any]:
    """The source, and what it says; many mutants break the same."""
    source = (ROOT / file).read_text()
    return source, meaning(file, source)


def meaning(file: str, source: str) -> Any:
    """What the source says, without its spelling; raises where it is not valid."""
    return yaml_parse(source) if file.endswith(".yaml") else ast.dump(ast.parse(source))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_its_tests_exist(mutant: Mutant) -> None:
    """Each test that a mutant names is there."""
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions(file)


@cache
def functions(file: str) -> set[str]:
    """What a module of tests defines; many mutants name the same."""
    return {node.name for node in ast.parse((ROOT / file).read_text()).body if hasattr(node, "name")}


def test_names_are_told_apart() -> None:
    """No two mutants have the same name."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
