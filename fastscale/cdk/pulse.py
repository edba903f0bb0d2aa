"""Pulse beside a service: the controller that looks once a second, as a Fargate task of its own."""

from __future__ import annotations

import json
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_sns as sns
from constructs import Construct

from fastscale import names
from fastscale.cdk import nag
from fastscale.cdk.pulse_access import NO_RESOURCES, TABLE_ACTIONS, statements
from fastscale.cdk.pulse_image import PulseImage
from fastscale.cdk.pulse_table import PulseTable, needs_table
from fastscale.cdk.pulse_task import PulseTask
from fastscale.errors import InputError
from fastscale.plan import Plan

HTTPS = 443


class Pulse(Construct):
    """The controller of ``service``, in the same cluster::

        Pulse(self, "Pulse", service=service, target_group=target_group, plan=plan)

    ``plan.pulse`` says how it watches and scales; ``requests_per_task``, ``task``, ``metering`` and ``time_zone`` of
    the plan say what a task carries, how long it takes to start, where its metrics go and when its days begin. The
    service keeps its alarms and policies, which act when Pulse does not. The controller's ECS service, log group and
    table are called ``plan.pulse.cluster_service``: two controllers of one account need two names there, and two
    heartbeat alarms.

    ``tasks`` is what has the security groups of the service's tasks; a service that is made in the same application has
    them itself. ``topic`` hears when the heartbeat stops. ``image`` replaces the one that is built from the installed
    package, for the processors of ``plan.task``. The private subnets of the cluster's VPC need a way to AWS's APIs.
    Raises InputError without ``tasks`` where they are needed.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: ecs.IBaseService,
        target_group: elbv2.ITargetGroup,
        plan: Plan,
        tasks: ec2.IConnectable | None = None,
        topic: sns.ITopic | None = None,
        image: ecs.ContainerImage | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._plan = plan
        self._watched = service
        self.security_group = self._security_group(service.cluster.vpc)
        self._reach(tasks or _own_tasks(service))
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=service.cluster,
            service_name=plan.pulse.cluster_service,
            task_definition=self._definition(image, target_group.target_group_arn),
            desired_count=plan.pulse.replicas,
            # A deployment starts the new one first. Two that decide alike for a moment do no harm: each looks again
            # before it acts.
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            enable_execute_command=False,
            assign_public_ip=False,
            vpc_subnets=_private_subnets(service.cluster.vpc),
            security_groups=[self.security_group],
        )
        self.heartbeat = self._heartbeat(topic)

    def _definition(self, image: ecs.ContainerImage | None, target_group_arn: str) -> ecs.FargateTaskDefinition:
        environment = {
            names.PULSE_ENV_CLUSTER: self._watched.cluster.cluster_name,
            names.PULSE_ENV_SERVICE: self._watched.service_name,
            names.PULSE_ENV_TARGET_GROUP: target_group_arn,
            names.PULSE_ENV_PLAN: _plan_json(self._plan),
        }
        pulse, architecture = self._plan.pulse, self._plan.task.architecture
        table = PulseTable(self, "Memory", name=pulse.cluster_service).table if needs_table(pulse) else None
        if table is not None:
            environment[names.PULSE_ENV_TABLE] = table.table_name
        image = image or ecs.ContainerImage.from_docker_image_asset(PulseImage(self, "Image", architecture).asset)
        task = PulseTask(self, "Task", pulse=pulse, architecture=architecture, image=image, environment=environment)
        definition = task.definition
        namespace = self._plan.metering.namespace
        for statement in statements(self._watched, namespace=namespace, acts=not pulse.dry_run):
            definition.add_to_task_role_policy(statement)
        if table is not None:
            table.grant(definition.task_role, *TABLE_ACTIONS)
        nag.accept(definition, "ECS2", "The variables are names and numbers of the plan; none of them is a secret.")
        nag.accept(definition, "IAM5[Resource::*]", NO_RESOURCES)
        return definition

    def _security_group(self, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Pulse: nobody in, tasks and AWS out", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "AWS APIs: ECS, load balancer, metrics, image")
        return group

    def _reach(self, tasks: ec2.IConnectable) -> None:
        """Let Pulse read the tasks' metrics. Both rules belong to the stack of Pulse, so they come and go with it."""
        port = self._plan.pulse.scrape.port or self._plan.task.port
        for number, group in enumerate(tasks.connections.security_groups):
            self.security_group.add_egress_rule(group, ec2.Port.tcp(port), "Metrics of the tasks")
            ec2.CfnSecurityGroupIngress(
                self,
                f"Scrape{number or ''}",
                group_id=group.security_group_id,
                source_security_group_id=self.security_group.security_group_id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                description="Pulse reads metrics",
            )

    def _heartbeat(self, topic: sns.ITopic | None) -> cloudwatch.Alarm:
        """Sounds when the service was not watched for two minutes: then the alarms and policies scale it alone."""
        alarm = cloudwatch.Alarm(
            self,
            "Heartbeat",
            alarm_name=self._plan.pulse.heartbeat_alarm,
            alarm_description="Pulse does not watch the service: it scales by its alarms alone",
            metric=cloudwatch.Metric(
                namespace=names.NAMESPACE_PULSE,
                metric_name=names.PULSE_HEARTBEAT,
                dimensions_map={
                    names.DIMENSION_CLUSTER: self._watched.cluster.cluster_name,
                    names.DIMENSION_SERVICE: self._watched.service_name,
                },
                statistic="Sum",
                period=Duration.minutes(1),
            ),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=2,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        # CloudFormation waits until the service is steady, so the first deployment does not sound the alarm.
        alarm.node.add_dependency(self.service)
        if topic is not None:
            alarm.add_alarm_action(actions.SnsAction(topic))
            alarm.add_ok_action(actions.SnsAction(topic))
        return alarm


def _own_tasks(service: ecs.IBaseService) -> ec2.IConnectable:
    """The service itself, where it knows its security groups."""
    if not hasattr(service, "connections"):
        raise InputError(
            f"{service.node.path}: its security groups are not known here: give tasks=, what has those of its tasks"
        )
    return cast(ec2.IConnectable, service)


def _private_subnets(vpc: ec2.IVpc) -> ec2.SubnetSelection:
    """Those behind a NAT gateway; in a VPC that has none, those that reach AWS through endpoints."""
    return ec2.SubnetSelection(subnets=vpc.private_subnets or vpc.isolated_subnets)


def _plan_json(plan: Plan) -> str:
    """The parts of the plan that Pulse reads, and no others: a change elsewhere does not replace its task.

    Nor does a key that came later, where it has nothing to say.
    """
    dimensions = {"dimensions"} if plan.metering.dimensions else set()
    told = plan.model_dump(
        mode="json",
        exclude_none=True,
        include={
            "requests_per_task": True,
            "time_zone": True,
            "task": {"port", "startup_seconds"},
            "metering": {"namespace", "interval_seconds"} | dimensions,
            "pulse": True,
        },
    )
    return json.dumps(told)
