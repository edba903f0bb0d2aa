"""The simulator against measurements of the real thing."""

import numpy as np
import pytest

from fastscale.simulate.settings import TaskModel
from fastscale.simulate.traffic.trace import Trace
from tests.simulate.worlds import plan, run

#: AWS measured, for CPU target tracking on 60 s and on 20 s data, the seconds from a rise in load to the scale-out and
#: to its tasks running (aws/containers-roadmap, issue 2113).
MEASURED = {"target-cpu-60s": (363, 386), "target-cpu-20s": (86, 109)}


@pytest.mark.parametrize("strategy", MEASURED)
def test_aws_benchmark_within_15_percent(strategy):
    """Assumed, as AWS does not say: CPU rises to just above its target at a random moment of the minute, tasks start in
    23 s, and AWS's metrics are visible 120 s (60 s data) and 10 s (20 s data) after their period."""
    triggers, running = zip(*(_reaction(strategy, phase) for phase in range(0, 60, 5)), strict=True)
    trigger, provisioned = MEASURED[strategy]
    assert np.mean(triggers) == pytest.approx(trigger, rel=0.15)
    assert np.mean(running) == pytest.approx(provisioned, rel=0.15)


def _reaction(strategy: str, phase: int) -> tuple[float, float]:
    """Seconds from the rise (60 to 72 requests/s per task, target 70) to the new desired count and to a task more."""
    rise = 600 + phase
    trace = Trace("benchmark", np.where(np.arange(rise + 600) < rise, 120.0, 144.0))
    outcome = run(trace, strategy, plan(), task=TaskModel(cpu_full_percent=100))
    assert outcome.series.step_seconds == 1
    desired, tasks = np.array(outcome.series.desired[rise:]), np.array(outcome.series.running[rise:])
    return float(np.argmax(desired > 2)), float(np.argmax(tasks > 2))
