"""What other choices would save: differences of two bills."""

import pytest

from fastscale import plan_file, profiles
from fastscale.cost import PRICES, Choice, Route, Usage, choices, estimate, on_route

PLAN = profiles.default()
VIRGINIA = PRICES["us-east-1"]
DONE = plan_file.from_table(
    {
        "profile": "default",
        "task": {"architecture": "arm64"},
        "service": {"spot_percent": 80},
        "pulse": {"enabled": True},
    }
)


def by_name(found: list[Choice], word: str) -> Choice:
    (choice,) = [choice for choice in found if word in choice.name]
    return choice


def test_the_largest_saving_comes_first_and_is_the_difference_of_two_bills() -> None:
    usage = Usage(tasks=10, interval_seconds=5, detail=True)
    found = choices(PLAN, VIRGINIA, usage)
    assert [choice.saves_dollars for choice in found] == sorted((c.saves_dollars for c in found), reverse=True)
    assert "EMF" in found[0].name
    plan, by_lines = on_route(PLAN, usage, Route.EMF)
    cheaper = estimate(plan, VIRGINIA, by_lines)
    assert found[0].saves_dollars == pytest.approx(estimate(PLAN, VIRGINIA, usage).dollars - cheaper.dollars)


def test_the_difference_between_nat_and_endpoints_is_told_either_way() -> None:
    usage = Usage(tasks=2, interval_seconds=5)
    closed = plan_file.from_table({"profile": "default", "network": {"egress": "endpoints"}})
    to_endpoints = by_name(choices(PLAN, VIRGINIA, usage), "interface endpoints instead")
    to_nat = by_name(choices(closed, VIRGINIA, usage), "NAT instead")
    assert to_endpoints.saves_dollars == pytest.approx(-to_nat.saves_dollars)
    # The services that are called, in three zones, against one gateway, and what passes.
    endpoints = 3 * len(closed.interface_endpoints)
    assert to_nat.saves_dollars == pytest.approx(730 * (endpoints * 0.01 - 0.045) - 2 * 0.7884 * 0.035)


def test_pulse_costs_a_task_and_pays_for_itself_in_a_large_fleet() -> None:
    few = by_name(choices(PLAN, VIRGINIA, Usage(tasks=2, interval_seconds=5)), "Pulse")
    many = by_name(choices(PLAN, VIRGINIA, Usage(tasks=20, interval_seconds=5)), "Pulse")
    assert few.saves_dollars < 0 < many.saves_dollars


def test_what_is_done_already_is_no_choice() -> None:
    found = choices(DONE, VIRGINIA, Usage(tasks=10, interval_seconds=10, route=Route.PULSE))
    assert [choice.name for choice in found] == ["interface endpoints instead of NAT"]
