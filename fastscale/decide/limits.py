"""Floor, ceiling and cooldowns: what stands between the capacity a policy computes and the one it may set.

Sources: Application Auto Scaling user guide, step-scaling-policy-overview.html and
target-tracking-scaling-policy-overview.html ("Cooldown period"); StepScalingPolicyConfiguration, "Cooldown"; ECS
developer guide, service-auto-scaling.html (running count as the base, capacities out of range, deployments).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from fastscale.decide.observation import Hold, Proposal, ServiceState


@dataclass(frozen=True, slots=True)
class ScaleOut:
    """A scale-out whose cooldown may still run: the capacity it started from, the one it set, and the end (epoch s)."""

    base: int
    capacity: int
    until: float


@dataclass(frozen=True, slots=True)
class Cooldowns:
    """The memory of one scalable target, shared by its policies; the default is that no cooldown runs.

    A scale-out cooldown belongs to the policy that scaled out. Model: a scale-in cooldown holds back the scale-in of
    every policy of the target, as a scale-out by any of them ends it.
    """

    scale_outs: Mapping[str, ScaleOut] = field(default_factory=dict)
    scale_in_until: float = -inf

    def running_scale_out(self, policy: str, now: float) -> ScaleOut | None:
        """The last scale-out of ``policy`` if its cooldown has not ended at ``now``."""
        last = self.scale_outs.get(policy)
        return last if last is not None and now < last.until else None


def clamp(capacity: int, service: ServiceState) -> int:
    """``capacity`` moved into the target's minimum..maximum."""
    return min(max(capacity, service.minimum), service.maximum)


def scale_out_base(policy: str, service: ServiceState, memory: Cooldowns, now: float) -> int:
    """The capacity, in tasks, that a scale-out of ``policy`` adds to.

    It is the running count, so that tasks which cannot start are not asked for again and again. Inside the cooldown it
    is at most the capacity that the last scale-out started from: what that one added counts as part of the next step
    (after +2, a step of +3 adds one more). A service below its minimum is raised to it first.
    """
    base = service.running
    last = memory.running_scale_out(policy, now)
    if last is not None:
        base = min(base, last.base)
    return max(base, service.minimum) if service.desired < service.minimum else base


def scale_in_base(service: ServiceState) -> int:
    """The capacity that a scale-in subtracts from: the running count; a service above its maximum is lowered first."""
    return min(service.running, service.maximum) if service.desired > service.maximum else service.running


def scale_out(
    policy: str, wanted: int, base: int, cooldown_seconds: float, service: ServiceState, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    """Raise the desired count to ``wanted``, within the limits; a success starts the cooldown and ends a scale-in's."""
    last = memory.running_scale_out(policy, now)
    capacity = clamp(wanted, service)
    if service.desired >= service.maximum:
        return Proposal(policy, hold=Hold.AT_MAXIMUM), memory
    if last is not None and capacity <= last.capacity:
        return Proposal(policy, hold=Hold.COOLDOWN), memory
    if capacity <= service.desired:
        return Proposal(policy, hold=Hold.AT_DESIRED), memory
    done = ScaleOut(base, capacity, now + cooldown_seconds)
    return Proposal(policy, capacity), Cooldowns({**memory.scale_outs, policy: done})


def scale_in(
    policy: str, wanted: int, cooldown_seconds: float, service: ServiceState, memory: Cooldowns, now: float
) -> tuple[Proposal, Cooldowns]:
    """Lower the desired count to ``wanted``, within the limits; a success starts the scale-in cooldown."""
    capacity = clamp(wanted, service)
    if service.desired <= service.minimum:
        return Proposal(policy, hold=Hold.AT_MINIMUM), memory
    if capacity >= service.desired:
        return Proposal(policy, hold=Hold.AT_DESIRED), memory
    if service.deploying:
        return Proposal(policy, hold=Hold.DEPLOYING), memory
    if now < memory.scale_in_until:
        return Proposal(policy, hold=Hold.COOLDOWN), memory
    return Proposal(policy, capacity), Cooldowns(memory.scale_outs, now + cooldown_seconds)
