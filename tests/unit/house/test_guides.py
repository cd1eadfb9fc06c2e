"""What the documentation says of the code's files, functions, rooms and log lines is in the code."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from docs import generate
from tests.unit.house.markdown import FENCE, rows

ROOT = Path(__file__).parents[3]


def test_the_tour_leads_somewhere() -> None:
    """Each step of the tour names files, and of each what is defined there: functions, or resources of the template."""
    steps = re.findall(r"^### \d+\. .+\n\n((?:- `.+\n)*)", (ROOT / "docs/tour.md").read_text(), re.MULTILINE)
    assert steps
    assert all(steps)
    for line in "".join(steps).splitlines():
        (file, *names), source = re.findall(r"`([^`]+)`", line), ROOT / line.split("`")[1]
        assert names, line
        defined = resources(source) if file == "template.yaml" else definitions(ast.parse(source.read_text()))
        assert set(names) <= defined, line


def resources(template: Path) -> set[str]:
    """The template's resources, and the events of its functions."""
    assert template == ROOT / "template.yaml"
    found = generate.template()["Resources"]
    return {*found, *(name for each in found.values() for name in each.get("Properties", {}).get("Events", {}))}


def definitions(body: ast.Module | ast.ClassDef) -> set[str]:
    """What a module defines at its top: functions, classes with their methods, constants."""
    found: set[str] = set()
    for each in body.body:
        if isinstance(each, ast.ClassDef):
            found |= {each.name, *(f"{each.name}.{name}" for name in definitions(each))}
        elif isinstance(each, ast.FunctionDef):
            found.add(each.name)
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_the_map_of_rooms_is_the_contracts() -> None:
    """CONTRIBUTING shows each function's rooms, and the layer's, in the order that import-linter holds."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    expected = [(each["containers"][0], " > ".join(each["layers"])) for each in contracts if "containers" in each]
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert re.findall(r"^(\w+) +(\S+ [>|] .+)$", "\n".join(FENCE.findall(text)), re.MULTILINE) == expected


def test_the_lines_of_the_log_are_the_functions() -> None:
    """Each line of a log that the operations page explains is one that a function writes."""
    sources = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers/shared").rglob("*.py")]
    source = re.sub(r'"\s+f?"', "", "".join(path.read_text() for path in sources))
    text = (ROOT / "docs/operations.md").read_text().partition("\nThese lines have no `kind`")[2]
    cells = [cell for cell, _ in rows(f"\n## Lines\n{text}", "## Lines")]
    pieces = [piece.strip() for cell in cells for line in re.findall("`([^`]+)`", cell) for piece in line.split("...")]
    assert len(pieces) > len(cells)
    assert not [piece for piece in pieces if piece not in source]
