"""The deployed stack beside a sandbox of Sendcloud in a process of its own, for measuring."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.tools.observed import at_rest
from bench.tools.upstream import ACCOUNT, playing
from sandbox import cloud, stack
from sandbox.tour import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.tools.upstream import Upstream
    from sandbox.stack import Stack
    from sandbox.steps import Steps

SLOW = dict.fromkeys(
    ("FetchSchedule", "SweepSchedule", "StatusSchedule", "ArchiveSchedule", "ManifestSchedule"), "rate(1 day)"
)
"""No schedule begins anything while something is measured."""


@contextmanager
def deployed_beside(
    steps: Steps, *, integrations: int, records: int, resting: Sequence[str]
) -> Iterator[tuple[Upstream, Stack, Path]]:
    """The sandbox, the stack and a folder; the functions of the outputs ``resting`` take nothing from a queue."""
    with ExitStack() as held:
        folder = Path(held.enter_context(TemporaryDirectory(prefix="bench-")))
        with steps.step(f"A sandbox with {integrations} integrations and about {records:,} records"):
            upstream = held.enter_context(playing(integrations=integrations, records=records))
        with steps.step("The stack on the embedded cloud"):
            embedded = held.enter_context(cloud.running(cloud.free_port(), folder))
            given = {**parameters(upstream.url, [ACCOUNT]), **SLOW}
            deployed = stack.deploy(embedded, stack.build(folder), folder, given)
            deployed.put_secrets({ACCOUNT: upstream.keys})
            for output in resting:
                held.enter_context(at_rest(deployed, output))
        yield upstream, deployed, folder
