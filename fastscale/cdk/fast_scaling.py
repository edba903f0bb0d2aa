"""Fast scaling for a service that exists already."""

from __future__ import annotations

import re
from typing import Self, Unpack, cast

from aws_cdk import Names
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from fastscale import names
from fastscale.cdk import nag
from fastscale.cdk.access import publish_metrics
from fastscale.cdk.adoption import PlanOptions, plan_for
from fastscale.cdk.composition import add_monitoring, add_scaling
from fastscale.cdk.lookup import subject_of
from fastscale.cdk.pulse import Pulse
from fastscale.errors import InputError
from fastscale.plan import Plan

#: Of the prefix of names. AWS limits the names that are made with it to 255 characters.
LONGEST_PREFIX = 60


class Options(PlanOptions, total=False):
    """What may be said to :class:`FastScaling` beyond the service.

    ``plan`` is a whole plan of one's own, which leaves nothing of :class:`PlanOptions` to be said. Names begin with
    ``prefix``, by default the construct's path. Alarms go to ``topic``, else to a topic of their own. The rows go to
    ``dashboard``, else to a page of their own. ``tasks`` has the security groups of the service's tasks, where the
    service itself does not. ``pulse_image`` replaces the image that is built from the installed package.
    """

    plan: Plan
    prefix: str
    topic: sns.ITopic
    dashboard: cloudwatch.Dashboard
    tasks: ec2.IConnectable
    pulse_image: ecs.ContainerImage


class FastScaling(Construct):
    """Alarms, policies, schedules, notifications, dashboard rows and Pulse for an ECS service, in one line::

        FastScaling(self, "FastScaling", service=service, target_group=target_group, requests_per_task=100)

    :class:`Options` says what else may be said. The service must not have a scalable target already
    (``auto_scale_task_count``), and its template should state no ``desired_count``, which CloudFormation would write
    back with every change of the service.

    A service of the same application gets the permission to publish metrics to ``plan.metering.namespace``, and its
    default container that namespace as the variable ``METER_NAMESPACE``. Raises InputError for what cannot work.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        service: ecs.IBaseService,
        target_group: elbv2.ITargetGroup,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(scope, id_)
        prefix = options.get("prefix") or _path(self)
        self.plan = _plan(prefix, options)
        subject = subject_of(service, target_group)
        self.step_policy_arns = add_scaling(self, plan=self.plan, subject=subject, event_prefix=f"{prefix}-")
        self.monitoring = add_monitoring(
            self,
            plan=self.plan,
            subject=subject,
            step_policy_arns=self.step_policy_arns,
            topic=options.get("topic"),
            dashboard=options.get("dashboard"),
        )
        self._let_publish(service)
        self.pulse = self._pulse(service, target_group, options) if self.plan.pulse.enabled else None

    @classmethod
    def from_lookup(
        cls,
        scope: Construct,
        id_: str,
        *,
        vpc: ec2.IVpc,
        cluster_name: str,
        service_name: str,
        target_group_arn: str,
        load_balancer_arn: str,
        task_security_group_id: str,
        **options: Unpack[Options],
    ) -> Self:
        """Fast scaling for a service that was made elsewhere: by another stack, another tool or by hand.

        ``vpc`` is that of the cluster, where Pulse runs. The tasks need the permission to publish metrics to
        ``plan.metering.namespace``, and have to be told that namespace.
        """
        found = Construct(scope, f"{id_}Lookup")
        cluster = ecs.Cluster.from_cluster_attributes(found, "Cluster", cluster_name=cluster_name, vpc=vpc)
        service = ecs.FargateService.from_fargate_service_attributes(
            found, "Service", cluster=cluster, service_name=service_name
        )
        target_group = elbv2.ApplicationTargetGroup.from_target_group_attributes(
            found, "Targets", target_group_arn=target_group_arn, load_balancer_arns=load_balancer_arn
        )
        options.setdefault("tasks", ec2.SecurityGroup.from_security_group_id(found, "Tasks", task_security_group_id))
        return cls(scope, id_, service=service, target_group=target_group, **options)

    def _pulse(self, service: ecs.IBaseService, target_group: elbv2.ITargetGroup, options: Options) -> Pulse:
        return Pulse(
            self,
            "Pulse",
            service=service,
            target_group=target_group,
            plan=self.plan,
            tasks=options.get("tasks"),
            topic=self.monitoring.topic,
            image=options.get("pulse_image"),
        )

    def _let_publish(self, service: ecs.IBaseService) -> None:
        """By a policy of our own: what the tasks may do otherwise is the matter of whoever made their role."""
        if not isinstance(service, ecs.FargateService):
            return
        namespace = self.plan.metering.namespace
        definition = service.task_definition
        policy = iam.Policy(self, "Publish", statements=[publish_metrics(namespace)], roles=[definition.task_role])
        nag.accept(policy, "IAM5[Resource::*]", "PutMetricData knows no resources; it is held to one namespace.")
        if definition.default_container is not None:
            definition.default_container.add_environment(names.METER_ENV_NAMESPACE, namespace)


def _path(construct: Construct) -> str:
    """The path of ``construct`` with hyphens; a long one is cut, and told from others by a hash."""
    path = re.sub(r"[^A-Za-z0-9]+", "-", construct.node.path)
    if len(path) <= LONGEST_PREFIX:
        return path
    return Names.unique_resource_name(construct, max_length=LONGEST_PREFIX, separator="-")


def _plan(prefix: str, options: Options) -> Plan:
    """The plan that was given, or one for the service; of both at once nobody could tell which counts."""
    shaping = {key: value for key, value in options.items() if key in PlanOptions.__annotations__}
    plan = options.get("plan")
    if plan is not None and shaping:
        raise InputError(f"{prefix}: {', '.join(shaping)} beside a plan: say it in the plan")
    if plan is None and "requests_per_task" not in shaping:
        raise InputError(f"{prefix}: give requests_per_task, the load in requests/s that one task carries, or a plan")
    return plan or plan_for(prefix, **cast(PlanOptions, shaping))
