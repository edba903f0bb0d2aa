"""How long do one alarm evaluation and one step decision take? The simulator makes millions of them.

    make bench NAME=decide

The yardstick is the call of a Python function that does nothing, measured in the same run.
"""

from __future__ import annotations

import gc
import timeit
from collections.abc import Callable

from benchmarks.result import finish
from fastscale import names, profiles
from fastscale.decide import alarm, step
from fastscale.decide.alarm import AlarmMemory
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, ServiceState
from fastscale.decide.step import StepSeen

TARGET_MICROSECONDS = 20.0
CALLS = 1_000
REPEATS = 100


def main() -> None:
    """Measure, print the figures beside the yardstick, and end with the JSON line."""
    plan = profiles.default()
    watched = plan.alarm(names.ALARM_RPS)
    policy = plan.step_policy(watched.policies[0])
    calm, memory, cooldowns = [60.0] * 7, AlarmMemory(AlarmState.OK), Cooldowns()
    surge = [*calm[1:], 437.5]  # in the last step of the policy, the one that is found last
    service = ServiceState(running=10, desired=10, minimum=2, maximum=100)

    def nothing() -> None:
        pass

    def evaluate_calm() -> None:
        alarm.evaluate(watched, calm, memory, 1000.0)

    def evaluate_without_data() -> None:
        alarm.evaluate(watched, [None] * 7, memory, 1000.0)

    def evaluate_and_decide() -> None:
        proposal, _ = alarm.evaluate(watched, surge, memory, 1000.0)
        step.decide(policy, StepSeen(service, proposal.evaluated, watched.threshold), cooldowns, 1000.0)

    yardstick = microseconds(nothing)
    show("a function that does nothing", yardstick, yardstick)
    show("alarm evaluation, no change", microseconds(evaluate_calm), yardstick)
    show("alarm evaluation, no data", microseconds(evaluate_without_data), yardstick)
    value = microseconds(evaluate_and_decide)
    show("alarm evaluation and step decision", value, yardstick)
    finish("decide", value, "us", target=f"<= {TARGET_MICROSECONDS:g}", ok=value <= TARGET_MICROSECONDS)


def show(label: str, taken: float, yardstick: float) -> None:
    """Print one figure beside the yardstick."""
    print(f"{label:36s} {taken:7.3f} us {taken / yardstick:8.0f} x the yardstick")


def microseconds(run: Callable[[], None]) -> float:
    """The time of one call: the best of many short rounds, so that other work on the machine counts least."""
    gc.collect()
    return min(timeit.repeat(run, number=CALLS, repeat=REPEATS)) / CALLS * 1e6


if __name__ == "__main__":
    main()
