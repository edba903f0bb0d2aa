import math
import random
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastscale.decide.pulse.observation import LoadReading
from fastscale.ports import Target, TaskLoad
from fastscale.pulse.scrape.estimate import Estimator


def task(rate: float, seconds: float = 1.0, in_progress: float | None = None) -> TaskLoad:
    target = Target("10.0.0.1", 8080)
    return TaskLoad(target=target, seconds=seconds, arrivals=rate * seconds, in_progress=in_progress)


def estimate(rates: list[float], count: int, estimator: Estimator | None = None) -> LoadReading:
    made = estimator or Estimator()
    found = made.estimate([task(rate) for rate in rates], [], serving=count, settled=count)
    assert found is not None
    return found


def test_when_all_are_read_the_total_is_exact() -> None:
    found = estimate([10, 20, 60], 3)
    assert (found.rate, found.relative_error, found.tasks_read, found.tasks_serving) == (90, 0, 3, 3)


def test_a_task_that_does_not_answer_is_taken_for_one_like_the_others() -> None:
    found = estimate([100, 100, 100], 4)
    assert found.rate == pytest.approx(400)
    assert 0 < found.relative_error < 0.25


def test_each_task_counts_over_the_time_that_elapsed_for_it() -> None:
    found = Estimator().estimate([task(100, seconds=2.0), task(50, seconds=1.0)], [], serving=2, settled=2)
    assert found is not None
    assert (found.rate, found.arrivals, found.seconds) == (150, 250, 1.5)


def test_no_rate_of_any_task_is_no_load_and_not_zero() -> None:
    assert Estimator().estimate([], [4.0], serving=2, settled=2) is None


def test_tasks_that_just_came_do_not_multiply_what_the_old_ones_did_without_them() -> None:
    found = Estimator().estimate([task(500), task(500)], [], serving=10, settled=2)
    assert found is not None
    assert (found.rate, found.tasks_serving) == (1000, 10)


def test_requests_in_progress_are_those_of_all_tasks() -> None:
    found = Estimator().estimate([task(100)], [4.0, 8.0], serving=4, settled=4)
    assert found is not None
    assert found.in_progress == 24


def test_a_fleet_known_to_be_even_is_trusted_when_half_of_it_is_silent() -> None:
    estimator = Estimator()
    for _ in range(30):
        estimate([100, 100], 2, estimator)
    assert estimate([100], 2, estimator).relative_error < 0.1


def test_two_tasks_at_rest_have_no_load() -> None:
    assert estimate([0, 0], 4).rate == 0


@settings(max_examples=15, deadline=None)
@given(
    count=st.integers(40, 150), share=st.floats(0.3, 0.9), unevenness=st.floats(0.05, 0.8), seed=st.integers(0, 2**32)
)
def test_samples_hit_the_total_on_average_and_miss_it_by_what_they_say(
    count: int, share: float, unevenness: float, seed: int
) -> None:
    chance = random.Random(seed)
    rates = [chance.lognormvariate(4, unevenness) for _ in range(count)]
    size, rounds, total = max(10, round(share * count)), 400, sum(rates)
    found = [estimate(chance.sample(rates, size), count) for _ in range(rounds)]
    missed = [(one.rate - total) / total for one in found]
    assert abs(fmean(missed)) <= 5 * pstdev(missed) / math.sqrt(rounds)
    assert pstdev(missed) <= 1.25 * fmean(one.relative_error for one in found)
    within = sum(abs(miss) <= 2 * one.relative_error for miss, one in zip(missed, found, strict=True))
    assert within >= 0.85 * rounds


def test_late_answers_make_the_time_between_two_counts_uncertain() -> None:
    late = TaskLoad(target=Target("10.0.0.1", 8080), seconds=1.0, arrivals=100, uncertain_seconds=0.4)
    found = Estimator().estimate([task(100), late], [], serving=2, settled=2)
    assert found is not None
    assert found.timing_error == pytest.approx(0.2)


def test_nineteen_of_twenty_samples_are_within_twice_the_stated_error_as_the_documentation_says() -> None:
    chance = random.Random(7)
    rates = [chance.gauss(100, 50) for _ in range(2_000)]  # tasks that differ by half of their load
    estimator, total = Estimator(), sum(rates)
    found = [estimate(chance.sample(rates, 375), len(rates), estimator) for _ in range(200)]
    within = fmean(abs(one.rate - total) <= 1.96 * one.relative_error * total for one in found)
    assert 0.91 <= within <= 0.99
    assert 1.96 * found[-1].relative_error == pytest.approx(0.05, rel=0.15)
