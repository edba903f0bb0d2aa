"""Two replicas and one right to act: a lease that no step of a wall clock can break.

The holder writes a new version every second. The other replica takes over when the version that it saw has stayed the
same for :data:`LEASE_SECONDS` of *its own* monotonic clock. The holder stops acting well before: it counts from the
moment it *began* its last successful write, which is before the other can have seen it. No moment is ever compared
between machines; clocks need only run at the same speed, within the margin.

A replica whose loop hangs neither renews nor seeks: whoever holds the lease is able to act.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from fastscale.errors import StoreError
from fastscale.loops import run_every
from fastscale.ports import NOBODY, Clock, Holding, LeaseTable

logger = logging.getLogger(__name__)

#: A version that stays the same for so long is free to take, in seconds.
LEASE_SECONDS = 6.0
#: The holder acts for so long after its last successful write began: a change that it has begun by then ends in time.
ACTING_SECONDS = 3.0
#: Between two writes of the holder, and two looks of the other, in seconds.
RENEW_SECONDS = 1.0


class SharedLease:
    """One replica's side of the lease; ``owner`` must be unlike any other process's, restarts included.

    ``able`` says whether this replica could act if it held the lease.
    """

    def __init__(self, table: LeaseTable, owner: str, *, clock: Clock, able: Callable[[], bool] = lambda: True) -> None:
        self._table = table
        self._owner = owner
        self._clock = clock
        self._able = able
        self._acts_until = float("-inf")
        self._seen: Holding | None = None
        self._seen_at = 0.0
        self._cause = ""

    def held(self) -> bool:
        """Whether this replica may act now."""
        return self._clock.monotonic() < self._acts_until

    def run(self, stop: Event) -> None:
        """Keep or seek the lease until ``stop`` is set; then give it back, so that the other need not wait."""
        run_every(RENEW_SECONDS, self.step, stop, name="lease", monotonic=self._clock.monotonic)
        self.give_back()

    def step(self) -> None:
        """Write or look once. A table that does not answer lets the lease run out, and so does a loop that hangs."""
        if not self._able():
            return
        try:
            if self.held():
                self._renew()
            else:
                self._seek()
            self._cause = ""
        except StoreError as error:
            if str(error) != self._cause:
                logger.warning("the lease cannot be kept or sought: %s", error)
            self._cause = str(error)

    def give_back(self) -> None:
        """Stop acting, and say so."""
        held = self.held()
        self._acts_until = float("-inf")
        if not held:
            return
        try:
            self._table.release(self._owner)
        except StoreError as error:
            logger.warning("the lease could not be given back, it runs out in %g s: %s", LEASE_SECONDS, error)

    def _renew(self) -> None:
        began = self._clock.monotonic()
        if self._table.renew(self._owner):
            self._acts_until = began + ACTING_SECONDS
        else:
            self._acts_until = float("-inf")
            logger.warning("the lease was taken by the other replica: this one watches")

    def _seek(self) -> None:
        found = self._table.read()
        now = self._clock.monotonic()
        if found is not None and found.owner == self._owner:
            self._renew()  # a write of ours was answered too late to be noticed
            return
        if found != self._seen:
            self._seen, self._seen_at = found, now
        if found is None:
            self._took(self._table.create(self._owner), began=now)
        elif found.owner == NOBODY or now - self._seen_at >= LEASE_SECONDS:
            self._took(self._table.take(self._owner, seen=found), began=now)

    def _took(self, success: bool, *, began: float) -> None:
        if success:
            self._acts_until = began + ACTING_SECONDS
            logger.info("this replica holds the lease and acts")


class SoleReplica:
    """The lease of a controller without a second one: always held."""

    def held(self) -> bool:
        """Always."""
        return True
