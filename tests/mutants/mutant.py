"""What a mutant is: a named breakage of one guard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FETCH = "functions/fetch_logs"
SHARED = "layers/shared/integration_logs"


class StaleError(Exception):
    """The text that a mutant replaces is not in the source, or not once."""


@dataclass(frozen=True)
class Mutant:
    """A breakage: ``edits`` are pairs of the exact text in ``file`` and what takes its place; ``tests`` must fail."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    tests: tuple[str, ...]

    def applied(self, source: str) -> str:
        """The broken source; raises ``StaleError`` where a text that is to be replaced does not occur exactly once."""
        for find, replacement in self.edits:
            if source.count(find) != 1:
                raise StaleError(f"{self.name}: {self.file} has {source.count(find)} times {find!r}")
            source = source.replace(find, replacement)
        return source
