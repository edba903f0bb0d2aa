"""Loops outlive bad cycles, and are patient with an API server that is away."""

from __future__ import annotations

import threading
import time

from fastscale.localcloud.backstage import ApiUnavailableError
from fastscale.localcloud.cycle import LONGEST_WAIT_SECONDS, SHORTEST_WAIT_SECONDS, Patience, run_cycles


def test_a_loop_outlives_bad_cycles_and_says_each_new_reason_once() -> None:
    stop, said, calls = threading.Event(), list[str](), list[int]()

    def tick(now: float) -> None:
        calls.append(1)
        if len(calls) == 6:
            stop.set()
        if len(calls) <= 3:
            raise ValueError("first reason")
        if len(calls) == 4:
            raise KeyError("second reason")

    run_cycles(tick, stop, name="part", period_seconds=0.001, say=said.append)
    assert len(calls) == 6
    assert [line.rpartition(": ")[2] for line in said] == ["first reason", "'second reason'"]


def test_stopping_a_loop_wakes_it() -> None:
    stop = threading.Event()
    thread = threading.Thread(
        target=lambda: run_cycles(lambda now: None, stop, name="part", period_seconds=60, say=lambda line: None)
    )
    thread.start()
    time.sleep(0.05)
    asked_at = time.monotonic()
    stop.set()
    thread.join(5)
    assert time.monotonic() - asked_at < 1


class Outage:
    """An API that is away, and somebody patient; seconds count from the first attempt."""

    def __init__(self, jitter: float = 1.0) -> None:
        self.said: list[str] = []
        self.attempts: list[float] = []
        self.away = True
        self.patience = Patience(self.said.append, jitter=lambda: jitter)

    def run(self, first: float, last: float) -> None:
        for tick in range(round(first * 100), round(last * 100)):
            if self.patience.attempt(self._call, tick / 100):
                self.patience.worked(tick / 100)

    def _call(self, now: float) -> None:
        self.attempts.append(now)
        if self.away:
            raise ApiUnavailableError("connection refused")


def test_attempts_come_ever_more_rarely_up_to_a_limit() -> None:
    outage = Outage()
    outage.run(0, 30)
    waits = [later - earlier for earlier, later in zip(outage.attempts, outage.attempts[1:], strict=False)]
    assert [round(wait, 2) for wait in waits[:5]] == [0.25, 0.5, 1.0, 2.0, 2.0]
    assert max(waits) <= LONGEST_WAIT_SECONDS + 0.01


def test_no_jitter_makes_an_api_that_is_away_asked_all_the_time() -> None:
    outage = Outage(jitter=0.0)
    outage.run(0, 1)
    assert outage.attempts[1] - outage.attempts[0] >= SHORTEST_WAIT_SECONDS - 0.001


def test_an_outage_of_hours_is_outlived() -> None:
    outage = Outage()
    for number in range(10_000):
        assert not outage.patience.attempt(outage._call, 3.0 * number)
    assert len(outage.attempts) == 10_000


def test_an_outage_is_said_once_and_its_end_too() -> None:
    outage = Outage()
    outage.run(0, 10)
    outage.away = False
    outage.run(10, 20)
    assert len(outage.said) == 2
    assert "connection refused" in outage.said[0]
    assert "works again after" in outage.said[1]
