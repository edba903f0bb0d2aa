from __future__ import annotations

from fastscale.demo import phases
from fastscale.load.latency import Histogram
from fastscale.load.records import Failure, Settled
from tests.demo.recordings import CALM, SURGE, Answer, record


def second(at: float, *, offered: int = 100, ok: int = 100, latency_ms: float = 50) -> Settled:
    failed = {Failure.TIMEOUT: offered - ok} if ok < offered else {}
    return Settled(second=at, offered=offered, ok=ok, failed=failed, latency=Histogram.of([latency_ms] * ok))


def test_every_request_of_the_load_is_in_one_phase() -> None:
    recording = record(Answer())
    counted = phases.requests(recording, capacity_at=recording.surge_at + 39.5, slo_ms=500)
    parts = (counted.before, counted.during, counted.after)

    assert counted.before.offered == 20 * CALM
    assert sum(part.offered for part in parts) == 20 * CALM + 100 * SURGE
    assert all(part.ok + part.failed == part.offered for part in parts)


def test_the_surge_hurts_until_served_traffic_has_caught_up() -> None:
    recording = record(Answer(healthy=39))
    counted = phases.requests(recording, capacity_at=recording.surge_at + 39.5, slo_ms=500)

    assert counted.before.failed == counted.after.failed == 0
    assert counted.during.failures == {Failure.OVERLOAD: counted.during.failed}
    assert counted.during.failed > 10_000
    assert (counted.during.p50_ms or 0) > 3000
    assert (counted.after.p95_ms or 0) < 500
    assert counted.during.seconds >= 40


def test_capacity_alone_is_not_enough_while_the_queue_is_long() -> None:
    """Seven tasks just carry 600 requests/s and need seconds to work off what waits."""
    recording = record(Answer(tasks=7))
    capacity_at = recording.surge_at + 39.5
    caught_up = phases.caught_up_at(recording, capacity_at=capacity_at, slo_ms=500)

    assert caught_up is not None
    assert caught_up > capacity_at + 1


def test_without_capacity_there_is_no_after() -> None:
    counted = phases.requests(record(Answer()), capacity_at=None, slo_ms=500)

    assert counted.after == phases.Phase()
    assert counted.during.offered == 100 * SURGE


def test_a_stretch_is_well_served_with_99_percent_answered_and_p95_within_the_slo() -> None:
    assert phases.well_served([second(0, ok=99)], slo_ms=500)
    assert not phases.well_served([second(0, ok=98)], slo_ms=500)
    assert phases.well_served([second(0, offered=95, ok=95), second(1, offered=5, ok=5, latency_ms=900)], slo_ms=500)
    assert not phases.well_served(
        [second(0, offered=94, ok=94), second(1, offered=6, ok=6, latency_ms=900)], slo_ms=500
    )


def test_a_stretch_without_requests_is_not_well_served() -> None:
    assert not phases.well_served([second(0, offered=0, ok=0)], slo_ms=500)


def test_recovery_is_judged_over_the_last_five_seconds() -> None:
    assert phases.recovered(record(Answer()), slo_ms=500)
    assert not phases.recovered(record(Answer(tasks=4)), slo_ms=500)
    assert not phases.recovered(record(Answer(healthy=97.0)), slo_ms=500)


def test_calm_traffic_before_a_surge_is_no_recovery() -> None:
    """A load that was stopped before its surge served everything, but recovered from nothing."""
    recording = record(Answer())
    calm_only = tuple(line for line in recording.settled if line.second < recording.surge_at)

    assert not phases.recovered(recording.model_copy(update={"settled": calm_only}), slo_ms=500)


def test_a_second_that_the_surge_cuts_in_two_belongs_to_the_surge() -> None:
    recording = record(Answer())
    early = recording.model_copy(update={"surge_at": recording.surge_at - 0.4})

    assert phases.requests(early, capacity_at=None, slo_ms=500).before.seconds == 19


def test_seconds_are_in_order_whenever_they_settled_and_the_drain_is_left_out() -> None:
    recording = record(Answer())
    end = recording.settled[-1].second
    shuffled = (*reversed(recording.settled), second(end + 1, offered=0, ok=0))
    lines = phases.whole_seconds(recording.model_copy(update={"settled": shuffled}))

    assert lines == list(recording.settled)
