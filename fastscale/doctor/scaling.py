"""What moves the number of tasks: scalable target, scaling activities and cooldowns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fastscale import names
from fastscale.doctor.finding import Finding, deploy, ok, problem
from fastscale.doctor.reading import Shape
from fastscale.plan import Plan

#: What to do about an activity that was decided against (Application Auto Scaling API reference, NotScaledReason).
NOT_SCALED: Mapping[str, str] = {
    "AlreadyAtMaxCapacity": "raise scaling.max_capacity in the plan, and look whether the load is real",
    "TargetServicePutResourceAsUnscalable": "wait until the deployment ends, or roll it back",
}
FAILED = frozenset({"Failed", "Unfulfilled", "Overridden"})


def check_scalable_target(target: Shape | None) -> Iterator[Finding]:
    """Application Auto Scaling knows the service and may move it."""
    subject = "scaling"
    if target is None:
        fix = deploy("the policies", names.STACK_AUTO_SCALING)
        yield problem(subject, "the service is no scalable target", fix=fix)
        return
    suspended = sorted(name for name, is_so in target.get("SuspendedState", {}).items() if is_so)
    if suspended:
        resume = ",".join(f"{name}=false" for name in suspended)
        yield problem(
            subject,
            f"{', '.join(suspended)}: nothing is scaled that way",
            fix="aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension "
            f"ecs:service:DesiredCount --resource-id {target['ResourceId']} --suspended-state {resume}",
        )
        return
    yield ok(subject, f"between {target['MinCapacity']} and {target['MaxCapacity']} tasks")


def check_activities(activities: Sequence[Shape], plan: Plan, now: float) -> Iterator[Finding]:
    """The newest scaling activity went well, and none was held back for a reason that a person can mend."""
    subject = "activities"
    if not activities:
        yield ok(subject, "none yet")
        return
    newest = activities[0]
    reasons = [reason["Code"] for reason in newest.get("NotScaledReasons", [])]
    if reasons:
        yield _not_scaled(newest, reasons[0])
    elif newest["StatusCode"] in FAILED:
        said = newest.get("StatusMessage") or newest["Description"]
        yield problem(subject, f"the newest one is {newest['StatusCode']}: {said}", fix="mend what it names")
    else:
        yield ok(subject, f"{newest['Description']} {newest['StatusCode']}{_cooldown(newest, plan, now)}")


def _not_scaled(activity: Shape, code: str) -> Finding:
    text = f"not scaled ({code}): {activity['Cause']}"
    if code not in NOT_SCALED:
        return ok("activities", text)
    return problem("activities", text, fix=NOT_SCALED[code])


def _cooldown(activity: Shape, plan: Plan, now: float) -> str:
    """What is left of the cooldown of the step policy that the activity names as its cause."""
    ended = activity.get("EndTime")
    policies = {policy.name: policy.cooldown_seconds for policy in plan.scaling.step_policies}
    seconds = policies.get(activity["Cause"].rpartition("policy ")[2])
    if ended is None or seconds is None:
        return ""
    left = ended.timestamp() + seconds - now
    return f" (cooldown of {seconds} s: {left:.0f} s left)" if left > 0 else f" (cooldown of {seconds} s is over)"
