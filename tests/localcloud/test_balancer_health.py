"""What checks make of a target, and who gets traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastscale.localcloud.balancer.groups import Registration
from fastscale.localcloud.balancer.health import CheckResult, HealthSettings, State, TargetHealth, in_rotation, observe
from fastscale.localcloud.balancer.watched import REGISTRATION_SECONDS, WatchedTargets
from fastscale.localcloud.targets import Target

SETTINGS = HealthSettings(
    path="/health", interval_seconds=5, timeout_seconds=4, healthy_threshold=3, unhealthy_threshold=2
)
PASS = CheckResult()
FAIL = CheckResult("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")


@pytest.mark.parametrize(
    ("checks", "states"),
    [
        ("+", "healthy"),
        ("-", "initial"),
        ("-+", "initial healthy"),
        ("--", "initial unhealthy"),
        ("+-", "healthy healthy"),
        ("+-+-", "healthy healthy healthy healthy"),
        ("+--", "healthy healthy unhealthy"),
        ("--+++", "initial unhealthy unhealthy unhealthy healthy"),
        ("--++-+++", "initial unhealthy unhealthy unhealthy unhealthy unhealthy unhealthy healthy"),
    ],
)
def test_one_pass_makes_a_new_target_healthy_and_thresholds_rule_after_that(checks: str, states: str) -> None:
    health, seen = TargetHealth(), []
    for check in checks:
        health = observe(health, PASS if check == "+" else FAIL, SETTINGS)
        seen.append(health.state.value)
    assert " ".join(seen) == states


def test_an_unhealthy_target_tells_why() -> None:
    health = observe(observe(TargetHealth(), FAIL, SETTINGS), FAIL, SETTINGS)
    assert (health.reason, health.description) == (FAIL.reason, FAIL.description)
    assert observe(TargetHealth(), PASS, SETTINGS).reason is None


@given(st.lists(st.booleans(), min_size=5, max_size=50))
def test_enough_equal_checks_in_a_row_always_decide(checks: list[bool]) -> None:
    health = TargetHealth()
    for passed in checks:
        health = observe(health, PASS if passed else FAIL, SETTINGS)
    if all(checks[-3:]):
        assert health.state is State.HEALTHY
    if not any(checks[-2:]):
        assert health.state is State.UNHEALTHY


@pytest.mark.parametrize(
    ("codes", "accepted", "refused"),
    [("200", [200], [201, 404]), ("200,202", [200, 202], [201]), ("200-299", [200, 250, 299], [199, 300])],
)
def test_the_matcher_takes_single_codes_lists_and_ranges(codes: str, accepted: list[int], refused: list[int]) -> None:
    settings = HealthSettings(codes=codes)
    assert all(map(settings.accepts, accepted))
    assert not any(map(settings.accepts, refused))


def test_traffic_goes_to_healthy_targets_and_to_all_unhealthy_ones_only_when_none_is_healthy() -> None:
    healthy, unhealthy = TargetHealth(State.HEALTHY), TargetHealth(State.UNHEALTHY)
    assert in_rotation({"a": healthy, "b": unhealthy, "c": TargetHealth()}) == ["a"]
    assert in_rotation({"a": unhealthy, "b": unhealthy, "c": TargetHealth()}) == ["a", "b"]
    assert in_rotation({"c": TargetHealth()}) == []


class Watch:
    """Registered targets and the checks that were started for them."""

    def __init__(self) -> None:
        self.targets = WatchedTargets()
        self.started: list[tuple[Target, float]] = []

    def check(self, now: float) -> int:
        """Start what is due; how many checks that were."""
        before = len(self.started)
        self.targets.start_checks(
            lambda target, registered, _: self.started.append((target, registered)), SETTINGS, now
        )
        return len(self.started) - before

    def states(self) -> list[str]:
        return [health.state.value for health in self.targets.healths.values()]


A = Target("127.0.1.1", 8080)


def test_a_target_is_checked_soon_after_its_registration_and_then_at_every_interval() -> None:
    watch = Watch()
    watch.targets.update([Registration(A, 100.0)], keep_missing=False, now=100.2)
    moments = [tenth / 10 for tenth in range(1000, 1160)]
    checked_at = [now for now in moments if watch.check(now)]
    first = 100.0 + REGISTRATION_SECONDS
    assert checked_at == [first, first + 5, first + 10]


def test_a_target_that_drains_is_forgotten_at_once() -> None:
    watch = Watch()
    watch.targets.update([Registration(A, 100.0)], keep_missing=False, now=100.0)
    watch.targets.take(A, 100.0, PASS, SETTINGS)
    assert watch.states() == ["healthy"]
    watch.targets.update([Registration(A, 100.0, draining=True)], keep_missing=True, now=101.0)
    assert watch.states() == []


def test_a_target_registered_again_starts_anew_and_ignores_checks_of_its_former_life() -> None:
    watch = Watch()
    watch.targets.update([Registration(A, 100.0)], keep_missing=False, now=100.0)
    watch.targets.take(A, 100.0, PASS, SETTINGS)
    watch.targets.update([Registration(A, 200.0)], keep_missing=False, now=200.0)
    assert watch.states() == ["initial"]
    assert watch.targets.take(A, 100.0, PASS, SETTINGS) is None
    assert watch.states() == ["initial"]


def test_after_a_restart_of_the_server_known_targets_stay_until_they_are_registered_again() -> None:
    watch = Watch()
    watch.targets.update([Registration(A, 100.0)], keep_missing=False, now=100.0)
    watch.targets.take(A, 100.0, PASS, SETTINGS)
    watch.targets.update([], keep_missing=True, now=150.0)
    assert watch.states() == ["healthy"]
    watch.targets.update([Registration(A, 151.0)], keep_missing=True, now=151.0)
    watch.targets.update([Registration(A, 151.0)], keep_missing=False, now=170.0)
    assert watch.states() == ["healthy"]
    watch.targets.update([], keep_missing=False, now=171.0)
    assert watch.states() == []
