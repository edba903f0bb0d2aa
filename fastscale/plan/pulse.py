"""How Pulse, the controller that looks once a second, watches and scales a service."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from fastscale import names
from fastscale.plan.fargate import require_size
from fastscale.plan.model import Model
from fastscale.plan.selector import MetricSelector


class PulseScrape(Model):
    """Where a task's Prometheus text is and what its load is called there.

    ``port`` is the target's own unless given. ``requests_metric`` is a counter of arrivals, ``active_metric`` a gauge
    of requests in progress (empty: the application has none); the defaults are those of fastscale's meter. Both may
    choose by labels, as Prometheus does: ``http_requests_total{path!="/metrics",code=~"2.."}``. At most ``most_tasks``
    tasks are read in a round, the others are estimated from them. Times are in seconds.
    """

    path: str = Field(default="/metrics", pattern=r"^/")
    port: int | None = Field(default=None, ge=1, le=65535)
    requests_metric: str = Field(default="fastscale_requests_total", min_length=1)
    active_metric: str = "fastscale_active_connections"
    timeout_seconds: float = Field(default=0.5, gt=0)
    most_tasks: int = Field(default=400, ge=1)

    @field_validator("requests_metric", "active_metric")
    @classmethod
    def _can_be_looked_for(cls, value: str) -> str:
        if value:
            MetricSelector.parse(value)
        return value


class PulsePolicy(Model):
    """The controller's part of a plan.

    ``false_alarms_per_day`` is how often noise alone may look like a surge. Of the load that is expected when new tasks
    will be ready, each task is to carry ``requests_per_task`` of the plan divided by ``headroom``, or by more, up to
    ``most_headroom``, when the load was seen to outgrow the tasks before new ones were ready: a request that fails or
    is late costs ``miss_costs`` times what the idle capacity for it does. Tasks leave when the last ``stable_seconds``
    did not need them. ``learn`` raises the floor ahead of peaks that recur. With ``dry_run`` it only reports what it
    would do. Two ``replicas`` share a lease, one of them acts. It runs as the ECS service
    ``cluster_service``; when it stops, ``heartbeat_alarm`` goes off.
    """

    enabled: bool = False
    dry_run: bool = False
    interval_seconds: float = Field(default=1.0, ge=0.2, le=10)
    false_alarms_per_day: float = Field(default=0.1, gt=0)
    headroom: float = Field(default=1.2, ge=1)
    most_headroom: float = Field(default=6.0, ge=1)
    miss_costs: float = Field(default=50.0, gt=1)
    stable_seconds: int = Field(default=200, ge=10)
    learn: bool = True
    replicas: int = Field(default=1, ge=1, le=2)
    scrape: PulseScrape = PulseScrape()
    cluster_service: str = names.PULSE_SERVICE
    heartbeat_alarm: str = names.ALARM_PULSE_HEARTBEAT
    cpu: int = 256
    memory: int = 512

    @property
    def log_group(self) -> str:
        """Where its tasks write."""
        return f"/ecs/{self.cluster_service}"

    @model_validator(mode="after")
    def _valid_on_fargate(self) -> Self:
        require_size(self.cpu, self.memory)
        return self

    @model_validator(mode="after")
    def _a_read_ends_before_the_next(self) -> Self:
        if self.scrape.timeout_seconds >= self.interval_seconds:
            raise ValueError(
                f"timeout_seconds {self.scrape.timeout_seconds:g} must be below interval_seconds "
                f"{self.interval_seconds:g}"
            )
        return self
