"""The workflows run what they name, and nothing that somebody else may put in its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def steps(path: Path) -> list[dict[str, Any]]:
    document = yaml_parse(path.read_text())
    return [step for job in document["jobs"].values() for step in job["steps"]]


@every_workflow
def test_actions_are_pinned(path: Path) -> None:
    """Each action is named by its commit, with the version beside it: a tag can be moved."""
    used = re.findall(r"uses: (.*)", path.read_text())
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


@every_workflow
def test_no_credentials_stay_in_the_checkout(path: Path) -> None:
    """What a test runs cannot push, and the workflow's own token may only read."""
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert yaml_parse(path.read_text())["permissions"] == {"contents": "read"}
