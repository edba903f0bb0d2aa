"""EventBridge Scheduler: calls the AWS API when a schedule is due.

The local cloud plays universal targets of Application Auto Scaling and ECS, which is what scaling needs; other targets
are named in the log and left alone. A call that the service refuses is said and not repeated.
EventBridge Scheduler user guide, "Using universal targets" and "Schedule types".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from threading import Event
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from fastscale.aws.shapes import epoch
from fastscale.decide.schedule import next_fire
from fastscale.errors import ExpressionError
from fastscale.localcloud.backstage import api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles

#: Schedules are due within the minute: a look every few seconds runs them in time.
POLL_SECONDS = 5.0

_UNIVERSAL = re.compile(r"arn:[\w-]+:scheduler:::aws-sdk:(?P<service>\w+):(?P<action>\w+)")

Shape = dict[str, Any]


class EventSchedulerLoop:
    """Calls the targets of schedules that are due. ``clients`` are by the service's name in a universal target."""

    def __init__(self, *, scheduler: Any, clients: Mapping[str, Any], say: Say) -> None:
        self._scheduler = scheduler
        self._clients = clients
        self._say = say
        self._patience = Patience(say)
        #: Until when each schedule, by ARN and expression, has been dealt with: a changed one begins anew.
        self._done_until: dict[tuple[str, str], float] = {}
        self._senseless: set[tuple[str, str]] = set()

    def run(self, stop: Event) -> None:
        """Call targets until ``stop`` is set."""
        run_cycles(self.tick, stop, name="events", period_seconds=POLL_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """Call the targets that are due at ``now`` (seconds since 1970)."""
        if self._patience.attempt(self._look, now):
            self._patience.worked(now)

    @api_errors()
    def _look(self, now: float) -> None:
        for page in self._scheduler.get_paginator("list_schedules").paginate(State="ENABLED"):
            for found in page["Schedules"]:
                schedule = self._scheduler.get_schedule(Name=found["Name"], GroupName=found["GroupName"])
                self._run(schedule, now)

    def _run(self, schedule: Shape, now: float) -> None:
        key = (schedule["Arn"], schedule["ScheduleExpression"])
        if key in self._senseless:
            return
        try:
            due = _next(schedule, self._done_until.setdefault(key, now))
        except ExpressionError as error:
            self._say(f"schedule {schedule['Name']} never runs: {error}")
            self._senseless.add(key)
            return
        if due is None or due > now:
            return
        self._call(schedule)
        self._done_until[key] = now
        if schedule.get("ActionAfterCompletion") == "DELETE" and _next(schedule, now) is None:
            self._scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])

    def _call(self, schedule: Shape) -> None:
        name, target = schedule["Name"], schedule["Target"]
        wanted = _UNIVERSAL.fullmatch(target["Arn"])
        client = self._clients.get(wanted["service"]) if wanted else None
        if wanted is None or client is None:
            self._say(f"schedule {name}: the local cloud does not call {target['Arn']}")
            return
        method = xform_name(wanted["action"])
        if method not in client.meta.method_to_api_mapping:
            self._say(f"schedule {name}: {wanted['service']} has no action {wanted['action']}")
            return
        try:
            getattr(client, method)(**_arguments(client, method, target.get("Input") or "{}"))
        except (ClientError, ParamValidationError, ValueError) as error:
            self._say(f"schedule {name}: {wanted['action']} was refused: {error}")
            return
        self._say(f"schedule {name}: called {wanted['service']}:{wanted['action']}")


def _next(schedule: Shape, after: float) -> float | None:
    """When the schedule is due next; its start and end bound those that repeat."""
    start, end = epoch(schedule.get("StartDate")), epoch(schedule.get("EndDate"))
    expression, zone = schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone") or "UTC"
    if expression.startswith("at("):
        return next_fire(expression, after, zone)
    created = epoch(schedule["CreationDate"]) or after
    due = next_fire(expression, max(after, start or after), zone, start or created)
    return None if due is None or (end is not None and due > end) else due


def _arguments(client: Any, method: str, text: str) -> Shape:
    """Parameters from a target's input, which spells all with capitals; the API's own names may not (ECS)."""
    operation = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    names = {name.lower(): name for name in operation.input_shape.members}
    return {names.get(name.lower(), name): value for name, value in json.loads(text).items()}
