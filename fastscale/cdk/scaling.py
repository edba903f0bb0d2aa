"""Application Auto Scaling: the scalable target, its policies and its schedules."""

from __future__ import annotations

from datetime import UTC, datetime

from aws_cdk import CfnTag
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from fastscale import names
from fastscale.cdk.metrics import ScaledService
from fastscale.plan import Metric, MetricQuery, Scaling, Schedule, Step, StepPolicy, TargetPolicy

REQUESTS_PER_TARGET = "ALBRequestCountPerTarget"

_Target = autoscaling.CfnScalableTarget
_Policy = autoscaling.CfnScalingPolicy


#: A scalable target carries its ResourceId in this tag where somebody's permission has to be held to it: its ARN holds
#: an id that is made up when it is registered, but the tag is a condition (Service Authorization Reference).
TARGET_TAG = "fastscale:service"


class ServiceScaling(Construct):
    """The floor and ceiling of a service, and everything that moves its task count in between.

    The resources are CloudFormation's own: the CDK's ``scale_on_metric`` makes alarms too, and hides step bounds.
    ``step_policy_arns`` maps a step policy's name to the ARN that an alarm acts through. A ``tagged`` target can be
    told from others in a permission.
    """

    def __init__(
        self, scope: Construct, id_: str, *, scaling: Scaling, subject: ScaledService, tagged: bool = False
    ) -> None:
        super().__init__(scope, id_)
        self._subject = subject
        target = _Target(
            self,
            "Target",
            service_namespace=names.SERVICE_NAMESPACE_ECS,
            scalable_dimension=names.SCALABLE_DIMENSION,
            resource_id=subject.resource_id,
            min_capacity=scaling.min_capacity,
            max_capacity=scaling.max_capacity,
            scheduled_actions=[_scheduled_action(schedule) for schedule in scaling.schedules],
            tags=[CfnTag(key=TARGET_TAG, value=subject.resource_id)] if tagged else None,
        )
        self.step_policy_arns = {policy.name: self._step_policy(target, policy) for policy in scaling.step_policies}
        for policy in scaling.target_policies:
            self._target_policy(target, policy)

    def _step_policy(self, target: autoscaling.CfnScalableTarget, policy: StepPolicy) -> str:
        return _Policy(
            self,
            policy.name,
            policy_name=policy.name,
            policy_type="StepScaling",
            scaling_target_id=target.ref,
            step_scaling_policy_configuration=_Policy.StepScalingPolicyConfigurationProperty(
                adjustment_type=policy.adjustment_type,
                cooldown=policy.cooldown_seconds,
                metric_aggregation_type=policy.aggregation,
                min_adjustment_magnitude=policy.min_adjustment_magnitude,
                step_adjustments=[_step(step) for step in policy.steps],
            ),
        ).ref

    def _target_policy(self, target: autoscaling.CfnScalableTarget, policy: TargetPolicy) -> None:
        _Policy(
            self,
            policy.name,
            policy_name=policy.name,
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=_Policy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=policy.target,
                scale_out_cooldown=policy.scale_out_cooldown_seconds,
                scale_in_cooldown=policy.scale_in_cooldown_seconds,
                disable_scale_in=policy.disable_scale_in,
                predefined_metric_specification=self._predefined(policy),
                customized_metric_specification=self._customized(policy),
            ),
        )

    def _predefined(
        self, policy: TargetPolicy
    ) -> autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty | None:
        if policy.predefined is None:
            return None
        label = policy.resource_label
        if label is None and policy.predefined == REQUESTS_PER_TARGET:
            label = self._subject.resource_label
        return _Policy.PredefinedMetricSpecificationProperty(
            predefined_metric_type=policy.predefined, resource_label=label
        )

    def _customized(
        self, policy: TargetPolicy
    ) -> autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty | None:
        if policy.queries:
            return _Policy.CustomizedMetricSpecificationProperty(
                metrics=[self._query(query) for query in policy.queries]
            )
        if policy.metric is None:
            return None
        return _Policy.CustomizedMetricSpecificationProperty(
            namespace=policy.metric.namespace,
            metric_name=policy.metric.name,
            statistic=policy.metric.statistic,
            unit=policy.metric.unit,
            dimensions=[
                _Policy.MetricDimensionProperty(name=name, value=value)
                for name, value in self._subject.dimensions(policy.metric).items()
            ],
        )

    def _query(self, query: MetricQuery) -> autoscaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty:
        return _Policy.TargetTrackingMetricDataQueryProperty(
            id=query.id,
            expression=query.expression,
            metric_stat=self._metric_stat(query.metric) if query.metric else None,
            return_data=query.return_data,
        )

    def _metric_stat(self, metric: Metric) -> autoscaling.CfnScalingPolicy.TargetTrackingMetricStatProperty:
        return _Policy.TargetTrackingMetricStatProperty(
            stat=metric.statistic,
            unit=metric.unit,
            metric=_Policy.TargetTrackingMetricProperty(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=[
                    _Policy.TargetTrackingMetricDimensionProperty(name=name, value=value)
                    for name, value in self._subject.dimensions(metric).items()
                ],
            ),
        )


def _step(step: Step) -> autoscaling.CfnScalingPolicy.StepAdjustmentProperty:
    return _Policy.StepAdjustmentProperty(
        metric_interval_lower_bound=step.lower,
        metric_interval_upper_bound=step.upper,
        scaling_adjustment=step.adjustment,
    )


def _scheduled_action(schedule: Schedule) -> autoscaling.CfnScalableTarget.ScheduledActionProperty:
    return _Target.ScheduledActionProperty(
        scheduled_action_name=schedule.name,
        schedule=schedule.expression,
        timezone=schedule.time_zone,
        scalable_target_action=_Target.ScalableTargetActionProperty(
            min_capacity=schedule.min_capacity, max_capacity=schedule.max_capacity
        ),
        start_time=_moment(schedule.start_time),
        end_time=_moment(schedule.end_time),
    )


def _moment(epoch_seconds: float | None) -> datetime | None:
    return None if epoch_seconds is None else datetime.fromtimestamp(epoch_seconds, tz=UTC)
