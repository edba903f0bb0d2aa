"""What a process keeps is left out of later collections, garbage is not kept, and threads take short turns."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from fastscale.pauses import Precedence, no_collections, set_aside_what_stays, take_short_turns


class Node:
    """An object that only a collection can free: it refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()


def test_what_stays_is_not_looked_at_again_and_later_garbage_still_is() -> None:
    early, gone = Node(), weakref.ref(Node())
    set_aside_what_stays()
    assert gone() is None, "garbage must be collected before everything is set aside"
    assert not any(found is early for found in gc.get_objects()), "a collection would look at it"

    late = weakref.ref(Node())
    gc.collect()
    assert late() is None


def test_a_busy_thread_gives_way_within_a_millisecond() -> None:
    take_short_turns()
    assert sys.getswitchinterval() < 0.001


def test_others_wait_for_work_that_goes_before_but_not_for_ever() -> None:
    precedence, done = Precedence(patience_seconds=30), Event()

    def other() -> None:
        precedence.wait()
        done.set()

    thread = Thread(target=other, daemon=True)
    with pytest.raises(KeyError), precedence.first():
        thread.start()
        assert not done.wait(0.2)
        raise KeyError
    assert done.wait(10)
    precedence.wait()  # nobody is first any more

    impatient = Precedence(patience_seconds=0.01)
    with impatient.first():
        impatient.wait()


def test_garbage_waits_until_the_work_is_done() -> None:
    collections: list[str] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        collections.append(phase)

    gc.callbacks.append(note)
    try:
        with pytest.raises(KeyError), no_collections():
            kept = [[number] for number in range(50_000)]
            meanwhile = len(collections)
            raise KeyError
        assert meanwhile == 0
        kept += [[number] for number in range(50_000)]
        assert collections
    finally:
        gc.callbacks.remove(note)


def test_who_collects_no_garbage_at_all_is_left_alone() -> None:
    gc.disable()
    try:
        with no_collections():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
