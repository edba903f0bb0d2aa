from __future__ import annotations

from fastscale.demo.orders import Order
from fastscale.demo.phases import Phase, Requests
from fastscale.demo.settings import DemoSettings
from fastscale.demo.timeline import Milestones
from fastscale.demo.trigger import Actor, Trigger
from fastscale.demo.verdict import story, verdict

NO_REQUESTS = Requests(before=Phase(), during=Phase(), after=Phase())


def test_ok_takes_both_a_trigger_and_a_recovery() -> None:
    triggered = Milestones(trigger=10.1)

    assert verdict(triggered, recovered=True, slo_ms=500).ok
    assert not verdict(triggered, recovered=False, slo_ms=500).ok
    assert not verdict(Milestones(), recovered=True, slo_ms=500).ok


def test_the_verdict_says_what_was_missing() -> None:
    assert verdict(Milestones(), recovered=True, slo_ms=500).text == "No scale-out was triggered."
    assert "did not recover (99 % answered and 95 % within 500 ms over the last 5 s)" in (
        verdict(Milestones(trigger=10), recovered=False, slo_ms=500).text
    )


def test_the_story_tells_what_was_reached_in_order() -> None:
    told = story(DemoSettings(), Milestones(alarm=9.84, trigger=10.12), NO_REQUESTS)

    assert told[0] == "Traffic rose from 60 to 600 requests/s within 1 s, while 2 tasks could serve 200 requests/s."
    assert told[1] == "An alarm tripped after 9.8 s and the desired count was raised after 10.1 s."


def test_the_story_says_who_acted_and_what_the_alarm_path_alone_would_have_done() -> None:
    reached = Milestones(pulse_decision=1.31, trigger=1.36, alarm=9.0, alarm_trigger=9.1)
    pulse = Trigger(at=0, actor=Actor.PULSE, before=2, after=7, reason="the load is 10 times what it was.")
    alarms = Trigger(at=0, actor=Actor.ALARMS, before=2, after=7, reason="monitor alarm in state ALARM")

    assert story(DemoSettings(), reached, NO_REQUESTS, pulse)[2] == (
        "Pulse raised the desired count from 2 to 7 after 1.4 s: the load is 10 times what it was. "
        "The alarm path alone would have acted after 9.1 s."
    )
    assert story(DemoSettings(), Milestones(pulse_decision=1.31, trigger=1.36), NO_REQUESTS, pulse)[2].endswith(
        "The alarm path did not have to act."
    )
    assert story(DemoSettings(), reached, NO_REQUESTS, alarms)[2] == (
        "The alarm path raised the desired count from 2 to 7 after 1.4 s: monitor alarm in state ALARM."
    )


def test_the_story_says_what_each_path_ordered_against_the_need() -> None:
    reached = Milestones(trigger=1.36)
    pulse = [Order(at=1, actor=Actor.PULSE, tasks=12), Order(at=2, actor=Actor.PULSE, tasks=17)]
    alarms = [Order(at=9, actor=Actor.ALARMS, tasks=37)]

    assert story(DemoSettings(), reached, NO_REQUESTS, placed=[*pulse, *alarms])[2] == (
        "Pulse ordered 17 tasks and the alarm path ordered 37 tasks at most; 6 were needed at 100 requests/s each."
    )
    assert story(DemoSettings(surge_rate=61), reached, NO_REQUESTS, placed=alarms)[2] == (
        "The alarm path ordered 37 tasks at most; 1 was needed at 100 requests/s each."
    )


def test_the_story_counts_the_cost_and_the_end() -> None:
    during = Phase(offered=24_000, ok=9_000, failed=15_000, p95_ms=3133)
    after = Phase(offered=36_000, ok=36_000, p95_ms=137.2)
    told = story(DemoSettings(), Milestones(), Requests(before=Phase(), during=during, after=after))

    assert told[1] == "Nothing answered the surge."
    assert "15,000 of 24,000 requests failed; of those answered, 95 % took up to 3,133 ms" in told[2]
    assert told[3] == "From then on 36,000 of 36,000 requests were answered, 95 % of them within 137 ms."


def test_the_story_admits_that_nothing_was_served_again() -> None:
    lost = NO_REQUESTS.model_copy(update={"during": Phase(offered=100, ok=10, failed=90, p95_ms=5000)})

    assert story(DemoSettings(), Milestones(), lost)[2:] == (
        "Until the load ended, 90 of 100 requests failed; of those answered, 95 % took up to 5,000 ms.",
        "Served traffic had not caught up with the offered when the load ended.",
    )


def test_a_surge_that_capacity_carried_from_the_start_cost_nothing() -> None:
    assert story(DemoSettings(), Milestones(), NO_REQUESTS)[2] == "Capacity was never short."
