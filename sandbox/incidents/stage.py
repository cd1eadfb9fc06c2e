"""The upstream side of an incident: its steps set the sandbox's own switches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from sandbox.incidents.incident import ACCOUNT, duration
from sandbox.upstreams import admin
from sandbox.upstreams.faults import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.upstreams.world import World

LATELY = timedelta(minutes=1)
"""How long ago Sendcloud fetched from a shop that works."""


class Stage:
    """One sandbox with shops that all work at first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._states = {shop.id: "works" for shop in world.shops[ACCOUNT]}
        self.ids: set[int] = set()
        """Of the records planted so far."""
        self.secret = world.accounts[ACCOUNT]
        """Whose keys the account's secret holds."""

    def passes(self) -> None:
        """Let Sendcloud fetch from each shop that works."""
        now = self._world.clock()
        for id_, state in self._states.items():
            if state == "works":
                self._shows(id_, started_failing_at=None, last_fetched_at=(now - LATELY).isoformat())

    def act(self, actions: Mapping[str, Any]) -> None:
        """Carry out a step. Raises ``MisuseError`` where the sandbox has no such switch."""
        if "shop" in actions:
            self._turns(**actions["shop"])
        if "records" in actions:
            self._plants(**actions["records"])
        if "keys" in actions:
            self._changes_keys(actions["keys"])
        if actions.get("clear_faults"):
            self._world.faults.clear()
        if "fault" in actions:
            self._world.faults.add(parse(actions["fault"]))
        self._world.modes.change(actions.get("modes", {}))

    def _turns(self, integration: int, state: str) -> None:
        if self._states[integration] == "works":
            self.passes()  # up to now it did
        self._states[integration] = state
        if state == "fails":
            self._shows(integration, started_failing_at=self._world.clock().isoformat())

    def _changes_keys(self, state: str) -> None:
        if state == "revoked":
            self._world.renew_keys(ACCOUNT)
        else:
            self.secret = self._world.accounts[ACCOUNT]

    def _plants(self, integration: int, kind: str, count: int = 1, before: str = "0:00", **fields: object) -> None:
        newest: datetime = self._world.clock() - duration(before)
        times = [(newest - timedelta(seconds=n)).isoformat() for n in reversed(range(count))]
        records = [{"__kind__": kind, "created_at": time, **fields} for time in times]
        planted = admin.plant(self._world, {"account": ACCOUNT, "integration_id": integration, "records": records})
        self.ids |= set(cast("list[int]", planted["ids"]))

    def _shows(self, integration: int, **fields: object) -> None:
        body = {"account": ACCOUNT, "integration_id": integration, "fields": fields}
        admin.change_integration(self._world, body)
