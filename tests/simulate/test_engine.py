"""Events happen in a total order, and time passes before each."""

import pytest

from fastscale.simulate.engine import Engine, Priority


def test_events_run_by_time_then_priority_then_order_of_scheduling():
    seen = []
    engine = Engine(0.0, lambda until: seen.append(f"until {until:g}"))
    for name, at, priority in [
        ("late", 2, Priority.LIFECYCLE),
        ("decision", 1, Priority.DECISION),
        ("first", 1, Priority.LIFECYCLE),
        ("second", 1, Priority.LIFECYCLE),
    ]:
        engine.schedule(at, lambda _now, name=name: seen.append(name), priority)
    engine.run(3)
    assert [what for what in seen if "until" not in what] == ["first", "second", "decision", "late"]
    assert seen[0] == "until 1"
    assert seen[-1] == "until 3"


def test_an_event_may_schedule_the_next_but_not_the_past():
    engine = Engine(0.0, lambda _until: None)
    moments = []

    def tick(now):
        moments.append(now)
        engine.schedule(now + 2, tick)

    engine.schedule(1, tick)
    engine.run(6)
    assert moments == [1, 3, 5]
    with pytest.raises(ValueError, match="has passed"):
        engine.schedule(1, tick)
