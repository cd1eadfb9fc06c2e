"""Says how fingerprints and remedies do on the labelled set: ``python -m tests.problems``.

Exit code 1 where there is a fault that ``known.toml`` does not list, or a listed one that is none any more.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "layers" / "shared")]

from tests.problems.labelled import families, faults, known  # noqa: E402  # the layer is no installed package


def main() -> int:
    """Print what was found, by platform; the exit code."""
    found, expected, every = faults(families()), known(), families()
    for platform in dict.fromkeys(family.platform for family in every):
        own = [family for family in every if family.platform == platform]
        its = [fault for fault in found if fault.platform == platform]
        wrong = sum(fault.count for fault in its if fault.kind == "remedy")
        kinds = [fault.kind for fault in its]
        _say(
            f"{platform}: {len(own)} families, {sum(len(family.records) for family in own)} records; "
            f"{kinds.count('split')} split, {kinds.count('merged')} merged, {wrong} remedies wrong or missing"
        )
        for fault in its:
            note = f"  (known: {expected[fault]})" if fault in expected else ""
            _say(f"  {fault.kind}: {fault.family}: {fault.what}, {fault.count}{note}")
    mended = [fault for fault in expected if fault not in found]
    for fault in mended:
        _say(f"listed in known.toml, but no fault any more: {fault}")
    new = [fault for fault in found if fault not in expected]
    records = sum(len(family.records) for family in every)
    _say(f"{len(every)} families, {records} records: {len(found)} faults, {len(new)} of them new")
    return 1 if new or mended else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
