"""Loops outlive bad cycles, keep their pace, and stop at once."""

from __future__ import annotations

import logging
import threading

import pytest

from fastscale.loops import LOG_AGAIN_SECONDS, Guard, Throttle, run_every
from tests.control.fakes import HandClock
from tests.waiting import eventually


def test_a_loop_outlives_bad_cycles_and_stops_at_once() -> None:
    cycles: list[int] = []
    stop = threading.Event()

    def step() -> None:
        cycles.append(1)
        if len(cycles) <= 2:
            raise ValueError("bad")

    thread = threading.Thread(target=run_every, args=(0.02, step, stop), kwargs={"name": "part"}, daemon=True)
    thread.start()
    assert eventually(lambda: len(cycles) >= 5)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_stopping_ends_a_long_wait() -> None:
    stop, began = threading.Event(), threading.Event()
    thread = threading.Thread(target=run_every, args=(60, began.set, stop), kwargs={"name": "part"}, daemon=True)
    thread.start()
    assert began.wait(10)
    stop.set()
    thread.join(10)  # not 60 s
    assert not thread.is_alive()


def test_beats_that_a_slow_cycle_covers_are_left_out() -> None:
    clock = HandClock(0.0)
    starts: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            clock.pass_time(timeout or 0)
            return False

    stop = Stop()

    def step() -> None:
        starts.append(round(clock.time, 6))
        clock.pass_time(2.5 if len(starts) == 2 else 0.1)
        if len(starts) == 5:
            stop.set()

    run_every(1.0, step, stop, name="part", monotonic=clock.monotonic)
    assert starts == [0, 1, 4, 5, 6]


def test_a_reason_is_told_once_and_logged_with_its_traceback_once_a_line_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    clock, said = HandClock(), list[str]()
    guard = Guard("part", said.append, monotonic=clock.monotonic)

    def fail(reason: str) -> None:
        raise ValueError(reason)

    for _ in range(int(LOG_AGAIN_SECONDS) + 10):
        assert not guard.run(lambda: fail("first"))
        clock.pass_time(1)
    guard.run(lambda: fail("second"))
    assert guard.run(lambda: None)
    assert said == [
        "a cycle failed and is skipped: ValueError: first",
        "a cycle failed and is skipped: ValueError: second",
    ]
    assert [bool(line.exc_info) for line in caplog.records] == [True, False, True]


def test_reasons_that_take_turns_are_logged_once_a_minute_each(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    clock = HandClock()
    guard = Guard("part", monotonic=clock.monotonic)

    def fail() -> None:
        raise ValueError(f"reason {clock.time % 2:g}")

    for _ in range(2 * int(LOG_AGAIN_SECONDS)):
        guard.run(fail)
        clock.pass_time(1)
    assert len(caplog.records) == 4


def test_a_text_is_let_through_once_in_its_time_whatever_comes_between() -> None:
    throttle = Throttle(10)
    told = [(at, text) for at in range(25) for text in ("one", "other") if throttle.lets(text, at + (text == "other"))]
    assert told == [(0, "one"), (0, "other"), (10, "one"), (10, "other"), (20, "one"), (20, "other")]
