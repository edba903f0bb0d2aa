"""Alarms and the metrics that they watch. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from fastscale import names
from fastscale.doctor.drift import differences
from fastscale.doctor.finding import Finding, deploy, ok, problem
from fastscale.doctor.reading import Shape
from fastscale.plan import Alarm, Plan

#: Delivery from PutMetricData to a query; AWS publishes no number, half a minute is far beyond what is seen [model].
DELIVERY_SECONDS = 30.0
#: A new alarm knows its state after its evaluation periods, one cycle of evaluation and the start of the service.
FIRST_STATE_SECONDS = 180.0
DEPLOY_ALARMS = deploy("the alarms", names.STACK_MONITORING)


def check_alarms(alarms: Mapping[str, Shape], plan: Plan, now: float) -> Iterator[Finding]:
    """Every alarm of the plan is there, armed, and in a state that nobody needs to mend."""
    for wanted in plan.alarms:
        deployed = alarms.get(wanted.name)
        if deployed is None:
            yield problem("alarm", f"{wanted.name} does not exist", fix=DEPLOY_ALARMS)
        else:
            yield _alarm(wanted, deployed, now)


def _alarm(wanted: Alarm, deployed: Shape, now: float) -> Finding:
    name, state = wanted.name, deployed["StateValue"]
    why = f"{state}: {deployed.get('StateReason', 'no reason given')}"
    if not deployed["ActionsEnabled"]:
        return problem(
            "alarm",
            f"{name}: its actions are disabled",
            fix=f"aws cloudwatch enable-alarm-actions --alarm-names {name}",
        )
    drifted = "; ".join(differences(wanted, deployed))
    if drifted:
        return problem("alarm", f"{name}: {drifted}", fix=DEPLOY_ALARMS)
    if state == "INSUFFICIENT_DATA" and not _may_lack_data(wanted, deployed, now):
        return problem("alarm", f"{name} {why}", fix="its metric must arrive: see the lines about metrics")
    if state == "ALARM" and not wanted.policies:
        return problem("alarm", f"{name} {why}", fix="nothing scales on it: a person must look")
    return ok("alarm", f"{name} {why}")


def check_actions(alarms: Mapping[str, Shape], policy_arns: Set[str], plan: Plan) -> Iterator[Finding]:
    """No alarm of the plan invokes a policy that is gone: CloudWatch calls it in vain and says so nowhere."""
    for name in (alarm.name for alarm in plan.alarms if alarm.name in alarms):
        for arn in alarms[name]["AlarmActions"]:
            if ":scalingPolicy:" in arn and arn not in policy_arns:
                gone = arn.rpartition("policyName/")[2]
                fix = f"{deploy('the policies', names.STACK_AUTO_SCALING)}, then that of the alarms"
                yield problem("alarm", f"{name}: the policy {gone} that it invokes does not exist", fix=fix)


def _may_lack_data(wanted: Alarm, deployed: Shape, now: float) -> bool:
    """A young alarm, or one on a load balancer, whose metrics are reported only while requests flow through it.

    Elastic Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer".
    """
    age = now - deployed["StateUpdatedTimestamp"].timestamp()
    young = age < wanted.period * wanted.evaluation_periods + FIRST_STATE_SECONDS
    return (young and "Initial alarm creation" in deployed.get("StateReason", "")) or (
        deployed.get("Namespace") == names.NAMESPACE_ALB
    )


def application_alarms(alarms: Mapping[str, Shape], plan: Plan) -> list[Shape]:
    """One alarm for each metric that the application publishes itself."""
    names = {alarm.name for alarm in plan.alarms}
    found = {
        alarm["MetricName"]: alarm
        for name, alarm in alarms.items()
        if name in names and alarm.get("Namespace") == plan.metering.namespace
    }
    return list(found.values())


def check_metric(alarm: Shape, newest: float | None, plan: Plan, now: float) -> Iterator[Finding]:
    """The metric arrives, and how late: the age of the newest period that has data, counted from its start."""
    name = f"{alarm['Namespace']} {alarm['MetricName']}"
    if newest is None:
        yield problem(
            "metrics",
            f"{name}: nothing arrived in 15 minutes",
            fix="check that tasks run, may call cloudwatch:PutMetricData for the namespace, and use these dimensions",
        )
        return
    age, limit = now - newest, 10 + plan.metering.interval_seconds + DELIVERY_SECONDS
    if age > limit:
        yield problem(
            "metrics",
            f"{name}: the newest datapoint is {age:.0f} s old, more than {limit:.0f} s",
            fix="the publisher has stopped or is throttled: see the log group of the tasks",
        )
    else:
        yield ok("metrics", f"{name}: the newest datapoint is {age:.0f} s old")
