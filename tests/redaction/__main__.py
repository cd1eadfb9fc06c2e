"""Measures redaction on the labelled set: secrets missed and harmless words hit, by theme and one by one.

Exit code 1 where a fault is not among those of ``known.toml``, or one of those is mended and still listed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from integration_logs.redaction.redactor import Redactor  # noqa: E402  # only now is it found
from tests.redaction.labelled import OWN_SECRETS, Outcome, cases, faults, judge, known  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def main() -> int:
    """Print the figures, then each fault; 1 where they are not the known ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.redaction", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="print the known faults too, with what was stored")
    show_known = parser.parse_args().all
    redactor = Redactor(OWN_SECRETS)
    outcomes = [judge(case, redactor) for case in cases()]
    accepted = known()
    found = {fault for outcome in outcomes for fault in faults(outcome)}
    for line in _table(outcomes):
        _say(line)
    for outcome in outcomes:
        if shown := {fault for fault in faults(outcome) if show_known or fault not in accepted}:
            _say(f"\n{outcome.case.key}, at {'.'.join(outcome.case.at)}")
            for _, fault, word in sorted(shown, key=lambda one: one[1:]):
                kind = f" ({outcome.misses[word]})" if fault == "miss" else ""
                _say(f"  {fault}{kind}: {word!r}{'' if (outcome.case.key, fault, word) not in accepted else ' known'}")
            _say(f"  stored: {outcome.case.words(redactor.record(outcome.case.record()))!r}"[:600])
    new, mended = found - accepted.keys(), accepted.keys() - found
    for key, fault, word in sorted(mended):
        _say(f"\nmended, take it out of known.toml: {key}: {fault} {word!r}")
    _say(f"\n{len(found)} faults, {len(accepted)} known; {len(new)} new, {len(mended)} mended but still listed.")
    return 1 if new or mended else 0


def _table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    rows: dict[str, list[int]] = {}
    for outcome in outcomes:
        secrets = sum(len(words) for words in outcome.case.gone.values())
        for theme in (outcome.case.theme, "all"):
            row = rows.setdefault(theme, [0] * 5)
            counts = (1, secrets, len(outcome.misses), len(outcome.case.kept), len(outcome.false_hits))
            row[:] = [so_far + count for so_far, count in zip(row, counts, strict=True)]
    total = rows.pop("all")
    yield f"{'theme':<16}{'cases':>7}{'secrets':>9}{'missed':>8}{'to keep':>9}{'hit':>6}"
    for theme, (count, secrets, missed, kept, hit) in [*rows.items(), ("all", total)]:
        yield f"{theme:<16}{count:>7}{secrets:>9}{missed:>8}{kept:>9}{hit:>6}"


def _say(text: str) -> None:
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
