"""CloudWatch alarms: what they watch, and which policies they invoke."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastscale.aws import shapes
from fastscale.plan import Alarm, StepPolicy
from fastscale.template.attempt import attempt
from fastscale.template.design import NotModelled
from fastscale.template.scaling import PolicyPart
from fastscale.template.stack import Resource
from fastscale.template.values import as_text, items

ALARM = "AWS::CloudWatch::Alarm"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"

#: The end of the ARN of a scaling policy that was written out in full.
_POLICY_NAME = re.compile(r":policyName/([^:]+)")


@dataclass(frozen=True)
class AlarmPart:
    """An alarm without its policies, and the step policies of these templates that it invokes in ALARM."""

    where: str
    alarm: Alarm
    invokes: tuple[PolicyPart, ...]

    def with_policies(self, names: tuple[str, ...]) -> AlarmPart:
        """The same, with an alarm that invokes the policies of these names."""
        return replace(self, alarm=self.alarm.model_copy(update={"policies": names}))


def read_alarm(
    resource: Resource, policies: Iterable[PolicyPart], composed: str
) -> tuple[AlarmPart | None, list[NotModelled]]:
    """The alarm, and what of it no plan can hold. ``composed`` is the rules of all composite alarms."""
    properties = resource.properties
    if "ThresholdMetricId" in properties:
        reason = "its threshold is an anomaly detection band, which is not modelled"
        return None, [NotModelled(resource.where, resource.kind, reason)]
    named = {"AlarmName": resource.reference.strip("${}"), **properties}
    alarm = attempt(resource, lambda given: shapes.alarm({**named, **given}))
    if isinstance(alarm, NotModelled):
        return None, [alarm]
    policies = list(policies)
    actions = _actions(properties, "AlarmActions") if properties.get("ActionsEnabled") not in (False, "false") else []
    invokes = [part for action in actions if (part := _invoked(action, policies))]
    steps = tuple(part for part in invokes if isinstance(part.policy, StepPolicy))
    used = len(actions) > len(invokes) or resource.reference in composed or alarm.name in composed
    return AlarmPart(resource.where, alarm.model_copy(update={"notify": used}), steps), _leftovers(resource, policies)


def _leftovers(resource: Resource, policies: list[PolicyPart]) -> list[NotModelled]:
    """Scaling that an alarm sets off in another state than ALARM, and actions that are switched off."""
    found: list[str] = []
    for key in ("OKActions", "InsufficientDataActions"):
        found += [
            f"{key} invoke {part.policy.name}; only AlarmActions are modelled"
            for action in _actions(resource.properties, key)
            if (part := _invoked(action, policies))
        ]
    if resource.properties.get("ActionsEnabled") in (False, "false"):
        found.append("its actions are switched off (ActionsEnabled is false), so it is modelled without any")
    found += [
        f"AlarmActions invoke {part.policy.name}, which AWS lets only its own alarms do"
        for action in _actions(resource.properties, "AlarmActions")
        if (part := _invoked(action, policies)) and not isinstance(part.policy, StepPolicy)
    ]
    return [NotModelled(resource.where, resource.kind, reason) for reason in found]


def _actions(properties: Mapping[str, Any], key: str) -> list[str]:
    return [as_text(action) for action in items(properties.get(key))]


def _invoked(action: str, policies: list[PolicyPart]) -> PolicyPart | None:
    """The policy that an action names: by the text of Ref to it, or in an ARN that is written out."""
    by_name = _POLICY_NAME.search(action)
    for part in policies:
        if part.reference == action or (by_name and part.policy.name == by_name.group(1)):
            return part
    return None
