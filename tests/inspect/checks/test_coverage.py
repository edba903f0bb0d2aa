"""Values at which an alarm fires and no step acts."""

from __future__ import annotations

import pytest

from fastscale.plan import Comparison, Metric, Step, StepPolicy
from tests.inspect.designs import CPU, RPS, codes, found, high, plan


@pytest.mark.parametrize(
    ("metric", "threshold", "comparison", "bounds", "hole"),
    [
        (RPS, 100, Comparison.GREATER, [(0, None)], None),
        (RPS, 100, Comparison.GREATER, [(None, 0), (0, None)], None),
        (RPS, 100, Comparison.GREATER, [(None, -50), (-50, None)], None),
        (RPS, 100, Comparison.GREATER, [(20, None)], "between 100 and 120"),
        (RPS, 100, Comparison.GREATER, [(None, 0)], "anywhere above 100"),
        (CPU, 70, Comparison.GREATER_OR_EQUAL, [(0, 20), (20, None)], None),
        (RPS, 50, Comparison.LESS, [(None, 0)], None),
        (RPS, 50, Comparison.LESS, [(None, -20), (-20, 0)], None),
        (RPS, 50, Comparison.LESS, [(None, -10)], "between 40 and 50"),
        (RPS, 50, Comparison.LESS_OR_EQUAL, [(0, None)], "anywhere below 50"),
    ],
)
def test_where_an_alarm_fires_and_no_step_acts(
    metric: Metric,
    threshold: float,
    comparison: Comparison,
    bounds: list[tuple[float | None, float | None]],
    hole: str | None,
) -> None:
    policy = StepPolicy(name="out", steps=tuple(Step(lower=low, upper=up, adjustment=1) for low, up in bounds))
    made = plan(high(metric=metric, threshold=threshold, comparison=comparison), steps=(policy,))
    if hole is None:
        assert codes(made) == []
        return
    [one] = found(made)
    assert (one.code, one.subject) == ("FS004", "out-alarm")
    assert one.what == f"it fires {hole}, where no step of out acts"
