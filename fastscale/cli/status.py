"""What `fastscale local status` shows, all of it asked of the AWS API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from fastscale import names
from fastscale.aws.session import local_client
from fastscale.demo.pulse_log import PulseLog
from fastscale.demo.words import clock
from fastscale.localcloud.settings import CloudSettings

#: So far back (seconds) a decision of Pulse is looked for: a reason that lasts is written down once.
PULSE_SECONDS_BACK = 24 * 3600.0
STATE_STYLES = {"ALARM": "bold red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}


def show_status(console: Console, settings: CloudSettings) -> None:
    """Print endpoint, stacks, service, targets, alarms and the last scaling activity."""

    def client(service: str) -> Any:
        return local_client(service, endpoint_url=settings.endpoint_url, region=settings.region)

    overview = Table.grid(padding=(0, 2), pad_edge=False)
    overview.add_row("AWS API", settings.endpoint_url)
    overview.add_row("Load balancer", settings.alb_url)
    overview.add_row("Stacks", _stacks(client("cloudformation")))
    overview.add_row("Services", _services(client("ecs")))
    overview.add_row("Targets", _targets(client("elbv2")))
    if settings.pulse is not None:
        overview.add_row("Pulse", _pulse(client("logs"), settings.pulse))
    overview.add_row("Last scaling", _last_activity(client("application-autoscaling")))
    console.print(overview)
    console.print(_alarms(client("cloudwatch")))


def _stacks(cloudformation: Any) -> str:
    """A line for each stack but the one that every account has."""
    stacks = _all(cloudformation, "describe_stacks", "Stacks")
    rows = [f"{one['StackName']} {one['StackStatus']}" for one in stacks if one["StackName"] != names.STACK_BOOTSTRAP]
    return "\n".join(rows) or "none deployed"


def _services(ecs: Any) -> str:
    """A line for each service of each cluster."""
    rows = [
        f"{service['serviceName']} {service['status']}: desired {service['desiredCount']}, "
        f"running {service['runningCount']}, pending {service['pendingCount']}"
        for cluster in _all(ecs, "list_clusters", "clusterArns")
        for service in _services_of(ecs, cluster)
    ]
    return "\n".join(rows) or "none"


def _services_of(ecs: Any, cluster: str) -> list[dict[str, Any]]:
    """DescribeServices takes at most ten services a call, which is what a page of ListServices has by default."""
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    return [
        service
        for page in pages
        if page["serviceArns"]
        for service in ecs.describe_services(cluster=cluster, services=page["serviceArns"])["services"]
    ]


def _pulse(logs: Any, service: str) -> str:
    """Its newest decision, as it wrote it down; whether it runs is among the services."""
    try:
        notes = PulseLog(logs, pulse=service).notes(time.time() - PULSE_SECONDS_BACK)
    except logs.exceptions.ResourceNotFoundException:
        notes = []
    if not notes:
        return "no decision yet"
    return f"{clock(notes[-1].at)} {notes[-1].move}: {notes[-1].reason}"


def _targets(elbv2: Any) -> str:
    rows = []
    for group in _all(elbv2, "describe_target_groups", "TargetGroups"):
        health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        states = [target["TargetHealth"]["State"] for target in health]
        counts = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
        rows.append(f"{group['TargetGroupName']}: {counts or 'none'}")
    return "\n".join(rows) or "none"


def _last_activity(autoscaling: Any) -> str:
    activities = autoscaling.describe_scaling_activities(ServiceNamespace=names.SERVICE_NAMESPACE_ECS)
    newest = next(iter(activities["ScalingActivities"]), None)
    return f"{newest['StartTime']:%H:%M:%S} {newest['Description']}" if newest else "none yet"


def _alarms(cloudwatch: Any) -> Table:
    """All alarms with their states, and for those in ALARM the reason on a line of its own."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Alarm")
    table.add_column("State", no_wrap=True)
    table.add_column("Since", no_wrap=True)
    for alarm in _all(cloudwatch, "describe_alarms", "MetricAlarms"):
        state = alarm["StateValue"]
        since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
        name = _short(alarm["AlarmName"])
        reason = f"\n[dim]{alarm.get('StateReason', '')}[/]" if state == "ALARM" else ""
        table.add_row(f"{name}{reason}", f"[{STATE_STYLES.get(state, '')}]{state}[/]", f"{since:%H:%M:%S}")
    return table


def _all(client: Any, operation: str, key: str) -> Iterator[Any]:
    """What ``operation`` lists below ``key``, on however many pages."""
    for page in client.get_paginator(operation).paginate():
        yield from page[key]


def _short(alarm_name: str) -> str:
    """The alarms of target tracking have names too long for a table: their side says which one it is."""
    if not alarm_name.startswith("TargetTracking-"):
        return alarm_name
    return "TargetTracking-AlarmHigh" if "-AlarmHigh-" in alarm_name else "TargetTracking-AlarmLow"
