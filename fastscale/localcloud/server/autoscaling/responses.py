"""The Application Auto Scaling API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.responses import ActionResult, BaseResponse

from fastscale.localcloud.server.autoscaling.models import AutoScalingBackend
from fastscale.localcloud.server.shapes import Shape, page, pick


class AutoScalingResponse(BaseResponse):
    """One request to Application Auto Scaling; each public method is the action of that name."""

    def __init__(self) -> None:
        super().__init__(service_name="application-autoscaling")
        self.automated_parameter_parsing = True

    @property
    def own(self) -> AutoScalingBackend:
        """The back end of the request's region."""
        return cast(AutoScalingBackend, applicationautoscaling_backends[self.current_account][self.region])

    def register_scalable_target(self) -> ActionResult:
        """RegisterScalableTarget."""
        return ActionResult({"ScalableTargetARN": self.own.register_scalable_target(self.params)})

    def deregister_scalable_target(self) -> ActionResult:
        """DeregisterScalableTarget."""
        self.own.deregister_scalable_target(self.params)
        return ActionResult({})

    def describe_scalable_targets(self) -> ActionResult:
        """DescribeScalableTargets."""
        wanted = self.params.get("ResourceIds")
        found = [
            target
            for target in self._selected(self.own.targets.values())
            if not wanted or target["ResourceId"] in wanted
        ]
        return self._page("ScalableTargets", found)

    def put_scaling_policy(self) -> ActionResult:
        """PutScalingPolicy."""
        policy = self.own.put_scaling_policy(self.params)
        return ActionResult(pick(policy, ("PolicyARN", "Alarms")))

    def describe_scaling_policies(self) -> ActionResult:
        """DescribeScalingPolicies."""
        names = self.params.get("PolicyNames")
        found = [
            policy
            for policy in self._selected(self.own.describe_policies())
            if not names or policy["PolicyName"] in names
        ]
        return self._page("ScalingPolicies", found)

    def delete_scaling_policy(self) -> ActionResult:
        """DeleteScalingPolicy."""
        self.own.delete_scaling_policy(self.params)
        return ActionResult({})

    def put_scheduled_action(self) -> ActionResult:
        """PutScheduledAction."""
        self.own.put_scheduled_action(self.params)
        return ActionResult({})

    def describe_scheduled_actions(self) -> ActionResult:
        """DescribeScheduledActions."""
        names = self.params.get("ScheduledActionNames")
        found = [
            action
            for action in self._selected(self.own.schedules.values())
            if not names or action["ScheduledActionName"] in names
        ]
        return self._page("ScheduledActions", found)

    def delete_scheduled_action(self) -> ActionResult:
        """DeleteScheduledAction."""
        self.own.delete_scheduled_action(self.params)
        return ActionResult({})

    def describe_scaling_activities(self) -> ActionResult:
        """DescribeScalingActivities, newest first; those that did not scale only when asked for."""
        with_not_scaled = bool(self.params.get("IncludeNotScaledActivities"))
        found = [
            activity
            for activity in self._selected(self.own.activities)
            if with_not_scaled or not activity.get("NotScaledReasons")
        ]
        return self._page("ScalingActivities", found)

    def _selected(self, items: Iterable[Shape]) -> list[Shape]:
        """Those of the request's namespace, resource and dimension."""
        keys = [key for key in ("ServiceNamespace", "ResourceId", "ScalableDimension") if self.params.get(key)]
        with self.own.lock:
            known = list(items)
        return [item for item in known if all(item[key] == self.params[key] for key in keys)]

    def _page(self, key: str, found: list[Shape]) -> ActionResult:
        shown, token = page(found, self.params.get("NextToken"), self.params.get("MaxResults") or 50)
        return ActionResult({key: shown, "NextToken": token})
