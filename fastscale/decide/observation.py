"""What a scaling decision may see of a service, and the proposal it returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlarmState(StrEnum):
    """StateValue of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The service and its scalable target at one moment; all numbers in tasks.

    ``deploying`` is true while a deployment is in progress: Application Auto Scaling does not scale in then (ECS
    developer guide, "Automatically scale your Amazon ECS service").
    """

    running: int
    desired: int
    minimum: int
    maximum: int
    deploying: bool = False


class Hold(StrEnum):
    """Why a policy leaves the desired count as it is.

    The first four are AWS's reason codes (NotScaledReasons of DescribeScalingActivities, Application Auto Scaling user
    guide, "Scaling activities"); AWS reports nothing for the rest.
    """

    AT_MAXIMUM = "AlreadyAtMaxCapacity"
    AT_MINIMUM = "AlreadyAtMinCapacity"
    AT_DESIRED = "AlreadyAtDesiredCapacity"
    FLAPPING = "AutoScalingAnticipatedFlapping"
    COOLDOWN = "CooldownInProgress"
    DEPLOYING = "DeploymentInProgress"
    NO_DATA = "NoDatapoint"
    NO_STEP = "NoStepAdjustmentFound"
    NO_CHANGE = "AdjustmentIsZero"
    ON_TARGET = "MetricOnTarget"
    NOT_ALL_AGREE = "NotAllPoliciesScaleIn"
    SCALE_IN_DISABLED = "ScaleInDisabled"


_HOLD_TEXTS = {
    Hold.AT_MAXIMUM: "already at the maximum capacity",
    Hold.AT_MINIMUM: "already at the minimum capacity",
    Hold.AT_DESIRED: "already at the desired capacity",
    Hold.FLAPPING: "scaling in would bring the metric back above its target",
    Hold.COOLDOWN: "a cooldown is in progress",
    Hold.DEPLOYING: "scale-in is off during a deployment",
    Hold.NO_DATA: "there is no datapoint to decide by",
    Hold.NO_STEP: "no step adjustment matches the metric",
    Hold.NO_CHANGE: "the matching step changes nothing",
    Hold.ON_TARGET: "no metric is off its target",
    Hold.NOT_ALL_AGREE: "not every target tracking policy is ready to scale in",
    Hold.SCALE_IN_DISABLED: "the policy does not scale in",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one policy wants: a new desired count, or to leave it for the reason in ``hold``.

    Exactly one of ``capacity`` (tasks) and ``hold`` is set. The texts are worded as AWS words scaling activities.
    """

    policy: str
    capacity: int | None = None
    hold: Hold | None = None

    @property
    def description(self) -> str:
        """The Description of the scaling activity, or one line that says why nothing is done."""
        if self.hold is not None:
            return f"Not scaled: {_HOLD_TEXTS[self.hold]}."
        return f"Setting desired count to {self.capacity}."

    @property
    def status_message(self) -> str:
        """The StatusMessage of the activity once ECS has fulfilled it."""
        return f"Successfully set desired count to {self.capacity}. Change successfully fulfilled by ecs."

    def cause(self, alarm: str) -> str:
        """The Cause of the activity that ``alarm`` set off."""
        return f"monitor alarm {alarm} in state ALARM triggered policy {self.policy}"
