"""The Application Auto Scaling back end: it remembers targets, policies, schedules and activities, and scales nothing.

Unlike moto's, a policy keeps its ARN when it is put again, deregistering a target takes its policies and schedules
along, and target tracking brings the alarms of its own metric. Predictive policies are kept, and nothing forecasts.
API: https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.base_backend import BaseBackend

from fastscale.localcloud.server.autoscaling.errors import ObjectNotFoundException, ValidationException
from fastscale.localcloud.server.autoscaling.policies import alarms_of, check
from fastscale.localcloud.server.cloudwatch import models as cloudwatch
from fastscale.localcloud.server.ecs import models as ecs
from fastscale.localcloud.server.settings import ACCOUNT_ID, active
from fastscale.localcloud.server.shapes import Shape, pick, stable_id

#: AWS shows the activities of six weeks; a bound keeps a long-running server small.
ACTIVITIES_KEPT = 2000

#: (service namespace, resource id, scalable dimension)
TargetKey = tuple[str, str, str]

_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_CONFIGURATIONS = (
    "StepScalingPolicyConfiguration",
    "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScalingPolicyConfiguration",
)
_SCHEDULE_SETTINGS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
#: The service-linked role that AWS uses when the caller names none.
_LINKED_ROLE = (
    "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"
)
_NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


class AutoScalingBackend(BaseBackend):
    """Application Auto Scaling of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.lock = threading.RLock()
        self.targets: dict[TargetKey, Shape] = {}
        self.policies: dict[tuple[TargetKey, str], Shape] = {}
        self.schedules: dict[tuple[TargetKey, str], Shape] = {}
        self.activities: deque[Shape] = deque(maxlen=ACTIVITIES_KEPT)
        #: Called after every change of a target, which has to survive a restart.
        self.on_change: Callable[[], None] = _nobody_listens

    # -- targets -------------------------------------------------------------------------------------------------

    def register_scalable_target(self, request: Shape) -> str:
        """RegisterScalableTarget: a new target, or other capacities of one that is there; returns its ARN."""
        key = _target_key(request)
        with self.lock:
            target = self.targets.get(key)
            merged = {
                **(target or self._new_target(request)),
                **pick(request, ("MinCapacity", "MaxCapacity", "RoleARN")),
            }
            merged["SuspendedState"] = merged["SuspendedState"] | request.get("SuspendedState", {})
            if "MinCapacity" not in merged or "MaxCapacity" not in merged:
                raise ValidationException(
                    "Both MinCapacity and MaxCapacity must be specified for a new scalable target."
                )
            if merged["MinCapacity"] > merged["MaxCapacity"]:
                raise ValidationException("Minimum capacity cannot be greater than maximum capacity")
            self.targets[key] = merged
            self.on_change()
            return str(merged["ScalableTargetARN"])

    def deregister_scalable_target(self, request: Shape) -> None:
        """DeregisterScalableTarget, with its policies and scheduled actions."""
        key = self._existing_target(request)
        with self.lock:
            for owner, name in list(self.policies):
                if owner == key:
                    self._drop_policy((owner, name))
            self.schedules = {at: action for at, action in self.schedules.items() if at[0] != key}
            del self.targets[key]
            self.on_change()

    # -- policies ------------------------------------------------------------------------------------------------

    def put_scaling_policy(self, request: Shape) -> Shape:
        """PutScalingPolicy; a policy that is there keeps its ARN and creation time."""
        owner = self._existing_target(request)
        name = request["PolicyName"]
        with self.lock:
            present = self.policies.get((owner, name), {})
            policy_type = request.get("PolicyType") or present.get("PolicyType") or "StepScaling"
            if present and policy_type != present["PolicyType"]:
                raise ValidationException("You cannot change the policy type of an existing scaling policy.")
            arn = self._arn("scalingPolicy", owner, f"policyName/{name}")
            policy = {
                **pick(request, _IDENTITY),
                "PolicyName": name,
                "PolicyType": policy_type,
                "PolicyARN": arn,
                "CreationTime": present.get("CreationTime", time.time()),
                **pick(present, _CONFIGURATIONS),
                **pick(request, _CONFIGURATIONS),
            }
            check(policy)
            policy["Alarms"] = self._replace_alarms(policy, present.get("Alarms", []))
            self.policies[owner, name] = policy
            return policy

    def describe_policies(self) -> list[Shape]:
        """All policies, each with the alarms that invoke it: a step policy does not know its alarms, they know it."""
        with self.lock:
            policies = list(self.policies.values())
        alarms = cloudwatch.backend().alarm_book.all()
        return [policy | {"Alarms": [_alarm_link(a) for a in alarms if _invokes(a, policy)]} for policy in policies]

    def delete_scaling_policy(self, request: Shape) -> None:
        """DeleteScalingPolicy, with the alarms that it brought."""
        key = (_target_key(request), request["PolicyName"])
        with self.lock:
            if key not in self.policies:
                raise ObjectNotFoundException(_missing("scaling policy", request, f"policy name: {key[1]}"))
            self._drop_policy(key)

    # -- scheduled actions ---------------------------------------------------------------------------------------

    def put_scheduled_action(self, request: Shape) -> None:
        """PutScheduledAction: a new action, or other settings of one that is there."""
        owner = self._existing_target(request)
        name = request["ScheduledActionName"]
        with self.lock:
            present = self.schedules.get((owner, name), {})
            self.schedules[owner, name] = {
                **pick(request, _IDENTITY),
                "ScheduledActionName": name,
                "ScheduledActionARN": self._arn("scheduledAction", owner, f"scheduledActionName/{name}"),
                "CreationTime": present.get("CreationTime", time.time()),
                "Timezone": "UTC",
                **pick(present, _SCHEDULE_SETTINGS),
                **pick(request, _SCHEDULE_SETTINGS),
            }

    def delete_scheduled_action(self, request: Shape) -> None:
        """DeleteScheduledAction."""
        key = (_target_key(request), request["ScheduledActionName"])
        with self.lock:
            if self.schedules.pop(key, None) is None:
                raise ObjectNotFoundException(_missing("scheduled action", request, f"scheduled action name: {key[1]}"))

    # -- activities ----------------------------------------------------------------------------------------------

    def record_activity(self, activity: Shape) -> None:
        """Show an activity as the newest one; one that is known by its ``ActivityId`` is replaced in its place."""
        with self.lock:
            for index, known in enumerate(self.activities):
                if known["ActivityId"] == activity["ActivityId"]:
                    self.activities[index] = activity
                    return
            self.activities.appendleft(activity)

    # -- helpers -------------------------------------------------------------------------------------------------

    def _new_target(self, request: Shape) -> Shape:
        key = _target_key(request)
        if key[0] == "ecs":
            self._check_service(key[1])
        arn = f"arn:{self.partition}:application-autoscaling:{self.region_name}:{self.account_id}:scalable-target"
        return {
            **pick(request, _IDENTITY),
            "RoleARN": f"arn:{self.partition}:iam::{self.account_id}:role/{_LINKED_ROLE}",
            "CreationTime": time.time(),
            "SuspendedState": dict(_NOT_SUSPENDED),
            "ScalableTargetARN": f"{arn}/{stable_id(*key).replace('-', '')}",
        }

    def _check_service(self, resource_id: str) -> None:
        parts = resource_id.split("/")
        if len(parts) != 3 or parts[0] != "service":
            raise ValidationException("Unsupported service namespace, resource type or scalable dimension")
        found = ecs.backend().find_active(parts[1], parts[2])
        if found is None:
            raise ValidationException(f"ECS service doesn't exist: {resource_id}")

    def _existing_target(self, request: Shape) -> TargetKey:
        key = _target_key(request)
        if key not in self.targets:
            raise ObjectNotFoundException(_missing("scalable target", request))
        return key

    def _arn(self, kind: str, owner: TargetKey, suffix: str) -> str:
        resource = f"resource/{owner[0]}/{owner[1]}:{suffix}"
        return (
            f"arn:{self.partition}:autoscaling:{self.region_name}:{self.account_id}:{kind}:"
            f"{stable_id(kind, *owner, suffix)}:{resource}"
        )

    def _replace_alarms(self, policy: Shape, present: Iterable[Shape]) -> list[Shape]:
        """Put the alarms that target tracking wants and delete those it no longer does."""
        wanted = alarms_of(policy)
        metrics = cloudwatch.backend()
        names = {alarm["AlarmName"] for alarm in wanted}
        metrics.delete_alarms([alarm["AlarmName"] for alarm in present if alarm["AlarmName"] not in names])
        return [{"AlarmName": alarm["AlarmName"], "AlarmARN": metrics.put_alarm(alarm)} for alarm in wanted]

    def _drop_policy(self, key: tuple[TargetKey, str]) -> None:
        policy = self.policies.pop(key)
        cloudwatch.backend().delete_alarms([alarm["AlarmName"] for alarm in policy["Alarms"]])


def _nobody_listens() -> None:
    return None


def _invokes(alarm: Shape, policy: Shape) -> bool:
    actions = [*alarm["AlarmActions"], *alarm["OKActions"], *alarm["InsufficientDataActions"]]
    return policy["PolicyARN"] in actions


def _alarm_link(alarm: Shape) -> Shape:
    return {"AlarmName": alarm["AlarmName"], "AlarmARN": alarm["AlarmArn"]}


def _target_key(request: Shape) -> TargetKey:
    return request["ServiceNamespace"], request["ResourceId"], request["ScalableDimension"]


def _missing(what: str, request: Shape, more: str = "") -> str:
    where = (
        f"service namespace: {request['ServiceNamespace']}, resource ID: {request['ResourceId']}, "
        f"scalable dimension: {request['ScalableDimension']}"
    )
    return f"No {what} found for {where}" + (f", {more}" if more else "")


def backend() -> AutoScalingBackend:
    """Application Auto Scaling of the region that this server plays."""
    return cast(AutoScalingBackend, applicationautoscaling_backends[ACCOUNT_ID][active().region])
