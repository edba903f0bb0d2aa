"""What a dashboard shows of a service: from the load that arrives to the tasks that carry it, thresholds drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from fastscale import names
from fastscale.cdk.metrics import ScaledService
from fastscale.plan import Metric, Plan

FULL_WIDTH = 24
HALF_WIDTH = 12
ALARM_ROW_HEIGHT = 3
#: Seconds; the application's metrics are stored every few seconds and alarmed on every ten.
FINE = Duration.seconds(10)
COARSE = Duration.minutes(1)


class ServiceRows(Construct):
    """The rows of one service: alarms, load, tasks, latency, CPU and memory, load balancer, and Pulse.

    ``resources`` are the alarms of ``plan`` by name. The construct holds no resource of its own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        plan: Plan,
        subject: ScaledService,
        resources: Mapping[str, cloudwatch.CfnAlarm],
    ) -> None:
        super().__init__(scope, id_)
        self._plan = plan
        self._subject = subject
        self.rows: list[list[cloudwatch.IWidget]] = [
            [self._alarm_row(resources)],
            [self._load_per_task(), self._load_of_service()],
            [self._tasks(), self._response_time()],
            [self._utilization(), self._in_progress()],
            [self._balancer_requests(), self._balancer_targets()],
        ]
        if plan.pulse.enabled:
            self.rows.append([self._pulse_reading(), self._pulse_deciding()])

    def _alarm_row(self, resources: Mapping[str, cloudwatch.CfnAlarm]) -> cloudwatch.AlarmStatusWidget:
        alarms = [
            cloudwatch.Alarm.from_alarm_arn(self, f"{name}Status", alarm.attr_arn) for name, alarm in resources.items()
        ]
        return cloudwatch.AlarmStatusWidget(
            title="Alarms", width=FULL_WIDTH, height=ALARM_ROW_HEIGHT, alarms=list(alarms)
        )

    def _load_per_task(self) -> cloudwatch.GraphWidget:
        metric = self._own(names.REQUESTS_PER_SECOND)
        return self._graph(
            "Load per task (requests/s)",
            [self._plot(metric, "average over tasks")],
            lines=self._thresholds(metric),
        )

    def _load_of_service(self) -> cloudwatch.GraphWidget:
        """Every task publishes its rate once an interval, so rate x interval is requests: all of them by the period."""
        reports = self._plot(self._own(names.REQUESTS_PER_SECOND, "Sum"), "sum of reports")
        rate = cloudwatch.MathExpression(
            expression=f"reports * {self._plan.metering.interval_seconds} / PERIOD(reports)",
            using_metrics={"reports": reports},
            label="all tasks",
            period=FINE,
        )
        return self._graph("Load of the service (requests/s)", [rate])

    def _tasks(self) -> cloudwatch.GraphWidget:
        counts = {"DesiredTaskCount": "desired", "RunningTaskCount": "running", "PendingTaskCount": "pending"}
        return self._graph(
            "Tasks",
            [
                self._plot(Metric(namespace=names.NAMESPACE_CONTAINER_INSIGHTS, name=name), label, COARSE)
                for name, label in counts.items()
            ],
        )

    def _response_time(self) -> cloudwatch.GraphWidget:
        metric = self._balancer(names.ALB_RESPONSE_TIME)
        return self._graph(
            "Response time (s; right axis: ms inside the application)",
            [
                self._plot(self._balancer(names.ALB_RESPONSE_TIME, statistic), statistic, COARSE)
                for statistic in ("p50", "p95", "p99")
            ],
            right=[self._plot(self._own(names.AVERAGE_RESPONSE_TIME), "application, average")],
            lines=self._thresholds(metric),
        )

    def _utilization(self) -> cloudwatch.GraphWidget:
        metrics = {
            "CPU": Metric(namespace=names.NAMESPACE_ECS, name=names.CPU_UTILIZATION),
            "memory": Metric(namespace=names.NAMESPACE_ECS, name=names.MEMORY_UTILIZATION),
        }
        return self._graph(
            "CPU and memory (%)",
            [self._plot(metric, label, COARSE) for label, metric in metrics.items()],
            lines=[line for metric in metrics.values() for line in self._thresholds(metric)],
        )

    def _in_progress(self) -> cloudwatch.GraphWidget:
        metric = self._own(names.ACTIVE_CONNECTIONS)
        return self._graph(
            "Requests in progress per task",
            [self._plot(metric, "average"), self._plot(self._own(names.ACTIVE_CONNECTIONS, "Maximum"), "maximum")],
            lines=self._thresholds(metric),
        )

    def _balancer_requests(self) -> cloudwatch.GraphWidget:
        requests = self._balancer(names.ALB_REQUEST_COUNT, "Sum")
        errors = {"HTTPCode_Target_5XX_Count": "5xx of tasks", "HTTPCode_ELB_5XX_Count": "5xx of the load balancer"}
        return self._graph(
            "Requests a minute (right axis: errors)",
            [self._plot(requests, "requests", COARSE)],
            right=[self._plot(self._balancer(name, "Sum"), label, COARSE) for name, label in errors.items()],
            lines=self._thresholds(requests),
        )

    def _balancer_targets(self) -> cloudwatch.GraphWidget:
        states = {"HealthyHostCount": "healthy", "UnHealthyHostCount": "unhealthy"}
        return self._graph(
            "Targets", [self._plot(self._balancer(name), label, COARSE) for name, label in states.items()]
        )

    def _pulse_reading(self) -> cloudwatch.GraphWidget:
        return self._graph(
            "Pulse: reads that failed a minute (right axis: share of tasks that were read)",
            [self._plot(self._pulse(names.PULSE_SCRAPE_FAILURES, "Sum"), "failed", COARSE)],
            right=[self._plot(self._pulse(names.PULSE_SAMPLED_SHARE), "share", COARSE)],
        )

    def _pulse_deciding(self) -> cloudwatch.GraphWidget:
        return self._graph(
            "Pulse: time to a decision (ms; right axis: heartbeat)",
            [
                self._plot(self._pulse(names.PULSE_DECISION_LATENCY, statistic), label, COARSE)
                for statistic, label in (("Average", "average"), ("Maximum", "longest"))
            ],
            right=[self._plot(self._pulse(names.PULSE_HEARTBEAT, "Sum"), "heartbeats", COARSE)],
        )

    def _pulse(self, name: str, statistic: str = "Average") -> Metric:
        return Metric(namespace=names.NAMESPACE_PULSE, name=name, statistic=statistic)

    def _own(self, name: str, statistic: str = "Average") -> Metric:
        return Metric(namespace=self._plan.metering.namespace, name=name, statistic=statistic)

    def _balancer(self, name: str, statistic: str = "Average") -> Metric:
        return Metric(namespace=names.NAMESPACE_ALB, name=name, statistic=statistic)

    def _plot(self, metric: Metric, label: str, period: Duration = FINE) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions_map=self._subject.dimensions(metric),
            statistic=metric.statistic,
            period=period,
            label=label,
        )

    def _thresholds(self, metric: Metric) -> list[cloudwatch.HorizontalAnnotation]:
        """A line for each threshold that alarms set on ``metric``, labelled with the alarms that share it."""
        names_at: dict[float, list[str]] = {}
        for alarm in self._plan.alarms:
            if alarm.metric and (alarm.metric.namespace, alarm.metric.name) == (metric.namespace, metric.name):
                names_at.setdefault(alarm.threshold, []).append(alarm.name)
        return [
            cloudwatch.HorizontalAnnotation(value=threshold, label=", ".join(alarm_names))
            for threshold, alarm_names in names_at.items()
        ]

    @staticmethod
    def _graph(
        title: str,
        left: Sequence[cloudwatch.IMetric],
        *,
        right: Sequence[cloudwatch.IMetric] = (),
        lines: Sequence[cloudwatch.HorizontalAnnotation] = (),
    ) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            width=HALF_WIDTH,
            left=list(left),
            right=list(right),
            left_annotations=list(lines),
            left_y_axis=cloudwatch.YAxisProps(min=0),
            right_y_axis=cloudwatch.YAxisProps(min=0),
        )
