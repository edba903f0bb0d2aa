"""What a process keeps is left out of later collections, garbage is not kept, and threads take short turns."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from fastscale.localcloud.pauses import set_aside_what_stays, take_short_turns


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
