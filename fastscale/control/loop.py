"""Calls the tick at a steady pace: outlives a bad one, never runs two at once, stops at once."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from threading import Event

from fastscale.ports import Clock

logger = logging.getLogger(__name__)


def run_ticks(tick: Callable[[], None], stop: Event, *, clock: Clock, interval_seconds: float) -> None:
    """Call ``tick`` every ``interval_seconds`` until ``stop`` is set, which also ends the wait.

    Beats that pass while a tick runs are left out, not made up for. A tick that fails is logged: with its traceback
    when the cause is new, in one line when it is the same as before.
    """
    began = clock.monotonic()
    cause = ""
    while not stop.is_set():
        try:
            tick()
            cause = ""
        except Exception as error:  # a controller does not end because of one bad tick
            text = f"{type(error).__name__}: {error}"
            logger.warning("a tick failed and is skipped: %s", text, exc_info=error if text != cause else None)
            cause = text
        passed = clock.monotonic() - began
        next_beat = (math.floor(passed / interval_seconds) + 1) * interval_seconds
        stop.wait(next_beat - passed)
