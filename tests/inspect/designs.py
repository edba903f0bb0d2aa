"""Small designs: a service with a few alarms and policies, complete and without findings until something is off."""

from __future__ import annotations

from typing import Any

from fastscale.inspect import Finding, Surge, findings, of_plan
from fastscale.plan import Alarm, Comparison, Metric, Plan, Scaling, Step, StepPolicy, TargetPolicy
from fastscale.template import Design, Publishers, ServiceDesign

RPS = Metric(namespace="FastScaling/Application", name="RequestsPerSecond")
CPU = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions=(("ClusterName", "shop"), ("ServiceName", "web")))
REQUESTS = Metric(
    namespace="AWS/ApplicationELB", name="RequestCount", statistic="Sum", dimensions=(("LoadBalancer", "a"),)
)
QUEUED = Metric(namespace="Shop", name="Queued")

OUT = StepPolicy(name="out", steps=(Step(lower=0, adjustment=1),), cooldown_seconds=60)
IN = StepPolicy(name="in", steps=(Step(upper=0, adjustment=-1),))


def alarm(name: str = "hot", metric: Metric = RPS, threshold: float = 100, **given: Any) -> Alarm:
    """An alarm that notifies somebody."""
    return Alarm(name=name, metric=metric, threshold=threshold, **{"period": 60, "notify": True, **given})


def high(policy: str = "out", **given: Any) -> Alarm:
    """An alarm that scales out."""
    return alarm(**{"name": f"{policy}-alarm", "policies": (policy,), **given})


def low(policy: str = "in", **given: Any) -> Alarm:
    """An alarm that scales in."""
    given = {"name": f"{policy}-alarm", "policies": (policy,), "threshold": 30, "comparison": Comparison.LESS, **given}
    return alarm(**given)


def plan(
    *alarms: Alarm, steps: tuple[StepPolicy, ...] = (), tracking: tuple[TargetPolicy, ...] = (), **scaling: Any
) -> Plan:
    """A service of 2 to 50 tasks."""
    limits = {"min_capacity": 2, "max_capacity": 50, **scaling}
    return Plan(scaling=Scaling(step_policies=steps, target_policies=tracking, **limits), alarms=alarms)


def deployed(made: Plan, *, high_resolution: frozenset[str] = frozenset(), **publishers: frozenset[Any]) -> Design:
    """``made`` as if it had been read from a template."""
    service = ServiceDesign("Service", "shop", "web", made, high_resolution)
    return Design("template.yaml", (service,), publishers=Publishers(**publishers))


def found(design: Design | Plan, surge: str | None = None) -> list[Finding]:
    """The findings, of a plan or of a template."""
    made = of_plan(design, "plan") if isinstance(design, Plan) else design
    return findings(made, Surge.parse(surge) if surge else None)


def codes(design: Design | Plan, surge: str | None = None) -> list[str]:
    """Only the codes."""
    return [one.code for one in found(design, surge)]
