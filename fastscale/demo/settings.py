"""What a demonstration is told: where the cloud is, what the service is called, what traffic it gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fastscale import aws_facts, names
from fastscale.errors import InputError
from fastscale.load import shape as traffic
from fastscale.load.shape import Shape, Spacing, surge

if TYPE_CHECKING:  # the command line reads the defaults here, and `fastscale --help` stays fast
    from fastscale.localcloud.settings import CloudSettings
    from fastscale.plan import Plan


#: What a task takes until it runs, where nobody says otherwise, as plans do.
STARTUP_SECONDS = aws_facts.TASK_STARTUP_SECONDS
#: The alarm path may order twice until the queue of an overload is gone: the second time when the first new tasks run,
#: because its steps are taken from what runs. Beyond both start-up times that takes so long (seconds).
BEYOND_TWO_ORDERS = traffic.SURGE_SECONDS - 2 * STARTUP_SECONDS
#: So long (seconds) beyond its start-up time a task may take until it is healthy, on a busy machine.
READY_BEYOND_STARTUP = 97.0


@dataclass(frozen=True)
class CloudAddress:
    """Where the AWS API and the load balancer answer (URLs), and in which Region the service lives."""

    endpoint_url: str
    alb_url: str
    region: str = names.REGION

    @classmethod
    def of(cls, cloud: CloudSettings) -> Self:
        """Where a local cloud answers."""
        return cls(cloud.endpoint_url, cloud.alb_url, cloud.region)

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
    ``startup_seconds`` is how long a task takes until it runs; :func:`long_enough` says how long a surge lasts that it
    can meet. ``compare`` is the `report.json` of an earlier run to put beside this one. With ``json_output`` the report
    goes to standard output as JSON.
    """

    calm_rate: float = traffic.CALM_RATE
    surge_rate: float = traffic.SURGE_RATE
    calm_seconds: float = traffic.CALM_SECONDS
    surge_seconds: float = traffic.SURGE_SECONDS
    rise_seconds: float = traffic.RISE_SECONDS
    task_capacity: float = 100.0
    slo_ms: float = 500.0
    timeout_seconds: float = 5.0
    min_tasks: int = 2
    seed: int = 1
    spacing: Spacing = Spacing.POISSON
    path: str = "/"
    startup_seconds: float = STARTUP_SECONDS
    out_dir: Path = Path("out/demo")
    compare: Path | None = None
    json_output: bool = False

    def __post_init__(self) -> None:
        self._require_traffic()
        if self.min_tasks < 0:
            raise InputError(f"--min-tasks {self.min_tasks} is not a number of tasks: give 0 or more")
        if not self.path.startswith("/"):
            raise InputError(f"--path {self.path!r} is not a path: it begins with /")
        if self.compare and not self.compare.is_file():
            raise InputError(f"--compare {str(self.compare)!r} is not a file: give the report.json of an earlier run")

    def _require_traffic(self) -> None:
        positive = {
            "--calm-rate": (self.calm_rate, "a rate: give requests/s"),
            "--surge-rate": (self.surge_rate, "a rate: give requests/s"),
            "--task-capacity": (self.task_capacity, "a capacity: give requests/s"),
            "--calm": (self.calm_seconds, "a time: give seconds"),
            "--duration": (self.surge_seconds, "a time: give seconds"),
        }
        for option, (value, what) in positive.items():
            if not (value > 0 and math.isfinite(value)):
                raise InputError(f"{option} {value:g} is not {what} above 0")
        if self.surge_rate <= self.calm_rate:
            raise InputError(
                f"--surge-rate {self.surge_rate:g} is no surge: give more than --calm-rate {self.calm_rate:g}"
            )
        duration, rise = self.surge_seconds, self.rise_seconds
        if duration <= rise:
            raise InputError(f"--duration {duration:g} ends the surge while it rises: give more than {rise:g} s")

    @property
    def ready_seconds(self) -> float:
        """How long a service may take until its tasks are healthy."""
        return ready_within(self.startup_seconds)

    def shape(self) -> Shape:
        """The traffic over time; the surge begins ``calm_seconds`` after its start."""
        return surge(
            calm_rate=self.calm_rate,
            surge_rate=self.surge_rate,
            calm_seconds=self.calm_seconds,
            surge_seconds=self.surge_seconds,
            rise_seconds=self.rise_seconds,
        )


def long_enough(startup_seconds: float) -> float:
    """How long (seconds) a surge lasts that tasks of this start-up time can be seen to meet, and to recover from."""
    return max(traffic.SURGE_SECONDS, BEYOND_TWO_ORDERS + 2 * startup_seconds)


def ready_within(startup_seconds: float) -> float:
    """How long (seconds) a service may take until its first tasks are healthy."""
    return READY_BEYOND_STARTUP + startup_seconds
