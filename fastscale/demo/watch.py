"""Looks at a service through the AWS API alone, as any client could."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from fastscale import names
from fastscale.aws.calls import NO_ANSWER
from fastscale.aws.quotas import TASKS_A_CALL
from fastscale.aws.session import MakeClient
from fastscale.demo.ledger import Ledger
from fastscale.demo.pulse_log import PulseLog
from fastscale.demo.records import (
    Activity,
    AlarmChange,
    Datapoint,
    Evidence,
    PolicyCall,
    PulseNote,
    Sample,
    ServiceEvent,
    TaskLife,
)
from fastscale.demo.settings import ServiceNames
from fastscale.localcloud.backstage import ApiUnavailableError

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: The newest datapoint is looked for in so many periods.
PERIODS_BACK = 3
#: So far back (seconds) the first look searches for a decision of Pulse.
PULSE_SECONDS_BACK = 60.0
#: Resolution of the load metric in seconds: what its alarm looks at.
LOAD_PERIOD_SECONDS = 10


class Watcher:
    """The AWS API of one service. Used by one thread at a time."""

    def __init__(self, client: MakeClient, service: ServiceNames, ledger: Ledger = tuple) -> None:
        self._service = service
        self._ledger = ledger
        self._ecs = client("ecs")
        self._elb = client("elbv2")
        self._cloudwatch = client("cloudwatch")
        self._autoscaling = client("application-autoscaling")
        self._pulse = (
            PulseLog(client("logs"), pulse=service.pulse, resource_id=service.resource_id) if service.pulse else None
        )
        self._pulse_note: PulseNote | None = None
        self._target_group_arn: str | None = None

    def sample(self, now: float) -> Sample:
        """The service as the API shows it. What it does not answer is None."""
        services = self._ask("ECS", self._services) or {}
        counts = services.get(self._service.service, {})
        return Sample(
            at=now,
            desired=counts.get("desiredCount"),
            running=counts.get("runningCount"),
            pending=counts.get("pendingCount"),
            healthy=self._ask("ELB", self._healthy),
            alarms=self._ask("alarms", self._alarm_states),
            activity=self._ask("activities", self._last_activity),
            load=self._ask("metrics", lambda: self._load(now)),
            pulse=self._ask("Pulse", lambda: self._last_pulse_note(now)),
            pulse_tasks=services.get(self._service.pulse or "", {}).get("runningCount"),
            event=max(_events(counts), key=lambda event: event.at, default=None),
        )

    def evidence(self, since: float) -> Evidence:
        """What the API has on record since an epoch second."""
        alarms = self._ask("alarms", self._alarms) or []
        adding = [alarm for alarm in alarms if _scales_out(alarm)]
        thresholds = [alarm["Threshold"] for alarm in adding if alarm.get("MetricName") == self._service.load_metric]
        return Evidence(
            scale_out_alarms=tuple(alarm["AlarmName"] for alarm in adding),
            load_threshold=min(thresholds, default=None),
            alarm_changes=tuple(self._ask("history", lambda: self._alarm_changes(since)) or ()),
            activities=tuple(self._ask("activities", lambda: self._activities(since)) or ()),
            tasks=tuple(self._ask("tasks", self._task_lives) or ()),
            policy_calls=tuple(self._ask("calls", lambda: self._policy_calls(since, adding)) or ()),
            count_changes=tuple(change for change in self._ask("counts", self._ledger) or () if change.at >= since),
            pulse=tuple(self._ask("Pulse", lambda: self._pulse_notes(since)) or ()),
            service_events=tuple(self._ask("events", lambda: self._service_events(since)) or ()),
        )

    def _ask(self, what: str, question: Callable[[], T]) -> T | None:
        """The answer, or None when there is none: a watcher outlives an API that restarts."""
        try:
            return question()
        except (ClientError, *NO_ANSWER, ApiUnavailableError) as error:
            logger.debug("no answer about %s: %s", what, error)
            return None

    def _services(self) -> dict[str, Mapping[str, Any]]:
        """The service and Pulse, by name, as far as they exist."""
        asked = [name for name in (self._service.service, self._service.pulse) if name]
        answer = self._ecs.describe_services(cluster=self._service.cluster, services=asked)
        return {service["serviceName"]: service for service in answer["services"]}

    def _service_events(self, since: float) -> list[ServiceEvent]:
        known = _events(self._services().get(self._service.service, {}))
        return sorted((event for event in known if event.at >= since), key=lambda event: event.at)

    def _healthy(self) -> int:
        if self._target_group_arn is None:
            groups = self._elb.describe_target_groups(Names=[self._service.target_group])["TargetGroups"]
            self._target_group_arn = groups[0]["TargetGroupArn"]
        health = self._elb.describe_target_health(TargetGroupArn=self._target_group_arn)["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in health)

    def _alarms(self) -> list[Mapping[str, Any]]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate()
        return [alarm for page in pages for alarm in page["MetricAlarms"]]

    def _alarm_states(self) -> dict[str, str]:
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in self._alarms()}

    def _last_activity(self) -> Activity | None:
        return next(self._newest_activities(page_size=1), None)

    def _activities(self, since: float) -> list[Activity]:
        recent = takewhile(lambda activity: activity.at >= since, self._newest_activities(page_size=50))
        return sorted(recent, key=lambda activity: activity.at)

    def _newest_activities(self, *, page_size: int) -> Iterator[Activity]:
        """Newest first; a page is asked for when it is needed, because AWS keeps those of six weeks."""
        pages = self._autoscaling.get_paginator("describe_scaling_activities").paginate(
            ServiceNamespace=names.SERVICE_NAMESPACE_ECS,
            ResourceId=self._service.resource_id,
            PaginationConfig={"PageSize": page_size},
        )
        for page in pages:
            yield from map(_activity, page["ScalingActivities"])

    def _load(self, now: float) -> Datapoint | None:
        end = (now // LOAD_PERIOD_SECONDS + 1) * LOAD_PERIOD_SECONDS
        answer = self._cloudwatch.get_metric_statistics(
            Namespace=self._service.namespace,
            MetricName=self._service.load_metric,
            StartTime=datetime.fromtimestamp(end - PERIODS_BACK * LOAD_PERIOD_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
            Period=LOAD_PERIOD_SECONDS,
            Statistics=["Average"],
        )
        points = [
            Datapoint(at=point["Timestamp"].timestamp(), value=point["Average"]) for point in answer["Datapoints"]
        ]
        return max(points, key=lambda point: point.at, default=None)

    def _last_pulse_note(self, now: float) -> PulseNote | None:
        """The newest decision; those before the last look need not be read again."""
        since = self._pulse_note.at if self._pulse_note else now - PULSE_SECONDS_BACK
        notes = self._pulse_notes(since)
        self._pulse_note = notes[-1] if notes else self._pulse_note
        return self._pulse_note

    def _pulse_notes(self, since: float) -> Sequence[PulseNote]:
        return self._pulse.notes(since) if self._pulse else ()

    def _alarm_changes(self, since: float) -> list[AlarmChange]:
        return [
            AlarmChange(
                at=item["Timestamp"].timestamp(),
                alarm=item["AlarmName"],
                state=json.loads(item["HistoryData"])["newState"]["stateValue"],
            )
            for item in self._alarm_history("StateUpdate", since)
        ]

    def _policy_calls(self, since: float, alarms: Iterable[Mapping[str, Any]]) -> list[PolicyCall]:
        """The calls of scaling policies by ``alarms``; notifications are actions too."""
        names_of_alarms = {alarm["AlarmName"] for alarm in alarms}
        return [
            PolicyCall(at=item["Timestamp"].timestamp(), alarm=item["AlarmName"])
            for item in self._alarm_history("Action", since)
            if item["AlarmName"] in names_of_alarms and ":scalingPolicy:" in item["HistoryData"]
        ]

    def _alarm_history(self, kind: str, since: float) -> Iterator[Mapping[str, Any]]:
        pages = self._cloudwatch.get_paginator("describe_alarm_history").paginate(
            HistoryItemType=kind,
            StartDate=datetime.fromtimestamp(since, UTC),
            ScanBy="TimestampAscending",
        )
        for page in pages:
            yield from page["AlarmHistoryItems"]

    def _task_lives(self) -> list[TaskLife]:
        pages = self._ecs.get_paginator("list_tasks").paginate(
            cluster=self._service.cluster, serviceName=self._service.service
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
        return [
            _task_life(task)
            for first in range(0, len(arns), TASKS_A_CALL)
            for task in self._ecs.describe_tasks(
                cluster=self._service.cluster, tasks=arns[first : first + TASKS_A_CALL]
            )["tasks"]
        ]


def _scales_out(alarm: Mapping[str, Any]) -> bool:
    """An alarm above a threshold that invokes a scaling policy; one below a threshold takes capacity away."""
    actions: Iterable[str] = alarm.get("AlarmActions", [])
    above = str(alarm.get("ComparisonOperator", "")).startswith("GreaterThan")
    return above and any(":scalingPolicy:" in action for action in actions)


def _events(service: Mapping[str, Any]) -> list[ServiceEvent]:
    """The newest hundred (ECS API reference, Service)."""
    return [
        ServiceEvent(at=event["createdAt"].timestamp(), message=event["message"]) for event in service.get("events", [])
    ]


def _activity(item: Mapping[str, Any]) -> Activity:
    """Application Auto Scaling has no field for the new count; its description says "Setting desired count to 8."."""
    found = re.search(r"desired count to (\d+)", item["Description"])
    return Activity(
        at=item["StartTime"].timestamp(),
        status=item["StatusCode"],
        description=item["Description"],
        cause=item["Cause"],
        desired=int(found[1]) if found else None,
    )


def _task_life(task: Mapping[str, Any]) -> TaskLife:
    created, started = task.get("createdAt"), task.get("startedAt")
    return TaskLife(
        task=task["taskArn"].rsplit("/", 1)[-1],
        created_at=created.timestamp() if created else None,
        started_at=started.timestamp() if started else None,
    )
