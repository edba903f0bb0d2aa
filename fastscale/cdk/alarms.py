"""CloudWatch alarms: what they watch, and what they set in motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import IResolvable
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from fastscale.cdk.metrics import ScaledService
from fastscale.plan import Alarm, Metric, MetricQuery

_Alarm = cloudwatch.CfnAlarm

#: Statistics that an alarm takes as Statistic; every other one, such as p99, is an ExtendedStatistic (PutMetricAlarm).
PLAIN_STATISTICS = frozenset({"Average", "Sum", "Minimum", "Maximum", "SampleCount"})


class ServiceAlarms(Construct):
    """The alarms of a service. An alarm acts through its step policies, and tells the topic when it is meant to notify.

    The resources are CloudFormation's own, because one alarm may act through several policies and those may live in
    another stack. ``alarms`` maps the name of an alarm to its resource.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alarms: Sequence[Alarm],
        subject: ScaledService,
        step_policy_arns: Mapping[str, str],
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, id_)
        self._subject = subject
        self._step_policy_arns = step_policy_arns
        self._topic = topic
        self.alarms = {alarm.name: self._alarm(alarm) for alarm in alarms}

    def _alarm(self, alarm: Alarm) -> cloudwatch.CfnAlarm:
        notified = [self._topic.topic_arn] if alarm.notify else []
        resource = _Alarm(
            self,
            alarm.name,
            alarm_name=alarm.name,
            alarm_description=alarm.description or None,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_needed,
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            treat_missing_data=alarm.missing_data,
            alarm_actions=[*(self._step_policy_arns[name] for name in alarm.policies), *notified] or None,
            ok_actions=notified or None,
        )
        if alarm.metric is None:
            resource.metrics = [self._query(query, alarm.period) for query in alarm.queries]
        else:
            self._watch(resource, alarm.metric, alarm.period)
        return resource

    def _watch(self, resource: cloudwatch.CfnAlarm, metric: Metric, period: int) -> None:
        resource.namespace = metric.namespace
        resource.metric_name = metric.name
        resource.dimensions = self._dimensions(metric)
        resource.period = period
        resource.unit = metric.unit
        if metric.statistic in PLAIN_STATISTICS:
            resource.statistic = metric.statistic
        else:
            resource.extended_statistic = metric.statistic

    def _query(self, query: MetricQuery, alarm_period: int) -> cloudwatch.CfnAlarm.MetricDataQueryProperty:
        period = query.period or alarm_period
        return _Alarm.MetricDataQueryProperty(
            id=query.id,
            expression=query.expression,
            metric_stat=self._metric_stat(query.metric, period) if query.metric else None,
            period=None if query.metric else period,
            return_data=query.return_data,
        )

    def _metric_stat(self, metric: Metric, period: int) -> cloudwatch.CfnAlarm.MetricStatProperty:
        return _Alarm.MetricStatProperty(
            metric=_Alarm.MetricProperty(
                namespace=metric.namespace, metric_name=metric.name, dimensions=self._dimensions(metric)
            ),
            period=period,
            stat=metric.statistic,
            unit=metric.unit,
        )

    def _dimensions(self, metric: Metric) -> list[IResolvable | cloudwatch.CfnAlarm.DimensionProperty] | None:
        dimensions = self._subject.dimensions(metric)
        return [_Alarm.DimensionProperty(name=name, value=value) for name, value in dimensions.items()] or None
