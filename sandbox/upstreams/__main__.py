"""The command line: `python -m sandbox.upstreams --port 8480 --seed 7`."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Mapping, Sequence

from sandbox.upstreams.messages import MisuseError
from sandbox.upstreams.server import SandboxServer
from sandbox.upstreams.shops import DEFAULT_INTEGRATIONS, accounts
from sandbox.upstreams.world import DEFAULT_RECORDS, Settings, World


def _amounts(text: str) -> dict[str, int]:
    """`main=5,second=2` as a mapping."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name and count.isdigit() for name, _, count in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} does not have the form main=5,second=2")
    return {name: int(count) for name, _, count in pairs}


def _shown(amounts: Mapping[str, int]) -> str:
    return ",".join(f"{name}={count}" for name, count in amounts.items())


def parser() -> argparse.ArgumentParser:
    """Every flag with its default."""
    made = argparse.ArgumentParser(
        prog="python -m sandbox.upstreams",
        description="Plays Sendcloud's (/api/v3) and WeMaSy's (/services, /api/services) API on one loopback port. "
        "Faults, modes and the truth are under /_sandbox.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on")
    made.add_argument("--port", type=int, default=8480, help="port to listen on, 0 for any free one")
    made.add_argument("--seed", type=int, default=7, help="the same seed gives the same history")
    made.add_argument(
        "--integrations",
        type=_amounts,
        default=_shown(DEFAULT_INTEGRATIONS),
        help="accounts, and how many integrations each has",
    )
    made.add_argument(
        "--records",
        type=_amounts,
        default=_shown(DEFAULT_RECORDS),
        help="about how many records of the last 30 days each account has; none for accounts not named",
    )
    made.add_argument("--arrivals-per-minute", type=float, default=12.0, help="new records while it runs, 0 for none")
    made.add_argument("--late-share", type=float, default=0.02, help="share of the new records that is back-dated")
    made.add_argument("--rate-limit", type=int, default=1000, help="Sendcloud requests a minute and account")
    made.add_argument("--latency-ms", type=int, default=0, help="added to each upstream answer")
    made.add_argument("--verbose", action="store_true", help="one line on stderr for each request")
    made.add_argument("--print-accounts", action="store_true", help="print the credentials as JSON and exit")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    flags = parser()
    given = flags.parse_args(arguments)
    if given.print_accounts:
        print(json.dumps(accounts(list(given.integrations)), indent=2))
        return 0
    settings = Settings(
        seed=given.seed,
        integrations=given.integrations,
        records=given.records,
        arrivals_per_minute=given.arrivals_per_minute,
        late_share=given.late_share,
    )
    try:
        world = World(settings)
        world.modes.change({"rate_limit": given.rate_limit, "latency_ms": given.latency_ms})
        listening = SandboxServer((given.host, given.port), world, verbose=given.verbose)
    except (MisuseError, OSError) as fault:
        flags.error(str(fault))
    with listening as server:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        print(f"{server.url} plays Sendcloud and WeMaSy; switches under {server.url}/_sandbox", flush=True)
        stop.wait()
        server.shutdown()
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
