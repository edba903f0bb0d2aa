"""A CDK application as its users write them: a balanced Fargate service, scaled by the CDK's own helpers.

Two stages hold the same two stacks; the second stack scales a service that the first one makes, and has a nested stack.
"""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from constructs import Construct

from fastscale.cdk.node import require_node


def synthesize(out: Path) -> Path:
    """The application's cloud assembly, in ``out``."""
    require_node()
    app = cdk.App(outdir=str(out), context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})
    Shop(app, "Dev", minimum=1)
    Shop(app, "Prod", minimum=4)
    app.synth()
    return out


class Shop(cdk.Stage):
    """One stage."""

    def __init__(self, scope: Construct, id_: str, *, minimum: int) -> None:
        super().__init__(scope, id_, env=cdk.Environment(account="111122223333", region="eu-west-1"))
        web = Web(self, "Web")
        Scaling(self, "Scaling", service=web.pattern.service, minimum=minimum)


class Web(cdk.Stack):
    """A service behind a load balancer."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        vpc = ec2.Vpc(self, "Vpc", max_azs=2, restrict_default_security_group=False)
        self.pattern = patterns.ApplicationLoadBalancedFargateService(
            self,
            "Service",
            cluster=ecs.Cluster(self, "Cluster", vpc=vpc, cluster_name="shop"),
            service_name="web",
            cpu=512,
            memory_limit_mib=1024,
            task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
                image=ecs.ContainerImage.from_registry("nginx"), container_port=8081
            ),
        )


class Scaling(cdk.Stack):
    """How the service scales."""

    def __init__(self, scope: Construct, id_: str, *, service: ecs.FargateService, minimum: int) -> None:
        super().__init__(scope, id_)
        maximum = cdk.CfnParameter(self, "Maximum", type="Number", default=30)
        target = autoscaling.ScalableTarget(
            self,
            "Target",
            service_namespace=autoscaling.ServiceNamespace.ECS,
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{service.cluster.cluster_name}/{service.service_name}",
            min_capacity=minimum,
            max_capacity=maximum.value_as_number,
        )
        target.scale_on_metric(
            "Queue",
            metric=cloudwatch.Metric(namespace="Shop", metric_name="Queued", period=cdk.Duration.minutes(1)),
            adjustment_type=autoscaling.AdjustmentType.CHANGE_IN_CAPACITY,
            scaling_steps=[
                autoscaling.ScalingInterval(upper=10, change=-1),
                autoscaling.ScalingInterval(lower=50, change=1),
                autoscaling.ScalingInterval(lower=200, change=4),
            ],
            cooldown=cdk.Duration.seconds(90),
        )
        target.scale_to_track_metric(
            "Cpu",
            target_value=55,
            predefined_metric=autoscaling.PredefinedMetric.ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
        )
        target.scale_on_schedule(
            "Evening",
            schedule=autoscaling.Schedule.cron(hour="20", minute="15"),
            time_zone=cdk.TimeZone.ETC_UTC,
            min_capacity=9,
        )
        Paging(self, "Paging", service=service)


class Paging(cdk.NestedStack):
    """An alarm in a nested stack."""

    def __init__(self, scope: Construct, id_: str, *, service: ecs.FargateService) -> None:
        super().__init__(scope, id_)
        service.metric_cpu_utilization().create_alarm(
            self, "Hot", alarm_name="hot", threshold=95, evaluation_periods=2, datapoints_to_alarm=1
        )
