"""The four stacks, in the order in which each needs the ones before it: Network, Ecs, AutoScaling, Monitoring.

Values cross from one stack to the next as exports, so CloudFormation refuses to delete what another stack still uses.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from fastscale.cdk.alarms import ServiceAlarms
from fastscale.cdk.cluster import AppCluster
from fastscale.cdk.dashboard import ServiceDashboard
from fastscale.cdk.image import AppImage
from fastscale.cdk.load_balancer import PublicLoadBalancer
from fastscale.cdk.metrics import ScaledService
from fastscale.cdk.network import VpcNetwork
from fastscale.cdk.notifications import AlertTopic
from fastscale.cdk.outputs import export
from fastscale.cdk.scaling import ServiceScaling
from fastscale.cdk.service import AppService
from fastscale.cdk.task import AppTask
from fastscale.plan import Plan, StepPolicy


class NetworkStack(Stack):
    """The VPC and the public load balancer."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, **stack_options: Any) -> None:
        super().__init__(scope, id_, **stack_options)
        self.vpc = VpcNetwork(self, "Network", network=plan.network).vpc
        self.entrance = PublicLoadBalancer(
            self, "Entrance", vpc=self.vpc, load_balancer=plan.load_balancer, task_port=plan.task.port
        )
        balancer = self.entrance.balancer
        export(self, "VpcId", self.vpc.vpc_id, "The VPC")
        export(self, "AlbDnsName", balancer.load_balancer_dns_name, "Where clients reach the service")
        export(self, "AlbArn", balancer.load_balancer_arn, "The load balancer")
        export(self, "TargetGroupArn", self.entrance.target_group.target_group_arn, "The tasks as targets")


class EcsStack(Stack):
    """The cluster, the task and the service behind the load balancer."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, network: NetworkStack, **stack_options: Any) -> None:
        super().__init__(scope, id_, **stack_options)
        entrance = network.entrance
        image = AppImage(self, "Image").asset
        task = AppTask(
            self,
            "Task",
            task=plan.task,
            image=ecs.ContainerImage.from_docker_image_asset(image),
            environment=_app_environment(plan),
            metric_namespace=plan.metering.namespace,
            allow_exec=plan.service.enable_exec,
        )
        cluster = AppCluster(self, "Cluster", name=plan.service.cluster, vpc=network.vpc).cluster
        service = AppService(
            self,
            "App",
            service=plan.service,
            cluster=cluster,
            definition=task.definition,
            port=plan.task.port,
            callers=entrance.security_group,
            target_group=entrance.target_group,
        ).service
        self.subject = ScaledService(
            cluster=cluster.cluster_name,
            service=service.service_name,
            load_balancer=entrance.balancer.load_balancer_full_name,
            target_group=entrance.target_group.target_group_full_name,
        )
        export(self, "ClusterName", cluster.cluster_name, "The ECS cluster")
        export(self, "ServiceName", service.service_name, "The ECS service")
        export(self, "ServiceArn", service.service_arn, "The ECS service's ARN")
        export(self, "TaskDefinitionArn", task.definition.task_definition_arn, "The task definition that is deployed")


class AutoScalingStack(Stack):
    """The scalable target, its policies and schedules."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, subject: ScaledService, **stack_options: Any) -> None:
        super().__init__(scope, id_, **stack_options)
        scaling = ServiceScaling(self, "Scaling", scaling=plan.scaling, subject=subject)
        self.step_policy_arns = scaling.step_policy_arns
        if out := _first_policy(plan, direction=1):
            export(self, "ScaleOutPolicyName", out.name, "The policy that adds tasks first")
        if in_ := _first_policy(plan, direction=-1):
            export(self, "ScaleInPolicyName", in_.name, "The policy that removes tasks")


class MonitoringStack(Stack):
    """The alarms, who hears of them, and the dashboard."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        plan: Plan,
        subject: ScaledService,
        scaling: AutoScalingStack,
        **stack_options: Any,
    ) -> None:
        super().__init__(scope, id_, **stack_options)
        topic = AlertTopic(self, "Alerts", notifications=plan.notifications).topic
        alarms = ServiceAlarms(
            self,
            "Alarms",
            alarms=plan.alarms,
            subject=subject,
            step_policy_arns=scaling.step_policy_arns,
            topic=topic,
        ).alarms
        page = ServiceDashboard(
            self,
            "Page",
            name=plan.dashboard,
            subject=subject,
            metering=plan.metering,
            alarms=plan.alarms,
            resources=alarms,
        )
        export(self, "DashboardUrl", page.url, "The dashboard in the AWS console")
        export(self, "AlertTopicArn", topic.topic_arn, "Subscribe here to hear of alarms")
        if low_load := _scale_in_alarm(plan):
            export(self, "LowRpsAlarmName", alarms[low_load].ref, "The alarm that removes tasks")


def _app_environment(plan: Plan) -> dict[str, str]:
    """What app/settings.py reads."""
    return {
        "HOST": "0.0.0.0",  # noqa: S104 - every address of the task's own network interface
        "PORT": str(plan.task.port),
        "METER_NAMESPACE": plan.metering.namespace,
        "METER_INTERVAL_SECONDS": str(plan.metering.interval_seconds),
    }


def _first_policy(plan: Plan, *, direction: int) -> StepPolicy | None:
    """The plan's first step policy that adds (1) or removes (-1) tasks."""
    policies = plan.scaling.step_policies
    return next((p for p in policies if any(step.adjustment * direction > 0 for step in p.steps)), None)


def _scale_in_alarm(plan: Plan) -> str | None:
    policy = _first_policy(plan, direction=-1)
    return next((alarm.name for alarm in plan.alarms if policy and policy.name in alarm.policies), None)
