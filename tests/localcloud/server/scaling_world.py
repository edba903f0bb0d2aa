"""A service that is scaled by the loops of CloudWatch and Application Auto Scaling, stepped a moment at a time."""

from __future__ import annotations

import time

from fastscale.localcloud.activities import Activities
from fastscale.localcloud.alarms import AlarmLoop
from fastscale.localcloud.backstage import Backstage
from fastscale.localcloud.scaling import ScalingLoop
from fastscale.localcloud.schedules import ScheduleLoop
from tests.localcloud.server.process import Server, wait_until_visible
from tests.localcloud.server.test_ecs import report, task

SETTLE_SECONDS = 0.5


class World:
    """A service called ``name`` on the server, and the loops that scale it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name
        self.said: list[str] = []
        backstage = Backstage(server.url)
        activities = Activities(backstage)
        self.cloudwatch = server.client("cloudwatch")
        self.autoscaling = server.client("application-autoscaling")
        self.alarm_loop = AlarmLoop(
            cloudwatch=self.cloudwatch,
            sns=server.client("sns"),
            backstage=backstage,
            say=self.said.append,
            settle_seconds=SETTLE_SECONDS,
        )
        self.scaling_loop = ScalingLoop(
            autoscaling=self.autoscaling,
            cloudwatch=self.cloudwatch,
            ecs=server.client("ecs"),
            activities=activities,
            since=time.time() - 600,
            say=self.said.append,
        )
        self.schedule_loop = ScheduleLoop(
            autoscaling=self.autoscaling, ecs=server.client("ecs"), activities=activities, say=self.said.append
        )
        self.identity = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{name}/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        self.autoscaling.register_scalable_target(**self.identity, MinCapacity=2, MaxCapacity=20)
        self.run_tasks(2)

    def run_tasks(self, count: int) -> None:
        report(self.server, self.name, *(task(self.name, number, "RUNNING") for number in range(count)))

    def step_policy(self, **changes: object) -> str:
        configuration = {
            "AdjustmentType": "PercentChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 150}],
            "Cooldown": 10,
        } | changes
        policy = self.autoscaling.put_scaling_policy(
            **self.identity,
            PolicyName="out",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=configuration,
        )
        return str(policy["PolicyARN"])

    def suspend_scale_out(self, suspended: bool) -> None:
        state = {"DynamicScalingOutSuspended": suspended}
        self.autoscaling.register_scalable_target(**self.identity, SuspendedState=state)

    def alarm(self, *actions: str, **changes: object) -> None:
        settings = {
            "AlarmName": self.name,
            "Namespace": "Shop",
            "MetricName": self.name,
            "Statistic": "Average",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": 100,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": list(actions),
        }
        self.cloudwatch.put_metric_alarm(**settings | changes)

    def load(self, at: float, value: float) -> None:
        datum = {"MetricName": self.name, "Value": value, "Timestamp": at, "StorageResolution": 1}
        self.cloudwatch.put_metric_data(Namespace="Shop", MetricData=[datum])

    def evaluate(self, until: float) -> None:
        """Evaluate the alarms on the periods that ended by ``until``."""
        wait_until_visible()
        self.alarm_loop.tick(until + SETTLE_SECONDS)

    def state(self) -> str:
        return str(self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"][0]["StateValue"])

    def desired(self) -> int:
        services = self.server.client("ecs").describe_services(cluster=self.name, services=[self.name])["services"]
        return int(services[0]["desiredCount"])

    def activities(self) -> list[dict]:
        answer = self.autoscaling.describe_scaling_activities(
            ServiceNamespace="ecs", ResourceId=self.identity["ResourceId"]
        )
        return list(answer["ScalingActivities"])
