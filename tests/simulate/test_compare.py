"""Many strategies under many traces give the same in one process and in several."""

from fastscale.simulate.compare import compare
from fastscale.simulate.settings import WorldSettings
from tests.simulate.worlds import jump, plan


def test_the_order_is_traces_then_strategies_whatever_finishes_first():
    traces = [jump(60, 600, seconds=400), jump(60, 90, seconds=400)]
    strategies = ["default", "fixed", "knative"]
    done = []
    parallel = compare(traces, plan(), strategies, WorldSettings(), processes=2, on_done=done.append)
    alone = compare(traces, plan(), strategies, WorldSettings(), processes=1)
    assert parallel == alone
    assert [outcome.strategy for outcome in parallel] == strategies * 2
    assert len(done) == 6
