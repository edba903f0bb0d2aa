"""Application Auto Scaling's part: applies the scaling policies that alarms invoke.

An invocation is an Action item that CloudWatch's part wrote into an alarm's history. Everything else is asked of the
AWS API at that moment: the policy, its scalable target, the alarm's datapoints, the service. The desired count is set
by ecs:UpdateService, and what was done becomes a scaling activity. Decisions come from :mod:`fastscale.decide`.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

from fastscale import names
from fastscale.aws import shapes
from fastscale.decide import alarm as alarm_decision
from fastscale.decide import step
from fastscale.decide import target as tracking
from fastscale.decide.limits import Cooldowns
from fastscale.decide.observation import AlarmState, Proposal, ServiceState
from fastscale.localcloud.activities import Activities
from fastscale.localcloud.backstage import api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.datapoints import fetch
from fastscale.localcloud.service import ScalableTarget, read_state, scalable_targets, set_desired_count
from fastscale.plan import Alarm, TargetPolicy

#: How often the loop looks for invocations, in seconds: what it adds to the reaction time at most.
POLL_SECONDS = 0.5
#: Invocations remembered so that none is applied twice; far more than an overlap of two looks holds.
REMEMBERED_INVOCATIONS = 1000
#: How far each look reaches back, in seconds: history items are written a little after their timestamp.
OVERLAP_SECONDS = 5.0

Shape = dict[str, Any]


@dataclass(frozen=True)
class Invocation:
    """An alarm's call of a policy; ``evaluated_until`` is the end of the alarm's newest datapoint (epoch seconds)."""

    alarm: str
    policy_arn: str
    evaluated_until: float


class ScalingLoop:
    """Applies step and target tracking policies to ECS services.

    Only what was invoked after ``since`` (seconds since 1970) counts.
    """

    def __init__(
        self,
        *,
        autoscaling: Any,
        cloudwatch: Any,
        ecs: Any,
        activities: Activities,
        since: float,
        say: Say,
    ) -> None:
        self._autoscaling = autoscaling
        self._cloudwatch = cloudwatch
        self._ecs = ecs
        self._say = say
        self._activities = activities
        self._patience = Patience(say)
        self._cooldowns: dict[str, Cooldowns] = {}
        self._applied: deque[Invocation] = deque(maxlen=REMEMBERED_INVOCATIONS)
        self._look_from = since

    def run(self, stop: Event) -> None:
        """Apply policies until ``stop`` is set."""
        run_cycles(self.tick, stop, name="scaling", period_seconds=POLL_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """Apply what was invoked since the last look; ``now`` in seconds since 1970."""
        if self._patience.attempt(self._look, now):
            self._patience.worked(now)

    @api_errors()
    def _look(self, now: float) -> None:
        invocations = [invocation for invocation in self._invocations() if invocation not in self._applied]
        if invocations or self._activities.any_pending():
            targets = scalable_targets(self._autoscaling)
            self._settle(targets, now)
            for invocation in invocations:
                self._apply(invocation, targets, now)
                self._applied.append(invocation)
        self._look_from = now - OVERLAP_SECONDS

    def _invocations(self) -> list[Invocation]:
        pages = self._cloudwatch.get_paginator("describe_alarm_history").paginate(
            HistoryItemType="Action", StartDate=self._look_from, ScanBy="TimestampAscending"
        )
        found = []
        for item in (item for page in pages for item in page["AlarmHistoryItems"]):
            data = json.loads(item["HistoryData"])
            arn = data["notificationResource"]
            if ":scalingPolicy:" in arn:
                found.append(Invocation(item["AlarmName"], arn, data["evaluatedUntil"]))
        return found

    def _settle(self, targets: dict[str, ScalableTarget], now: float) -> None:
        for target in targets.values():
            service = read_state(self._ecs, target) if self._activities.waiting_for(target) else None
            if service is not None:
                self._activities.settle(target, service, now)

    def _apply(self, invocation: Invocation, targets: dict[str, ScalableTarget], now: float) -> None:
        policy = next((shape for shape in self._policies() if shape["PolicyARN"] == invocation.policy_arn), None)
        target = targets.get(policy["ResourceId"]) if policy else None
        alarm = self._alarm(invocation.alarm)
        service = read_state(self._ecs, target) if target else None
        if policy is None or target is None or alarm is None or service is None:
            return  # deleted since the alarm invoked it
        proposal, memory = self._decide(policy, target, alarm, service, invocation.evaluated_until, now)
        capacity = proposal.capacity
        suspension = "" if capacity is None else _suspension(target, service, capacity)
        if capacity is None or suspension:
            self._say(f"{invocation.alarm} -> {policy['PolicyName']}: {suspension or proposal.description}")
            return
        # An activity begins when the count is set: on a busy machine some time after the look that found its cause.
        cause, began = proposal.cause(invocation.alarm), time.time()
        set_desired_count(self._ecs, target, capacity)
        # Only now: a count that could not be set starts no cooldown, which would hold back the next attempt.
        self._cooldowns[target.resource_id] = memory
        self._activities.begin(target, capacity, description=proposal.description, cause=cause, now=began)
        self._say(f"desired count {service.desired} -> {capacity}: {cause}")

    def _decide(
        self,
        policy: Shape,
        target: ScalableTarget,
        alarm: Alarm,
        service: ServiceState,
        evaluated_until: float,
        now: float,
    ) -> tuple[Proposal, Cooldowns]:
        """What the policy wants, and the cooldowns that run once the service has been told."""
        memory = self._cooldowns.get(target.resource_id, Cooldowns())
        if policy["PolicyType"] == "TargetTrackingScaling":
            policies, seen = self._tracked(target, service, evaluated_until)
            return tracking.decide(policies, seen, memory, now)
        recent = [value for value in self._datapoints(alarm, evaluated_until) if value is not None]
        step_seen = step.StepSeen(service, recent[-alarm.evaluation_periods :], alarm.threshold)
        return step.decide(shapes.step_policy(policy), step_seen, memory, now)

    def _tracked(
        self, target: ScalableTarget, service: ServiceState, evaluated_until: float
    ) -> tuple[list[TargetPolicy], tracking.TargetSeen]:
        """All target tracking policies of the target, which decide together, and what they see."""
        found = [policy for policy in self._policies() if policy["ResourceId"] == target.resource_id]
        tracking_policies = [policy for policy in found if policy["PolicyType"] == "TargetTrackingScaling"]
        tracks = {policy["PolicyName"]: self._track(policy, evaluated_until) for policy in tracking_policies}
        policies = [shapes.target_policy(policy) for policy in tracking_policies]
        return policies, tracking.TargetSeen(service, tracks)

    def _track(self, policy: Shape, evaluated_until: float) -> tracking.Track:
        """The metric of a policy and the states of the alarms that Application Auto Scaling made for it."""
        alarm_names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
        described = self._cloudwatch.describe_alarms(AlarmNames=alarm_names)["MetricAlarms"]
        by_side = {("high" if "-AlarmHigh-" in alarm["AlarmName"] else "low"): alarm for alarm in described}
        high, low = by_side["high"], by_side.get("low")
        return tracking.Track(
            datapoints=self._datapoints(shapes.alarm(high), evaluated_until),
            high=AlarmState(high["StateValue"]),
            low=AlarmState(low["StateValue"]) if low else AlarmState.OK,
        )

    def _datapoints(self, alarm: Alarm, evaluated_until: float) -> list[float | None]:
        return fetch(self._cloudwatch, [alarm], alarm_decision.window(alarm, evaluated_until))[alarm.name]

    def _policies(self) -> Iterator[Shape]:
        pages = self._autoscaling.get_paginator("describe_scaling_policies").paginate(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS
        )
        for page in pages:
            yield from page["ScalingPolicies"]

    def _alarm(self, name: str) -> Alarm | None:
        found = self._cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return shapes.alarm(found[0]) if found else None


def _suspension(target: ScalableTarget, service: ServiceState, capacity: int) -> str:
    """That ``capacity`` may not be set now, or nothing. AWS has neither an activity nor a reason code for it.

    Source: Application Auto Scaling user guide, "Suspend and resume scaling"; API reference, NotScaledReason.
    """
    way, suspended = ("out", target.out_suspended) if capacity > service.desired else ("in", target.in_suspended)
    return f"Not scaled: scale-{way} is suspended." if suspended else ""
