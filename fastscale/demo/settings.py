"""What a demonstration is told: where the cloud is, what the service is called, what traffic it gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fastscale import names
from fastscale.errors import InputError
from fastscale.load.shape import Shape, Spacing, surge

if TYPE_CHECKING:  # the command line reads the defaults here, and `fastscale --help` stays fast
    from fastscale.plan import Plan


@dataclass(frozen=True)
class CloudAddress:
    """Where the AWS API and the load balancer answer (URLs), and in which Region the service lives."""

    endpoint_url: str
    alb_url: str
    region: str = names.REGION

    def client(self, service: str) -> Any:
        """A boto3 client of the cloud."""
        from fastscale.aws.session import local_client

        return local_client(service, endpoint_url=self.endpoint_url, region=self.region)


@dataclass(frozen=True)
class ServiceNames:
    """What to watch. ``pulse`` is the ECS service that Pulse runs as, None where there is none."""

    cluster: str = names.CLUSTER
    service: str = names.SERVICE
    target_group: str = names.TARGET_GROUP
    namespace: str = names.NAMESPACE
    load_metric: str = names.REQUESTS_PER_SECOND
    pulse: str | None = names.PULSE_SERVICE

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """The names in a plan."""
        return cls(
            cluster=plan.service.cluster,
            service=plan.service.name,
            target_group=plan.load_balancer.target_group,
            namespace=plan.metering.namespace,
            pulse=plan.pulse.cluster_service if plan.pulse.enabled else None,
        )

    @property
    def resource_id(self) -> str:
        """The service as Application Auto Scaling calls it."""
        return f"service/{self.cluster}/{self.service}"


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Traffic, goals and outputs. Raises InputError naming the option that cannot be.

    Rates are in requests/s. ``task_capacity`` is what one task can serve, ``slo_ms`` the latency that 95 % of requests
    shall meet, ``min_tasks`` the healthy tasks to wait for (at most ``ready_seconds``) before traffic starts.
    ``startup_seconds`` is a task's start-up time where it is not the plan's. ``compare`` is the `report.json` of an
    earlier run to put beside this one. With ``json_output`` the report goes to standard output as JSON.
    """

    calm_rate: float = 60.0
    surge_rate: float = 600.0
    calm_seconds: float = 20.0
    surge_seconds: float = 80.0
    rise_seconds: float = 1.0
    task_capacity: float = 100.0
    slo_ms: float = 500.0
    timeout_seconds: float = 5.0
    min_tasks: int = 2
    ready_seconds: float = 120.0
    seed: int = 1
    spacing: Spacing = Spacing.POISSON
    path: str = "/"
    startup_seconds: float | None = None
    out_dir: Path = Path("out/demo")
    compare: Path | None = None
    json_output: bool = False

    def __post_init__(self) -> None:
        positive = {
            "calm rate": self.calm_rate,
            "surge rate": self.surge_rate,
            "task capacity": self.task_capacity,
            "SLO": self.slo_ms,
            "time-out": self.timeout_seconds,
            "calm seconds": self.calm_seconds,
        }
        for name, value in positive.items():
            if not value > 0:
                raise InputError(f"{name} {value:g} is not above 0")
        if self.surge_rate <= self.calm_rate:
            raise InputError(
                f"surge rate {self.surge_rate:g} is not above the calm rate {self.calm_rate:g}: it is no surge"
            )
        if self.compare and not self.compare.is_file():
            raise InputError(f"report {str(self.compare)!r} to compare with is not a file")
        self.shape()  # raises TraceError when the surge is shorter than its rise

    def shape(self) -> Shape:
        """The traffic over time; the surge begins ``calm_seconds`` after its start."""
        return surge(
            calm_rate=self.calm_rate,
            surge_rate=self.surge_rate,
            calm_seconds=self.calm_seconds,
            surge_seconds=self.surge_seconds,
            rise_seconds=self.rise_seconds,
        )
