"""AWS target tracking alone, on CPU and on requests per target, with data every 60 s and every 20 s.

Policies and alarms are :mod:`fastscale.decide.target`'s. The targets are the plan's load per task with AWS's usual
headroom: the target is reached when tasks carry 70 % of ``requests_per_task``. On CPU that is the CPU which a task
shows at this load. Request counts per target exist at 60 s only (ECS developer guide, "Target tracking").
"""

from __future__ import annotations

from fastscale.plan import Plan, TargetPolicy
from fastscale.simulate.peers.plan_scaler import PlanScaler
from fastscale.simulate.settings import WorldSettings
from fastscale.simulate.strategy import Peer, Situation

#: Share of what a task is meant to carry at which the target lies.
TARGET_SHARE = 0.7
#: Any label will do: there is one service.
RESOURCE_LABEL = "app/simulated/0/targetgroup/simulated/0"


def cpu_target(plan: Plan, settings: WorldSettings) -> float:
    """The CPU (percent) of a task that carries the target load."""
    task = settings.task
    busy = min(1.0, TARGET_SHARE * plan.requests_per_task / task.capacity)
    return task.cpu_idle_percent + (task.cpu_full_percent - task.cpu_idle_percent) * busy


def _cpu(situation: Situation, metric: str) -> PlanScaler:
    return _scaler(
        situation, TargetPolicy(name="cpu", predefined=metric, target=cpu_target(situation.plan, situation.settings))
    )


def _requests(situation: Situation) -> PlanScaler:
    policy = TargetPolicy(
        name="requests",
        predefined="ALBRequestCountPerTarget",
        resource_label=RESOURCE_LABEL,
        target=TARGET_SHARE * situation.plan.requests_per_task * 60,
    )
    return _scaler(situation, policy)


def _scaler(situation: Situation, policy: TargetPolicy) -> PlanScaler:
    plan = situation.plan
    scaling = plan.scaling.model_copy(update={"step_policies": (), "target_policies": (policy,)})
    only_target = plan.model_copy(update={"scaling": scaling, "alarms": ()})
    return PlanScaler(only_target, situation.settings, start=situation.trace.start)


CPU_60 = Peer(
    "target-cpu-60s",
    "AWS target tracking, CPU at 60 s",
    lambda situation: _cpu(situation, "ECSServiceAverageCPUUtilization"),
)
CPU_20 = Peer(
    "target-cpu-20s",
    "AWS target tracking, CPU at 20 s",
    lambda situation: _cpu(situation, "ECSServiceAverageCPUUtilizationHighResolution"),
)
REQUESTS_60 = Peer("target-requests-60s", "AWS target tracking, requests per target at 60 s", _requests)
