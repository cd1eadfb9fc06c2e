"""A page of measurements that has a section for each scenario, written one at a time."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def provenance(program: str) -> str:
    """By what, when and where: ``program`` is the module that is run, with the arguments that it has now."""
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"`{' '.join([f'python -m {program}', *sys.argv[1:]])}` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} "
        f"processors ({platform.machine()}), Python {platform.python_version()}, load averages at the end {load}."
    )


def show(scenario: str, text: str, *, program: str, head: str, page: Path | None) -> None:
    """Print the scenario's figures; where there is a page, write them there in place of its earlier ones."""
    sys.stdout.write(f"\n{text}\n")
    if page is None:
        return
    sections = page.read_text().split("\n## ")[1:] if page.exists() else []
    kept = {section.partition("\n")[0]: section for section in sections}
    kept[scenario] = f"{scenario}\n\n{provenance(program)}\n\n{text}"
    page.write_text("\n## ".join([head, *(kept[name].rstrip() + "\n" for name in sorted(kept))]))
