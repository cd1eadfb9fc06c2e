from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

ELSEWHERE = "192.0.2.1"  # RFC 5737: nobody's address


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_no_way_out() -> None:
    """A test that reaches for anything but loopback fails before a packet leaves."""
    with socket.socket() as probe, pytest.raises(SocketConnectBlockedError):
        probe.connect((ELSEWHERE, 443))


def test_loopback() -> None:
    """Loopback answers."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
