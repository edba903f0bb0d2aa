"""Ports for servers that tests start."""

from __future__ import annotations

import socket

#: Ports that this process was given: the system may offer one again as long as nobody listens on it.
_given: set[int] = set()


def free_port() -> int:
    """A port that is free on all addresses and was not given before."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = int(probe.getsockname()[1])
        if port in _given:
            return free_port()  # while this one is taken, so that another is offered
    _given.add(port)
    return port
