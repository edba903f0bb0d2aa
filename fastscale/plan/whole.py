"""A service and its scaling, complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from fastscale import names
from fastscale.plan.alarms import Alarm
from fastscale.plan.events import Event, event_problem
from fastscale.plan.model import Model
from fastscale.plan.network import Egress, LoadBalancer, Network
from fastscale.plan.pulse import PulsePolicy
from fastscale.plan.scaling import Scaling, StepPolicy
from fastscale.plan.task import Service, Task
from fastscale.plan.zone import require_zone

#: Dimensions that a metric may have (CloudWatch API reference, MetricDatum) …
MOST_DIMENSIONS = 30
#: … and what they are made of: visible ASCII characters and spaces, not spaces alone (same reference, Dimension).
_DIMENSION_NAME = re.compile(r"(?=.*[!-~])[ -9;-~][ -~]{0,254}")
_DIMENSION_VALUE = re.compile(r"(?=.*[!-~])[ -~]{1,1024}")


class Metering(Model):
    """Where a service's load is published, and how often.

    Pulse publishes it with ``dimensions``, a sorted tuple of (name, value) pairs, for alarms on a metric that has them.
    What tasks publish themselves has those that their meter was given.
    """

    namespace: str = names.NAMESPACE
    interval_seconds: int = Field(default=5, ge=1, le=60)
    dimensions: tuple[tuple[str, str], ...] = ()

    @field_validator("dimensions", mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        return tuple(given.items()) if isinstance(given, Mapping) else given

    @field_validator("dimensions")
    @classmethod
    def _as_cloudwatch_takes_them(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        if len(value) > MOST_DIMENSIONS:
            raise ValueError(f"{len(value)} dimensions are too many: a metric has {MOST_DIMENSIONS} at most")
        _require_unique("dimension", [name for name, _ in value])
        for name, text in value:
            if not _DIMENSION_NAME.fullmatch(name):
                raise ValueError(f"name {name!r}: give 1 to 255 ASCII characters, not only spaces and no colon first")
            if not _DIMENSION_VALUE.fullmatch(text):
                raise ValueError(f"{name} = {text!r}: give 1 to 1024 ASCII characters, not only spaces")
        return tuple(sorted(value))


class Notifications(Model):
    """Who hears of alarms: a topic of our own, to which ``email`` is subscribed, or an existing one."""

    topic: str = names.ALERT_TOPIC
    topic_arn: str | None = Field(default=None, pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:.+$")
    email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")

    @model_validator(mode="after")
    def _one_topic(self) -> Self:
        if self.topic_arn and self.email:
            raise ValueError(
                "email is for the topic that is made here: subscribe it to topic_arn yourself, or leave one out"
            )
        return self


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
    events: tuple[Event, ...] = ()
    dashboard: str = names.DASHBOARD

    _zone = field_validator("time_zone")(require_zone)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        problem = event_problem(self.events, self.scaling.max_capacity) or self._spot_problem() or self._image_problem()
        if problem:
            raise ValueError(problem)
        return self

    def _spot_problem(self) -> str | None:
        """A task that Spot takes back gets SIGTERM at the moment its draining begins, and has to outlive it."""
        stop, drain = self.task.stop_timeout_seconds, self.load_balancer.deregistration_delay_seconds
        if not self.service.spot_percent or stop >= drain:
            return None
        return (
            f"with spot_percent above 0, task.stop_timeout_seconds {stop} must not be below "
            f"load_balancer.deregistration_delay_seconds {drain}: a task that is taken back has requests until then"
        )

    def _image_problem(self) -> str | None:
        if self.network.egress is Egress.NAT or self.task.image_in_ecr:
            return None
        return (
            f"task.image {self.task.image!r} is not in Amazon ECR, the only registry that network.egress 'endpoints' "
            "reaches: push it there, or use 'nat'"
        )

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        _require_unique("alarm", [alarm.name for alarm in self.alarms])
        steps = [policy.name for policy in self.scaling.step_policies]
        predictive = [self.scaling.predictive.name] if self.scaling.predictive else []
        _require_unique("policy", steps + [policy.name for policy in self.scaling.target_policies] + predictive)
        _require_unique("event", [event.name for event in self.events])
        _require_unique("schedule", [schedule.name for schedule in self.scaling.schedules])
        for alarm in self.alarms:
            for policy in alarm.policies:
                if policy not in steps:
                    raise ValueError(f"alarm {alarm.name!r} names step policy {policy!r}, which the plan does not have")
        return self

    @property
    def interface_endpoints(self) -> tuple[str, ...]:
        """The AWS services that tasks have to reach when there is no NAT gateway, as endpoints call them.

        They pull an image and write logs and metrics (ECR user guide, "Amazon ECR interface VPC endpoints"); a shell is
        a channel of Systems Manager; Pulse asks for the rest. S3 and DynamoDB have gateways, which cost nothing.
        """
        services = ["ecr.api", "ecr.dkr", "logs", "monitoring"]
        if self.service.enable_exec:
            services.append("ssmmessages")
        if self.pulse.enabled:
            services += ["application-autoscaling", "ecs", "elasticloadbalancing"]
        return tuple(services)

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
