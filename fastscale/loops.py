"""The loop of a background thread: it outlives a bad cycle, says what is wrong, and stops at once."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from threading import Event

logger = logging.getLogger(__name__)

Say = Callable[[str], None]

#: The same reason is logged again after so many seconds, then in one line.
LOG_AGAIN_SECONDS = 60.0


class Throttle:
    """Lets each text through once in ``seconds``, however many others come between; for one thread at a time."""

    def __init__(self, seconds: float = LOG_AGAIN_SECONDS) -> None:
        self._seconds = seconds
        self._told_at: dict[str, float] = {}

    def lets(self, text: str, at: float) -> bool:
        """Whether to tell ``text`` at ``at`` (seconds of a clock that never jumps); if so it counts as told."""
        self._told_at = {told: when for told, when in self._told_at.items() if at - when < self._seconds}
        if text in self._told_at:
            return False
        self._told_at[text] = at
        return True


class Guard:
    """Lets a step fail without ending the loop around it. ``name`` says in the log whose step it is.

    Each new reason is logged with its traceback, and told to ``say`` as a sentence.
    """

    def __init__(
        self, name: str, say: Say = lambda _: None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._say = say
        self._monotonic = monotonic
        self._reason = ""
        self._throttle = Throttle()

    def run(self, step: Callable[[], object]) -> bool:
        """Call ``step``; whether it did not fail."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - nobody else would catch it: the thread would end
            self._tell(error)
            return False
        return True

    def _tell(self, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        new = reason != self._reason
        if self._throttle.lets(reason, self._monotonic()):
            text = "%s: a cycle failed and is skipped: %s"
            logger.warning(text, self._name, reason, exc_info=error if new else None)
        if new:
            self._say(f"a cycle failed and is skipped: {reason}")
        self._reason = reason


def run_every(
    seconds: float,
    step: Callable[[], object],
    stop: Event,
    *,
    name: str,
    say: Say = lambda _: None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Call ``step`` now and every ``seconds`` until ``stop`` is set, which also ends the wait.

    Beats that pass while a step runs are left out, not made up for. A step that fails is logged and told as
    :class:`Guard` says, and the next one comes in its turn.
    """
    guard = Guard(name, say, monotonic=monotonic)
    began = monotonic()
    while not stop.is_set():
        guard.run(step)
        passed = monotonic() - began
        next_beat = (math.floor(passed / seconds) + 1) * seconds
        stop.wait(next_beat - passed)
