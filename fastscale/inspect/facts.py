"""What is known about metrics: how often they have a datapoint, what they are called, and how they move with load.

Sources: ECS developer guide, "Amazon ECS CloudWatch metrics" (available-metrics.html: every minute, and nothing without
running tasks) and "MonitoringConfiguration" (20 s for CPU and memory); Elastic Load Balancing, "CloudWatch metrics for
your Application Load Balancer" (every 60 s, and only while requests flow); CloudWatch Logs user guide, "Metric filters"
(standard resolution).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from fastscale import names
from fastscale.plan import Alarm, Metric, Plan
from fastscale.series import STANDARD_RESOLUTION_SECONDS
from fastscale.template import Design, ServiceDesign

HIGH_RESOLUTION_SECONDS = 20
REQUESTS_PER_TARGET = "RequestCountPerTarget"

#: Metrics of the namespaces whose names people write by hand, to recognize a slip of the pen.
AWS_METRICS = {
    names.NAMESPACE_ECS: (
        *("CPUReservation", "CPUUtilization", "MemoryReservation", "MemoryUtilization", "EBSFilesystemUtilization"),
        *("GPUReservation", "ActiveConnectionCount", "NewConnectionCount", "ProcessedBytes", "RequestCount"),
        *("RequestCountPerTarget", "TargetProcessedBytes", "TargetResponseTime", "HTTPCode_Target_2XX_Count"),
        *("HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count"),
    ),
    names.NAMESPACE_ALB: (
        *("ActiveConnectionCount", "NewConnectionCount", "RejectedConnectionCount", "ConsumedLCUs", "ProcessedBytes"),
        *("RequestCount", "RequestCountPerTarget", "TargetResponseTime", "HealthyHostCount", "UnHealthyHostCount"),
        *("HTTPCode_ELB_3XX_Count", "HTTPCode_ELB_4XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_Target_2XX_Count"),
        *("HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count", "RuleEvaluations"),
        *("TargetConnectionErrorCount", "TargetTLSNegotiationErrorCount", "ClientTLSNegotiationErrorCount"),
        *("HTTPCode_ELB_502_Count", "HTTPCode_ELB_503_Count", "HTTPCode_ELB_504_Count", "AnomalousHostCount"),
    ),
}

#: One of these dimensions is part of every metric of the namespace.
REQUIRED_DIMENSIONS = {
    names.NAMESPACE_ECS: (names.DIMENSION_CLUSTER,),
    names.NAMESPACE_ALB: (names.DIMENSION_LOAD_BALANCER, names.DIMENSION_TARGET_GROUP),
}

#: Averages over tasks: the same load on twice the tasks halves them.
_PER_TASK_AVERAGES = frozenset({names.REQUESTS_PER_SECOND, names.ACTIVE_CONNECTIONS, names.CPU_UTILIZATION})
#: Percentages, which end at 100 however large the load.
_PERCENTAGES = frozenset({names.CPU_UTILIZATION, names.MEMORY_UTILIZATION})
#: Parts of the names of metrics that do not grow in proportion to the load.
_NOT_LOAD = ("time", "latency", "memory", "error", "duration", "age", "lag", "4xx", "5xx")


@dataclass(frozen=True)
class Watched:
    """An alarm with the plan and the service it belongs to; both are None for an alarm that acts on no service."""

    alarm: Alarm
    design: Design
    service: ServiceDesign | None = None

    @property
    def plan(self) -> Plan | None:
        """The service's plan."""
        return self.service.plan if self.service else None

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that the alarm reads, directly or in metric math."""
        own = [self.alarm.metric] if self.alarm.metric else []
        return own + [query.metric for query in self.alarm.queries if query.metric]

    def interval_seconds(self, metric: Metric) -> int | None:
        """Seconds between datapoints of ``metric``; None when it is not known."""
        key = (metric.namespace, metric.name)
        if self.service and metric.namespace == names.NAMESPACE_ECS and metric.name in self.service.high_resolution:
            return HIGH_RESOLUTION_SECONDS
        if published_by_aws(metric) or key in self.design.publishers.filters:
            return STANDARD_RESOLUTION_SECONDS
        if key in self.design.publishers.metered and self.plan:
            return self.plan.metering.interval_seconds
        return None


def published_by_aws(metric: Metric) -> bool:
    """Whether the namespace is AWS's own."""
    return metric.namespace.startswith("AWS/") or metric.namespace == names.NAMESPACE_CONTAINER_INSIGHTS


def stops_without_tasks(metric: Metric, design: Design) -> bool:
    """Whether the metric has no datapoints while no task runs."""
    key = (metric.namespace, metric.name)
    own = metric.namespace == names.NAMESPACE_ECS or key in design.publishers.metered
    return own or (
        metric.namespace == names.NAMESPACE_ALB and metric.name in (REQUESTS_PER_TARGET, "TargetResponseTime")
    )


def falls_with_tasks(metric: Metric) -> bool:
    """Whether the same load on more tasks lowers the metric in proportion."""
    if metric.name == REQUESTS_PER_TARGET:
        return True
    return metric.statistic == "Average" and metric.name in _PER_TASK_AVERAGES


def grows_with_load(metric: Metric) -> bool:
    """Whether the metric grows in proportion to the load; what is not known to be otherwise is taken to."""
    return not any(part in metric.name.lower() for part in _NOT_LOAD)


def largest(metric: Metric) -> float | None:
    """The largest value that the metric can have; None when there is no such limit."""
    return 100.0 if metric.name in _PERCENTAGES else None


def per_second(metric: Metric, period: int) -> float | None:
    """What one unit of the metric is in requests per second and task; None when it is no rate of requests per task."""
    if metric.name == names.REQUESTS_PER_SECOND and metric.statistic == "Average":
        return 1.0
    if metric.name == REQUESTS_PER_TARGET and metric.statistic == "Sum":
        return 1.0 / period
    return None


def similar_name(metric: Metric) -> str | None:
    """The metric of the same AWS namespace that was probably meant; None when the name is right or like no other."""
    known = AWS_METRICS.get(metric.namespace, ())
    if metric.name in known:
        return None
    return next(iter(get_close_matches(metric.name, known, n=1, cutoff=0.8)), None)


def title(metric: Metric) -> str:
    """Namespace and name."""
    return f"{metric.namespace} {metric.name}"
