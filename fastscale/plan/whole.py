"""A service and its scaling, complete."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from fastscale import names
from fastscale.plan.alarms import Alarm
from fastscale.plan.model import Model
from fastscale.plan.network import LoadBalancer, Network
from fastscale.plan.pulse import PulsePolicy
from fastscale.plan.scaling import Scaling, StepPolicy
from fastscale.plan.task import Service, Task


class Metering(Model):
    """How the application publishes its load."""

    namespace: str = names.NAMESPACE
    interval_seconds: int = Field(default=5, ge=1, le=60)


class Notifications(Model):
    """Who hears of alarms."""

    topic: str = names.ALERT_TOPIC
    email: str | None = None


class Plan(Model):
    """A service and its scaling, complete and consistent.

    ``requests_per_task`` is the load, in requests per second, that one task is meant to carry: what the step policies
    size for.
    """

    profile: str = "custom"
    region: str = names.REGION
    time_zone: str = "Asia/Seoul"
    requests_per_task: float = Field(default=100.0, gt=0)
    network: Network = Network()
    load_balancer: LoadBalancer = LoadBalancer()
    service: Service = Service()
    task: Task = Task()
    metering: Metering = Metering()
    pulse: PulsePolicy = PulsePolicy()
    scaling: Scaling
    alarms: tuple[Alarm, ...]
    notifications: Notifications = Notifications()
    dashboard: str = names.DASHBOARD

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        _require_unique("alarm", [alarm.name for alarm in self.alarms])
        steps = [policy.name for policy in self.scaling.step_policies]
        _require_unique("policy", steps + [policy.name for policy in self.scaling.target_policies])
        _require_unique("schedule", [schedule.name for schedule in self.scaling.schedules])
        for alarm in self.alarms:
            for policy in alarm.policies:
                if policy not in steps:
                    raise ValueError(f"alarm {alarm.name!r} names step policy {policy!r}, which the plan does not have")
        return self

    def alarm(self, name: str) -> Alarm:
        """The alarm called ``name``; KeyError when there is none."""
        return {alarm.name: alarm for alarm in self.alarms}[name]

    def step_policy(self, name: str) -> StepPolicy:
        """The step policy called ``name``; KeyError when there is none."""
        return {policy.name: policy for policy in self.scaling.step_policies}[name]


def _require_unique(kind: str, given: list[str]) -> None:
    doubles = sorted({name for name in given if given.count(name) > 1})
    if doubles:
        raise ValueError(f"{kind} name {doubles[0]!r} is used twice")
