"""Why a task could not be read."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """Kinds of failures, as they are counted and shown."""

    REFUSED = "refused"
    """Nobody listens there, or there is no way there."""
    TIMEOUT = "timeout"
    """No whole answer in time."""
    CLOSED = "closed"
    """The connection ended before the answer did."""
    STATUS = "status"
    """An answer with another status than 200; redirects are not followed."""
    MALFORMED = "malformed"
    """No HTTP, or no Prometheus text."""
    TOO_LARGE = "too_large"
    """More bytes than any such text has."""
    MISSING = "missing"
    """Prometheus text without the counter of requests."""
    ADDRESS = "address"
    """Not an IP address: names are not looked up."""
    UNSTEADY = "unsteady"
    """Several processes with a counter each answer in turn: what one counted is no rate of all."""
    NO_SOCKET = "no_socket"
    """This process may not open more connections."""


class ReadError(Exception):
    """One task could not be read; ``kind`` says why. Never leaves this package."""

    def __init__(self, kind: Failure) -> None:
        super().__init__(kind.value)
        self.kind = kind
