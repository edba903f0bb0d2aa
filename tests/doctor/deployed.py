"""A small service on the API server that looks healthy to every client, until a test breaks something."""

from __future__ import annotations

import time
from typing import Any

from fastscale.doctor.examination import examine
from fastscale.doctor.finding import Finding, Level
from fastscale.plan import Alarm, LoadBalancer, Metering, Metric, Plan, Scaling, Service, Step, StepPolicy
from tests.localcloud.server.process import Server, wait_until_visible
from tests.localcloud.server.templates import Template, att, service_template

DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
POLICY = "FastScaling-ScaleOut"
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alerts"
COOLDOWN_SECONDS = 60
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


class Deployed:
    """One service of 2 tasks with an alarm that scales out and one that only notifies."""

    def __init__(self, server: Server, name: str, stack: str | None = None) -> None:
        self.server, self.name, self.plan, self.stack = server, name, small_plan(name), stack or name
        self.key = {**DIMENSION, "ResourceId": f"service/{name}/{name}"}
        self.alarms = [alarm.name for alarm in self.plan.alarms]

    def deploy(self) -> Deployed:
        assert self.server.deploy(self.stack, _template(self.name))["StackStatus"] == "CREATE_COMPLETE"
        scaling = self.server.client("application-autoscaling")
        scaling.register_scalable_target(**self.key, MinCapacity=2, MaxCapacity=10)
        steps = {
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        }
        policy = scaling.put_scaling_policy(
            **self.key, PolicyName=POLICY, PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
        )
        self.put_alarm(self.alarms[0], policy["PolicyARN"])
        self.put_alarm(self.alarms[1], TOPIC)
        for alarm in self.alarms:
            self.set_state(alarm, "OK", "1 datapoint was not greater than the threshold")
        self.report_tasks(self.task(1), self.task(2))
        self.report_targets("healthy")
        self.publish(time.time())
        return self

    def update(self, *, image: str) -> None:
        assert self.server.deploy(self.stack, _template(self.name, image=image))["StackStatus"] == "UPDATE_COMPLETE"

    def examine(self, *, local: bool = True, at: float | None = None) -> list[Finding]:
        return list(examine(self.plan, self.server.client, at or time.time(), local=local))

    def problem(self, subject: str, **how: Any) -> Finding:
        """The only problem there is, which is about ``subject``."""
        (found,) = [finding for finding in self.examine(**how) if finding.level is Level.PROBLEM]
        assert found.subject == subject, found
        assert found.fix
        return found

    def put_alarm(self, alarm: str, *actions: str, **changed: Any) -> None:
        """The alarm as the plan has it, but for what is ``changed``, invoking ``actions``."""
        request = {
            "AlarmName": alarm,
            "Namespace": self.name,
            "MetricName": "RequestsPerSecond",
            "Statistic": "Average",
            "Period": 10,
            "EvaluationPeriods": 1,
            "Threshold": 100,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": list(actions),
        }
        self.server.client("cloudwatch").put_metric_alarm(**request | changed)

    def set_state(self, alarm: str, state: str, reason: str) -> None:
        self.server.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue=state, StateReason=reason)

    def task(self, number: int, status: str = "RUNNING", **members: Any) -> dict[str, Any]:
        prefix = "arn:aws:ecs:ap-northeast-2:123456789012"
        return {
            "taskArn": f"{prefix}:task/{self.name}/{number:032x}",
            "taskDefinitionArn": f"{prefix}:task-definition/{self.name}:1",
            "lastStatus": status,
            "desiredStatus": "STOPPED" if status == "STOPPED" else "RUNNING",
            "createdAt": time.time(),
            "cpu": "256",
            "memory": "512",
            **members,
        }

    def report_tasks(self, *tasks: dict[str, Any], service: str | None = None) -> None:
        self.server.post("/ecs/tasks", {"cluster": self.name, "service": service or self.name, "tasks": tasks})

    def report_targets(self, state: str, **why: str) -> None:
        elb = self.server.client("elbv2")
        group = elb.describe_target_groups(Names=[self.name])["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.1.1", "Port": 8080}])
        target = {"id": "127.0.1.1", "port": 8080, "state": state, **why}
        self.server.post("/elbv2/target-health", {"targetGroupArn": group, "targets": [target]})

    def event(self, message: str) -> None:
        self.server.post("/ecs/events", {"cluster": self.name, "service": self.name, "message": message})

    def activity(self, number: int, status: str, **more: Any) -> None:
        activity = {
            **self.key,
            "ActivityId": f"{self.name}-{number}",
            "Description": "Setting desired count to 4.",
            "Cause": f"monitor alarm {self.alarms[0]} in state ALARM triggered policy {POLICY}",
            "StartTime": time.time(),
            "StatusCode": status,
            **more,
        }
        self.server.post("/autoscaling/activities", activity)

    def publish(self, at: float) -> None:
        datum = {"MetricName": "RequestsPerSecond", "Value": 40, "Timestamp": at, "StorageResolution": 1}
        self.server.client("cloudwatch").put_metric_data(Namespace=self.name, MetricData=[datum])
        wait_until_visible()


def _template(name: str, *, image: str = "app:1") -> Template:
    """The service, whose task may publish metrics and whose execution role is as AWS makes it."""
    template = service_template(name, image=image)
    publish = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": name}},
    }
    policy = {"PolicyName": "publish", "PolicyDocument": {"Version": "2012-10-17", "Statement": publish}}
    roles = {
        "TaskRole": {"RoleName": f"{name}-task", "Policies": [policy]},
        "ExecutionRole": {"RoleName": f"{name}-execution", "ManagedPolicyArns": [EXECUTION_POLICY]},
    }
    for key, properties in roles.items():
        properties["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": [TRUST]}
        template["Resources"][key] = {"Type": "AWS::IAM::Role", "Properties": properties}
        template["Resources"]["Task"]["Properties"][f"{key}Arn"] = att(key, "Arn")
    return template


def small_plan(name: str) -> Plan:
    metric = Metric(namespace=name, name="RequestsPerSecond")
    step_policy = StepPolicy(name=POLICY, steps=(Step(lower=0, adjustment=1),), cooldown_seconds=COOLDOWN_SECONDS)
    return Plan(
        service=Service(cluster=name, name=name),
        load_balancer=LoadBalancer(target_group=name),
        metering=Metering(namespace=name),
        scaling=Scaling(max_capacity=10, step_policies=(step_policy,)),
        alarms=(
            Alarm(name=f"{name}-rps", metric=metric, period=10, threshold=100, policies=(POLICY,)),
            Alarm(name=f"{name}-rate", metric=metric, period=10, threshold=100, notify=True),
        ),
    )
