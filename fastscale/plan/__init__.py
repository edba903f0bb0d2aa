"""What a service is and how it scales, as one frozen value.

A :class:`Plan` is the only place where a threshold, a step or a cooldown is written. The CDK stacks render it, the
local cloud runs it, and every decision in :mod:`fastscale.decide` takes its parts as arguments. Words and units are
AWS's: periods and cooldowns in seconds, capacities in tasks, rates in requests per second. Models refuse impossible
values with one line that names the key.
"""

from fastscale.plan.alarms import Alarm, Comparison, Metric, MetricQuery, MissingData
from fastscale.plan.events import Event
from fastscale.plan.fargate import FARGATE_SIZES
from fastscale.plan.model import Model
from fastscale.plan.network import Algorithm, Egress, HealthCheck, LoadBalancer, Network, TlsPolicy
from fastscale.plan.predictive import PredictiveMetric, PredictiveMode, PredictivePolicy
from fastscale.plan.pulse import PulsePolicy, PulseScrape
from fastscale.plan.scaling import (
    MAX_STEPS,
    AdjustmentType,
    Aggregation,
    Scaling,
    Schedule,
    Step,
    StepPolicy,
    TargetPolicy,
)
from fastscale.plan.task import LOG_RETENTION_DAYS, Architecture, Service, Task
from fastscale.plan.whole import Metering, Notifications, Plan

__all__ = [
    "FARGATE_SIZES",
    "LOG_RETENTION_DAYS",
    "MAX_STEPS",
    "AdjustmentType",
    "Aggregation",
    "Alarm",
    "Algorithm",
    "Architecture",
    "Comparison",
    "Egress",
    "Event",
    "HealthCheck",
    "LoadBalancer",
    "Metering",
    "Metric",
    "MetricQuery",
    "MissingData",
    "Model",
    "Network",
    "Notifications",
    "Plan",
    "PredictiveMetric",
    "PredictiveMode",
    "PredictivePolicy",
    "PulsePolicy",
    "PulseScrape",
    "Scaling",
    "Schedule",
    "Service",
    "Step",
    "StepPolicy",
    "TargetPolicy",
    "Task",
    "TlsPolicy",
]
