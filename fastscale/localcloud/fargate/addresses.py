"""One loopback address per task: 127.0.1.N, as every Fargate task has a network interface of its own."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from weakref import finalize

from fastscale.errors import FastscaleError, LocalCloudError, PortInUseError

FIRST_ADDRESS = ipaddress.IPv4Address("127.0.1.1")
#: Twice AWS's largest count that the reference design allows (100 tasks at 200 %), with room for tasks that drain.
POOL_SIZE = 400


def addresses() -> Iterator[str]:
    """The addresses of the pool, in order; network and broadcast-looking ones are left out."""
    found = 0
    address = FIRST_ADDRESS
    while found < POOL_SIZE:
        if int(address) % 256 not in (0, 255):
            found += 1
            yield str(address)
        address += 1


class AddressPool:
    """Hands out the lowest free address; one is free again when :meth:`release` says that its task is gone.

    ``reserve`` raises when a task could not listen on an address and port, and may return a socket that keeps them:
    by default :func:`keep`. A task that listens nowhere has the port None. A pool that nobody has any more keeps
    nothing.
    """

    def __init__(self, reserve: Callable[[str, int | None], socket.socket | None] | None = None) -> None:
        self._reserve = reserve or keep
        self._taken: dict[str, socket.socket | None] = {}
        finalize(self, _give_up, self._taken)

    def take(self, port: int | None) -> str:
        """An address on which ``port`` is free: another local cloud may have taken some.

        Raises LocalCloudError when there is none left or the system lacks the address, PortInUseError when another
        program has the port on all addresses.
        """
        in_use: PortInUseError | None = None
        for address in addresses():
            if address in self._taken:
                continue
            try:
                self._taken[address] = self._reserve(address, port)
            except PortInUseError as error:
                in_use = error
                continue
            return address
        if in_use is not None and not self._taken:
            raise in_use
        raise LocalCloudError(f"all {POOL_SIZE} task addresses from {FIRST_ADDRESS} on are taken")

    def take_many(self, count: int, port: int | None) -> list[str]:
        """``count`` addresses, or none: raises as :meth:`take` does."""
        taken: list[str] = []
        try:
            for _ in range(count):
                taken.append(self.take(port))
        except FastscaleError:
            for address in taken:
                self.release(address)
            raise
        return taken

    def release(self, address: str) -> None:
        """Give ``address`` back."""
        kept = self._taken.pop(address, None)
        if kept is not None:
            kept.close()


def _give_up(taken: dict[str, socket.socket | None]) -> None:
    for kept in taken.values():
        if kept is not None:
            kept.close()


def keep(address: str, port: int | None) -> socket.socket | None:
    """What keeps ``address``:``port`` for a task that listens there a start-up time later.

    Raises as :func:`require_bindable` does, and PortInUseError for what another local cloud keeps: that is seen by an
    abstract socket. Their names belong to the network namespace, as the addresses do, and end with their process. Only
    Linux has them; elsewhere two clouds may choose the same address. Without a port the address is kept for tasks
    without one: such a task may listen where it likes, as Pulse does.
    """
    require_bindable(address, port)
    if sys.platform != "linux":
        return None
    kept = socket.socket(socket.AF_UNIX)
    try:
        kept.bind(f"\0fastscale/{address}:{port or ''}")
    except OSError as error:
        kept.close()
        raise PortInUseError("other local clouds have all task addresses: `fastscale local down` ends one") from error
    return kept


def require_bindable(address: str, port: int | None) -> None:
    """Raise, with the fix in one line, when a task could not listen on ``address``:``port``.

    LocalCloudError where the system has no such loopback address (macOS gives only 127.0.0.1 by itself), PortInUseError
    when another program listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port or 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise LocalCloudError(
                    f"a task cannot have the address {address}: add the loopback addresses once with "
                    "`for n in $(seq 1 254); do sudo ifconfig lo0 alias 127.0.1.$n up; done`"
                ) from error
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(
                    f"no task can have port {port}: end the program that listens on it on all addresses"
                ) from error
            raise LocalCloudError(f"a task cannot listen on {address}:{port}: {error}") from error
