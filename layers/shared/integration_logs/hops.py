"""How often a piece of work has handed on its rest, by a message to the queue that starts the function. Pure.

Lambda would break off such a loop after about 16 rounds; the template allows it (``RecursiveLoop``), so this ends it.
"""

from __future__ import annotations

from integration_logs.errors import ContractBroken

MOST = 16_000
"""A walk hands on its rest after 165 seconds, so this is 30 days without a pause: what it began with, Sendcloud has
deleted. A sweep of 1,000,000 records takes 60 rounds at one second a page, and 3,600 at one request a minute, the least
that can be set; 2,000 integrations' first 30 days take 600 to archive, at 100 objects a run."""


def read(message: dict[str, object]) -> int:
    """How often the message's work was handed on; raises ``ContractBroken`` where that is too often, or no number."""
    hops = message.get("hops", 0)
    if type(hops) is not int or hops < 0:
        raise ContractBroken("hops must be how often the work was handed on: leave it out.")
    if hops > MOST:
        raise ContractBroken(
            f"The work has handed on its rest {MOST} times and does not end, so it is broken off: report its message."
        )
    return hops
