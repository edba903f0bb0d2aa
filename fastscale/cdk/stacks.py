"""The stacks, in the order in which each needs the ones before it: Network, Ecs, AutoScaling, Monitoring, Pulse.

Values cross from one stack to the next as exports, so CloudFormation refuses to delete what another stack still uses.
A policy that a changed plan no longer has is such a value: ``fastscale deploy`` keeps it until no alarm acts through it
any more (:mod:`fastscale.deploy.transition`). What Pulse uses is exported whether or not the plan has Pulse, so it
comes and goes without a change of the others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from aws_cdk import Environment, Stack, Token
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sns as sns
from constructs import Construct

from fastscale import names
from fastscale.cdk.access_logs import AccessLogs
from fastscale.cdk.burners import burner_switches
from fastscale.cdk.cluster import AppCluster
from fastscale.cdk.composition import add_monitoring, add_scaling
from fastscale.cdk.dashboard import console_url
from fastscale.cdk.endpoints import ServiceEndpoints
from fastscale.cdk.image import task_image
from fastscale.cdk.load_balancer import PublicLoadBalancer
from fastscale.cdk.metrics import ScaledService
from fastscale.cdk.network import VpcNetwork
from fastscale.cdk.outputs import export
from fastscale.cdk.pulse import Pulse
from fastscale.cdk.service import AppService
from fastscale.cdk.task import AppTask
from fastscale.plan import Egress, Plan, StepPolicy


class NetworkStack(Stack):
    """The VPC and the public load balancer."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, env: Environment) -> None:
        super().__init__(scope, id_, env=env, description="fastscale: VPC and load balancer")
        self.vpc = VpcNetwork(self, "Network", network=plan.network).vpc
        if plan.network.egress is Egress.ENDPOINTS:
            ServiceEndpoints(self, "Endpoints", vpc=self.vpc, plan=plan)
        self.entrance = PublicLoadBalancer(
            self, "Entrance", vpc=self.vpc, load_balancer=plan.load_balancer, task_port=plan.task.port
        )
        balancer, target_group = self.entrance.balancer, self.entrance.target_group
        AccessLogs(self, "AccessLogs", keep_days=plan.load_balancer.access_log_days).collect(balancer)
        export(self, "VpcId", self.vpc.vpc_id, "The VPC")
        export(self, "AlbDnsName", balancer.load_balancer_dns_name, "Where clients reach the service")
        export(self, "AlbArn", balancer.load_balancer_arn, "The load balancer")
        export(self, "TargetGroupArn", target_group.target_group_arn, "The tasks as the load balancer's targets")


class EcsStack(Stack):
    """The cluster, the task and the service behind the load balancer."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, network: NetworkStack, env: Environment) -> None:
        super().__init__(scope, id_, env=env, description="fastscale: cluster, task and service")
        task = AppTask(
            self,
            "Task",
            task=plan.task,
            image=task_image(self, plan.task),
            environment=_app_environment(plan) | burner_switches(os.environ),
        )
        task.allow_metrics(plan.metering.namespace)
        if plan.service.enable_exec:
            task.allow_exec()
        if plan.service.task_protection:
            task.allow_protection(plan.service.cluster, plan.service.name)
        spot = plan.service.spot_percent > 0
        cluster = AppCluster(self, "Cluster", name=plan.service.cluster, vpc=network.vpc, spot=spot).cluster
        app = AppService(
            self,
            "App",
            service=plan.service,
            cluster=cluster,
            definition=task.definition,
            on_demand=plan.scaling.min_capacity,
            high_resolution=plan.scaling.high_resolution_metrics,
        )
        app.allow_from(network.entrance.security_group, port=plan.task.port)
        app.register_with(network.entrance.target_group)
        self.service = app.service
        for used_by_pulse in (app.security_group.security_group_id, cluster.cluster_arn):
            self.export_value(used_by_pulse)
        self.subject = _subject(app.service, network.entrance)
        export(self, "ClusterName", self.subject.cluster, "The ECS cluster")
        export(self, "ServiceName", self.subject.service, "The ECS service")
        export(self, "ServiceArn", app.service.service_arn, "The ECS service's ARN")
        export(self, "TaskDefinitionArn", task.definition.task_definition_arn, "The task definition that is deployed")


class AutoScalingStack(Stack):
    """The scalable target, its policies and schedules."""

    def __init__(self, scope: Construct, id_: str, *, plan: Plan, subject: ScaledService, env: Environment) -> None:
        super().__init__(scope, id_, env=env, description="fastscale: scaling policies and schedules")
        self.step_policy_arns = add_scaling(self, plan=plan, subject=subject)
        if scale_out := _first_policy(plan, direction=1):
            export(self, "ScaleOutPolicyName", scale_out.name, "The policy that adds tasks first")
        if scale_in := _first_policy(plan, direction=-1):
            export(self, "ScaleInPolicyName", scale_in.name, "The policy that removes tasks")


class MonitoringStack(Stack):
    """The alarms, who hears of them, and the dashboard. ``step_policy_arns`` is what the alarms act through."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        plan: Plan,
        subject: ScaledService,
        step_policy_arns: Mapping[str, str],
        env: Environment,
    ) -> None:
        super().__init__(scope, id_, env=env, description="fastscale: alarms, notifications and dashboard")
        monitoring = add_monitoring(self, plan=plan, subject=subject, step_policy_arns=step_policy_arns)
        self.topic = monitoring.topic
        if Token.is_unresolved(self.topic.topic_arn):  # used by Pulse; an existing topic needs no export
            self.export_value(self.topic.topic_arn)
        export(self, "DashboardUrl", console_url(monitoring.dashboard), "The dashboard in the AWS console")
        export(self, "AlertTopicArn", self.topic.topic_arn, "Subscribe here to hear of alarms")
        if scale_in_alarm := _scale_in_alarm(plan):
            export(self, "LowRpsAlarmName", monitoring.alarms[scale_in_alarm].ref, "The alarm that removes tasks")


class PulseStack(Stack):
    """The controller that looks once a second, beside the service of ``ecs_stack``; ``topic`` hears when it stops."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        plan: Plan,
        network: NetworkStack,
        ecs_stack: EcsStack,
        topic: sns.ITopic,
        env: Environment,
    ) -> None:
        super().__init__(scope, id_, env=env, description="fastscale: the controller that looks once a second")
        Pulse(
            self,
            "Pulse",
            service=ecs_stack.service,
            target_group=network.entrance.target_group,
            plan=plan,
            topic=topic,
        )


def _subject(service: ecs.FargateService, entrance: PublicLoadBalancer) -> ScaledService:
    return ScaledService(
        cluster=service.cluster.cluster_name,
        service=service.service_name,
        load_balancer=entrance.balancer.load_balancer_full_name,
        target_group=entrance.target_group.target_group_full_name,
    )


def _app_environment(plan: Plan) -> dict[str, str]:
    """What app/settings.py reads."""
    return {
        "HOST": "0.0.0.0",  # noqa: S104 - every address of the task's own network interface
        "PORT": str(plan.task.port),
        names.METER_ENV_NAMESPACE: plan.metering.namespace,
        names.METER_ENV_INTERVAL: str(plan.metering.interval_seconds),
    }


def _first_policy(plan: Plan, *, direction: int) -> StepPolicy | None:
    """The plan's first step policy that adds (1) or removes (-1) tasks."""
    policies = plan.scaling.step_policies
    return next((p for p in policies if any(step.adjustment * direction > 0 for step in p.steps)), None)


def _scale_in_alarm(plan: Plan) -> str | None:
    policy = _first_policy(plan, direction=-1)
    return next((alarm.name for alarm in plan.alarms if policy and policy.name in alarm.policies), None)
