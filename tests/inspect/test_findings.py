"""Whatever the design, judging it gives findings of three lines and never fails."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.errors import InputError
from fastscale.inspect import CODES, Surge, findings, of_plan
from fastscale.plan import AdjustmentType, Comparison, Metric, Plan, Step, StepPolicy, TargetPolicy
from tests.inspect.designs import CPU, QUEUED, REQUESTS, RPS, alarm, deployed, plan

METRICS = st.sampled_from([RPS, CPU, REQUESTS, QUEUED, Metric(namespace="AWS/ECS", name="cpu")])
NUMBERS = st.integers(-5, 300) | st.floats(-1e9, 1e9) | st.just(1e-306)


@st.composite
def step_policies(draw: st.DrawFn, name: str) -> StepPolicy:
    bounds = sorted(draw(st.lists(st.integers(-60, 200), min_size=2, max_size=5, unique=True)))
    opened: list[float | None] = [*bounds]
    if bounds[0] < 0:
        opened[0] = None
    if bounds[-1] > 0 and (len(bounds) > 2 or bounds[0] >= 0):
        opened[-1] = None
    elif bounds[-1] > 0:
        opened[-1] = 0  # one step from below to above the threshold would need both ends open
    kind = draw(st.sampled_from(AdjustmentType))
    change = st.integers(0 if kind is AdjustmentType.EXACT else -120, 300)
    steps = tuple(Step(lower=low, upper=up, adjustment=draw(change)) for low, up in pairwise(opened))
    return StepPolicy(
        name=name,
        adjustment_type=kind,
        steps=steps,
        cooldown_seconds=draw(st.integers(0, 400)),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    steps = (draw(step_policies("a")), draw(step_policies("b")))
    predefined = st.sampled_from(["ECSServiceAverageCPUUtilization", "ALBRequestCountPerTarget", "Other"])
    tracking = (TargetPolicy(name="t", target=draw(st.floats(1e-3, 1e3)), predefined=draw(predefined)),)
    alarms = tuple(
        alarm(
            name=f"alarm-{number}",
            metric=draw(METRICS),
            threshold=draw(NUMBERS),
            comparison=draw(st.sampled_from(Comparison)),
            period=draw(st.sampled_from([10, 20, 60, 300])),
            evaluation_periods=draw(st.integers(1, 4)),
            policies=tuple(draw(st.lists(st.sampled_from("ab"), unique=True))),
        )
        for number in range(3)
    )
    return plan(*alarms, steps=steps, tracking=tracking, min_capacity=draw(st.integers(0, 5)), max_capacity=20)


@settings(deadline=None, max_examples=100)
@given(plans(), st.sampled_from([None, "1.1x", "50x", "500"]), st.booleans())
def test_any_design_is_judged(made: Plan, surge: str | None, template: bool) -> None:
    design = deployed(made) if template else of_plan(made, "plan")
    try:
        found = findings(design, Surge.parse(surge) if surge else None)
    except InputError:
        assert surge == "500"
        return
    for one in found:
        assert one.code in CODES
        assert "\n" not in one.what + one.why + one.fix


def test_the_documentation_lists_every_code_with_its_meaning() -> None:
    page = (Path(__file__).parents[2] / "docs" / "inspect.md").read_text()
    rows = [row.strip("| ").split(" | ") for row in page.splitlines() if row.startswith("| FS")]
    assert dict(rows) == CODES
