"""The plan's metrics as CloudWatch knows them: which dimensions name the service that they are about."""

from __future__ import annotations

from dataclasses import dataclass

from fastscale import names
from fastscale.plan import Metric

#: Metrics of AWS/ApplicationELB that exist per target group ("CloudWatch metrics for your Application Load Balancer",
#: column Dimensions). The others, such as HTTPCode_ELB_5XX_Count, exist for the load balancer alone.
TARGET_GROUP_METRICS = frozenset(
    {
        "HealthyHostCount",
        "HTTPCode_Target_2XX_Count",
        "HTTPCode_Target_3XX_Count",
        "HTTPCode_Target_4XX_Count",
        "HTTPCode_Target_5XX_Count",
        "RequestCount",
        "RequestCountPerTarget",
        "TargetConnectionErrorCount",
        "TargetResponseTime",
        "TargetTLSNegotiationErrorCount",
        "UnHealthyHostCount",
    }
)

#: Namespaces whose metrics carry the names of cluster and service.
BY_SERVICE = frozenset({names.NAMESPACE_ECS, names.NAMESPACE_CONTAINER_INSIGHTS, names.NAMESPACE_PULSE})


@dataclass(frozen=True, kw_only=True)
class ScaledService:
    """The service that scales, by the names that CloudWatch and Application Auto Scaling have for it.

    ``load_balancer`` and ``target_group`` are full names (``app/name/id`` and ``targetgroup/name/id``). The values may
    be CDK tokens.
    """

    cluster: str
    service: str
    load_balancer: str
    target_group: str

    @property
    def resource_id(self) -> str:
        """The ResourceId of the scalable target."""
        return f"service/{self.cluster}/{self.service}"

    @property
    def resource_label(self) -> str:
        """The ResourceLabel of the predefined metric ALBRequestCountPerTarget."""
        return f"{self.load_balancer}/{self.target_group}"

    def dimensions(self, metric: Metric) -> dict[str, str]:
        """The dimensions of ``metric``: the plan's own, or for a metric of AWS or of Pulse those of this service.

        Load balancer metrics are narrowed to the target group where AWS offers that, because a load balancer may serve
        other services too.
        """
        if metric.dimensions:
            return dict(metric.dimensions)
        if metric.namespace in BY_SERVICE:
            return {names.DIMENSION_CLUSTER: self.cluster, names.DIMENSION_SERVICE: self.service}
        if metric.namespace == names.NAMESPACE_ALB:
            return self._balancer_dimensions(metric.name)
        return {}

    def _balancer_dimensions(self, metric_name: str) -> dict[str, str]:
        dimensions = {names.DIMENSION_LOAD_BALANCER: self.load_balancer}
        if metric_name in TARGET_GROUP_METRICS:
            dimensions[names.DIMENSION_TARGET_GROUP] = self.target_group
        return dimensions
