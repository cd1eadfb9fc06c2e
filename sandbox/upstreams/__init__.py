"""A sandbox of both upstream APIs, Sendcloud's and WeMaSy's, built from their contract, over real HTTP on loopback.

Run it with `python -m sandbox.upstreams`, or inside a test with `running()`.
"""

from sandbox.upstreams.running import Sandbox, running
from sandbox.upstreams.shops import RESTRICTED_KEYS, RESTRICTED_TOKEN, accounts

__all__ = ["RESTRICTED_KEYS", "RESTRICTED_TOKEN", "Sandbox", "accounts", "running"]
