"""One-off events: EventBridge Scheduler raises the floor for a while, such as for a campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from fastscale import names
from fastscale.cdk import nag
from fastscale.cdk.metrics import ScaledService
from fastscale.cdk.scaling import TARGET_TAG
from fastscale.plan import Event, Scaling

#: A universal target: the scheduler calls the API itself (EventBridge Scheduler user guide, "Using universal targets").
REGISTER = "arn:aws:scheduler:::aws-sdk:applicationautoscaling:registerScalableTarget"
#: Of a schedule's name (EventBridge Scheduler API reference, CreateSchedule).
LONGEST_NAME = 64
#: A call that failed is tried again for so long, in seconds; the default of a day would outlast the event.
RETRY_SECONDS = 900


class FloorEvents(Construct):
    """Two schedules an event: at its start the floor is raised, at its end it is put back.

    Their names begin with ``prefix``. A schedule changes the minimum and nothing else. Application Auto Scaling follows
    at once (its API reference, RegisterScalableTarget), and every other policy goes on above the floor.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        events: Sequence[Event],
        scaling: Scaling,
        subject: ScaledService,
        prefix: str,
    ) -> None:
        super().__init__(scope, id_)
        self._subject = subject
        self._prefix = prefix
        self._role = self._limited_role()
        for event in events:
            after = scaling.min_capacity if event.floor_after is None else event.floor_after
            self._schedule(f"{event.name}-start", event.start, event.min_capacity)
            self._schedule(f"{event.name}-end", event.end, after)

    def _schedule(self, name: str, at: float, floor: int) -> None:
        moment = datetime.fromtimestamp(at, tz=UTC)
        scheduler.CfnSchedule(
            self,
            name,
            name=_fitting(f"{self._prefix}{name}"),
            description=f"At least {floor} tasks",
            schedule_expression=f"at({moment:%Y-%m-%dT%H:%M:%S})",
            schedule_expression_timezone="UTC",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=REGISTER,
                role_arn=self._role.role_arn,
                input=self._call(floor),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(maximum_event_age_in_seconds=RETRY_SECONDS),
            ),
        )

    def _call(self, floor: int) -> str:
        return Stack.of(self).to_json_string(
            {
                "ServiceNamespace": names.SERVICE_NAMESPACE_ECS,
                "ResourceId": self._subject.resource_id,
                "ScalableDimension": names.SCALABLE_DIMENSION,
                "MinCapacity": floor,
            }
        )

    def _limited_role(self) -> iam.Role:
        """What RegisterScalableTarget takes (ECS developer guide, "IAM permissions required for service auto scaling"),
        for this service alone. The id of a scalable target is not known to CloudFormation, hence the condition on the
        tag that this service's has.
        """
        stack = Stack.of(self)
        targets = stack.format_arn(service="application-autoscaling", resource="scalable-target", resource_name="*")
        service = stack.format_arn(
            service="ecs", resource="service", resource_name=f"{self._subject.cluster}/{self._subject.service}"
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="MoveTheFloor",
                actions=["application-autoscaling:RegisterScalableTarget"],
                resources=[targets],
                conditions={
                    "StringEquals": {
                        f"aws:ResourceTag/{TARGET_TAG}": self._subject.resource_id,
                    }
                },
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                sid="OfThisService", actions=["ecs:DescribeServices", "ecs:UpdateService"], resources=[service]
            )
        )
        nag.accept_wildcard(
            role,
            service="application-autoscaling",
            resource="scalable-target/*",
            reason="The id of a scalable target is made up when it is registered; a condition holds it to one.",
        )
        return role


def _fitting(name: str) -> str:
    """``name`` as it is, or a long one cut in its middle and told from others by a hash."""
    if len(name) <= LONGEST_NAME:
        return name
    told = hashlib.sha256(name.encode()).hexdigest()[:8]
    tail = name[-LONGEST_NAME // 2 :]
    return f"{name[: LONGEST_NAME - len(told) - len(tail) - 1]}{told}-{tail}"
