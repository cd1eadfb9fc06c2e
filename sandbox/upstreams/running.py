"""The sandbox inside a test's own process: `with running(seed=3) as sandbox: …`."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypedDict, Unpack, cast

from sandbox.upstreams import admin
from sandbox.upstreams.faults import parse
from sandbox.upstreams.messages import Json
from sandbox.upstreams.server import SandboxServer
from sandbox.upstreams.shops import accounts
from sandbox.upstreams.store import Clock
from sandbox.upstreams.world import Settings, World


class Options(TypedDict, total=False):
    """The fields of `Settings`; `arrivals_per_minute` is 0 unless given, so that a test's world stands still."""

    seed: int
    integrations: Mapping[str, int]
    records: Mapping[str, int]
    arrivals_per_minute: float
    late_share: float
    clock: Clock


class Sandbox:
    """A running sandbox: where it is, who may log in, and its switches without the way over HTTP."""

    def __init__(self, server: SandboxServer) -> None:
        self.url = server.url
        self.world: World = server.world
        self.accounts = accounts(list(self.world.accounts))

    @property
    def integration_ids(self) -> dict[str, list[int]]:
        """Every account's integrations."""
        return {name: [shop.id for shop in shops] for name, shops in self.world.shops.items()}

    def fault(self, kind: str, **settings: object) -> None:
        """Switch a fault on: `fault("429", count=2, retry_after=1)`."""
        self.world.faults.add(parse({"kind": kind, **settings}))

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self.world.faults.clear()

    def modes(self, **changes: object) -> None:
        """Change modes: `modes(order="oldest", cursor_style="time")`."""
        self.world.modes.change(changes)

    def plant(self, account: str, integration_id: int, *records: Json) -> list[object]:
        """Create records from partial ones; returns their ids."""
        body: Json = {"account": account, "integration_id": integration_id, "records": list(records)}
        return cast("list[object]", admin.plant(self.world, body)["ids"])

    def integration(self, account: str, integration_id: int, **fields: object) -> None:
        """Set fields of an integration, such as `started_failing_at`."""
        admin.change_integration(self.world, {"account": account, "integration_id": integration_id, "fields": fields})

    def truth(self) -> dict[str, dict[str, dict[str, list[int]]]]:
        """Every record inside retention: ids by account, integration and UTC day (`none` without a time)."""
        return cast("dict[str, dict[str, dict[str, list[int]]]]", self.world.store.truth()["records"])

    def requests(self) -> Json:
        """The count of upstream requests, as `GET /_sandbox/requests` gives it."""
        return self.world.traffic.as_json()


@contextmanager
def running(port: int = 0, host: str = "127.0.0.1", **options: Unpack[Options]) -> Iterator[Sandbox]:
    """A sandbox served from a daemon thread of this process, gone without a trace at the end. Port 0: any free one."""
    settings = Settings(**{"arrivals_per_minute": 0.0, **options})  # type: ignore[arg-type]
    with SandboxServer((host, port), World(settings)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Sandbox(server)
        finally:
            server.shutdown()
            thread.join()
