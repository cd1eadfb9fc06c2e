"""Who takes part, and by which commands: ours, the peers of ``bench/peers``, and the bare GET loop. Pure.

========================  =============================================================================================
ours                      fetch_logs: fetched, redacted, landed
sliced_8, sliced_16       the same in so many time slices side by side (``BackfillSlices``)
unredacted                ours with redaction left out, to show what it takes
raw, raw_16               and without making columns: raw records land; the same in 16 time slices
archived                  as ours, and beside it archive_logs in a second process, as S3's events let it: in the Parquet
                          archive, at rest
bare                      a bare GET loop: nothing parsed, nothing stored
plain_gz, plain_parquet   requests and boto3: one object a run, gzip'd NDJSON or (by pyarrow) Parquet
dlt, dlt_parquet          dlt's rest_api source to its filesystem destination
singer, singer_parquet    a Singer tap on singer-sdk, to a target
========================  =============================================================================================
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.cloud import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PEERS = {
    "plain_gz": ("plain_gz", "ndjson"),
    "plain_parquet": ("plain_parquet", "parquet"),
    "dlt": ("dlt_pipeline", "ndjson"),
    "dlt_parquet": ("dlt_pipeline", "parquet"),
    "singer": ("singer_pipeline", "ndjson"),
    "singer_parquet": ("singer_pipeline", "parquet"),
}
"""By contestant: its module in ``bench/peers``, and what it writes."""

WITHOUT = {"unredacted": ("redaction",), "raw": ("redaction", "columns"), "raw_16": ("redaction", "columns")}
"""By contestant: what is left out of ours."""
SLICES = {"sliced_8": "8", "sliced_16": "16", "raw_16": "16"}
"""By contestant: in how many slices ours walks (``BackfillSlices``)."""
OURS = ("ours", "sliced_8", "sliced_16", "archived", *WITHOUT)
OURS_PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
"""With what a function has in Lambda, and no more."""

PEERS_PYTHON = ROOT / ".venv-consumers" / "bin" / "python"


@dataclass(frozen=True)
class How:
    """How to run: of ours, which walks, whether without a request budget, and whether by the handler, as an invocation
    by hand; of the peers, how many days to look back; of the bare loop, how many streams at once. ``account``: the
    account's one stream in place of each integration's (ours does as it is set up to)."""

    tasks: tuple[str, ...] = ("tick",)
    lifted: bool = True
    handler: bool = False
    look_back: float = 0
    connections: int = 1
    account: bool = False


def archiver(until: Path) -> list[str]:
    """What archives for ours, until the file exists."""
    return [str(OURS_PYTHON), "-m", "bench.peers.ours", "archive", "--until", str(until)]


def command(name: str, place: Sequence[str], how: How) -> list[str]:
    """What to run for a contestant. ``place`` are the options that say where everything is."""
    if name in OURS:
        flags = ["--lifted"] * how.lifted + ["--handler"] * how.handler
        flags += [f"--without={part}" for part in WITHOUT.get(name, ())]
        return [str(OURS_PYTHON), "-m", "bench.peers.ours", *how.tasks, *flags]
    if name == "bare":
        wanted = {"--base-url", "--integration"}
        options = [part for pair in zip(place[::2], place[1::2], strict=True) if pair[0] in wanted for part in pair]
        return [sys.executable, "-m", "bench.peers.bare", *options, "--connections", str(how.connections)]
    module, form = PEERS[name]
    more = ["--format", form] if module not in {"plain_gz", "plain_parquet"} else []
    return [str(PEERS_PYTHON), "-m", f"bench.peers.{module}", *place, *more, "--look-back", f"{how.look_back:g}"]
