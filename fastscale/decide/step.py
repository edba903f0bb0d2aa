"""What a step scaling policy does when its alarm invokes it.

Sources: Application Auto Scaling user guide, step-scaling-policy-overview.html (adjustment types, rounding, interval
bounds, worked example); API reference, StepAdjustment and StepScalingPolicyConfiguration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastscale.decide import limits
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import Hold, Proposal, ServiceState
from fastscale.plan import AdjustmentType, Aggregation, Step, StepPolicy


@dataclass(frozen=True, slots=True)
class StepSeen:
    """What a step policy sees: the service, and the alarm's threshold and evaluated datapoints, None for a gap."""

    service: ServiceState
    datapoints: Sequence[float | None]
    threshold: float


def decide(policy: StepPolicy, seen: StepSeen, memory: Cooldowns, now: float) -> tuple[Proposal, Cooldowns]:
    """The new desired count, or why it stays; ``memory`` belongs to the scalable target and all its policies."""
    value = aggregate(policy.aggregation, seen.datapoints)
    if value is None:
        return Proposal(policy.name, hold=Hold.NO_DATA), memory
    step = matching_step(policy.steps, value - seen.threshold)
    if step is None:
        return Proposal(policy.name, hold=Hold.NO_STEP), memory
    if policy.adjustment_type is AdjustmentType.EXACT:
        return _set_exactly(policy, step.adjustment, seen.service, memory, now)
    if step.adjustment > 0:
        base = limits.scale_out_base(policy.name, seen.service, memory, now)
        wanted = base + change(policy, base, step.adjustment)
        return limits.scale_out(policy.name, wanted, base, policy.cooldown_seconds, seen.service, memory, now)
    if step.adjustment < 0:
        base = limits.scale_in_base(seen.service)
        wanted = base + change(policy, base, step.adjustment)
        return limits.scale_in(policy.name, wanted, policy.cooldown_seconds, seen.service, memory, now)
    return Proposal(policy.name, hold=Hold.NO_CHANGE), memory


def aggregate(aggregation: Aggregation, datapoints: Sequence[float | None]) -> float | None:
    """One number for the alarm's datapoints by MetricAggregationType; None when there is no datapoint."""
    real = [value for value in datapoints if value is not None]
    if not real:
        return None
    if aggregation is Aggregation.MAXIMUM:
        return max(real)
    if aggregation is Aggregation.MINIMUM:
        return min(real)
    return sum(real) / len(real)


def matching_step(steps: Sequence[Step], breach: float) -> Step | None:
    """The step whose interval holds ``breach``, the metric less the alarm's threshold; None when there is none.

    Above the threshold the lower bound is inclusive and the upper exclusive; below it the other way round. Exactly at
    the threshold AWS's own examples include it on both sides; the upper step is tried first.
    """
    for step in steps if breach >= 0 else ():
        if (step.lower is None or step.lower <= breach) and (step.upper is None or breach < step.upper):
            return step
    for step in steps if breach <= 0 else ():
        if (step.lower is None or step.lower < breach) and (step.upper is None or breach <= step.upper):
            return step
    return None


def change(policy: StepPolicy, base: int, adjustment: int) -> int:
    """The change, in tasks, that ``adjustment`` makes to ``base`` tasks.

    A percentage is rounded toward zero, but to at least one task: 12.7 -> 12, 0.67 -> 1, -0.58 -> -1, -6.67 -> -6; it
    is then raised to MinAdjustmentMagnitude.
    """
    if policy.adjustment_type is not AdjustmentType.PERCENT:
        return adjustment
    hundredths = base * abs(adjustment)
    size = max(hundredths // 100, 1 if hundredths else 0, policy.min_adjustment_magnitude or 0)
    return size if adjustment > 0 else -size


def _set_exactly(
    policy: StepPolicy, wanted: int, service: ServiceState, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    """ExactCapacity: a scale-out or a scale-in by where the desired count stands."""
    cooldown_seconds = policy.cooldown_seconds
    if wanted > service.desired:
        return limits.scale_out(policy.name, wanted, service.running, cooldown_seconds, service, memory, now)
    return limits.scale_in(policy.name, wanted, cooldown_seconds, service, memory, now)
