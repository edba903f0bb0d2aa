"""Predictive scaling: a forecast from the last two weeks raises the task count ahead of the load."""

from __future__ import annotations

from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from fastscale import names
from fastscale.cdk.metrics import ScaledService
from fastscale.plan import PredictiveMetric, PredictivePolicy

_Policy = autoscaling.CfnScalingPolicy


class PredictiveScaling(Construct):
    """The predictive policy of a service, whose scalable target has to be there already.

    It never takes tasks away: the other policies do (Application Auto Scaling user guide, "How predictive scaling
    works"). A forecast above the ceiling stays at the ceiling.
    """

    def __init__(self, scope: Construct, id_: str, *, policy: PredictivePolicy, subject: ScaledService) -> None:
        super().__init__(scope, id_)
        label = subject.resource_label if policy.metric is PredictiveMetric.REQUESTS else None
        pair = _Policy.PredictiveScalingPredefinedMetricPairProperty(
            predefined_metric_type=policy.metric.value, resource_label=label
        )
        _Policy(
            self,
            "Policy",
            policy_name=policy.name,
            policy_type="PredictiveScaling",
            service_namespace=names.SERVICE_NAMESPACE_ECS,
            scalable_dimension=names.SCALABLE_DIMENSION,
            resource_id=subject.resource_id,
            predictive_scaling_policy_configuration=_Policy.PredictiveScalingPolicyConfigurationProperty(
                mode=policy.mode.value,
                scheduling_buffer_time=policy.buffer_seconds,
                max_capacity_breach_behavior="HonorMaxCapacity",
                metric_specifications=[
                    _Policy.PredictiveScalingMetricSpecificationProperty(
                        target_value=policy.target, predefined_metric_pair_specification=pair
                    )
                ],
            ),
        )
