"""What every scaled service gets, in which order: the stacks and :class:`fastscale.cdk.FastScaling` are made of it.

The parts are added to the scope that is given, one level below it, because their logical ids are part of what is
deployed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from fastscale import names
from fastscale.cdk.alarms import ServiceAlarms
from fastscale.cdk.dashboard import ServiceDashboard
from fastscale.cdk.dashboard_rows import ServiceRows
from fastscale.cdk.events import FloorEvents
from fastscale.cdk.metrics import ScaledService
from fastscale.cdk.notifications import AlertTopic
from fastscale.cdk.predictive import PredictiveScaling
from fastscale.cdk.scaling import ServiceScaling
from fastscale.plan import Plan


def add_scaling(
    scope: Construct, *, plan: Plan, subject: ScaledService, event_prefix: str = names.EVENT_PREFIX
) -> Mapping[str, str]:
    """The scalable target with its policies, schedules and one-off events; the step policies' ARNs by name.

    The names of the events' schedules, of which an account has one set, begin with ``event_prefix``.
    """
    scaling = ServiceScaling(scope, "Scaling", scaling=plan.scaling, subject=subject, tagged=bool(plan.events))
    if plan.scaling.predictive:
        predictive = PredictiveScaling(scope, "Predictive", policy=plan.scaling.predictive, subject=subject)
        predictive.node.add_dependency(scaling)
    if plan.events:
        events = FloorEvents(
            scope, "Events", events=plan.events, scaling=plan.scaling, subject=subject, prefix=event_prefix
        )
        events.node.add_dependency(scaling)
    return scaling.step_policy_arns


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """Who hears of alarms, the alarms by name, and the page that shows them."""

    topic: sns.ITopic
    alarms: Mapping[str, cloudwatch.CfnAlarm]
    dashboard: cloudwatch.Dashboard


def add_monitoring(
    scope: Construct,
    *,
    plan: Plan,
    subject: ScaledService,
    step_policy_arns: Mapping[str, str],
    topic: sns.ITopic | None = None,
    dashboard: cloudwatch.Dashboard | None = None,
) -> Monitoring:
    """The alarms, a topic unless there is one, and a page unless the rows go to an existing ``dashboard``."""
    topic = topic or AlertTopic(scope, "Alerts", notifications=plan.notifications).topic
    alarms = ServiceAlarms(
        scope, "Alarms", alarms=plan.alarms, subject=subject, step_policy_arns=step_policy_arns, topic=topic
    ).alarms
    rows = ServiceRows(scope, "Rows", plan=plan, subject=subject, resources=alarms).rows
    if dashboard is None:
        dashboard = ServiceDashboard(scope, "Page", name=plan.dashboard, rows=rows).dashboard
    else:
        for row in rows:
            dashboard.add_widgets(*row)
    return Monitoring(topic=topic, alarms=alarms, dashboard=dashboard)
