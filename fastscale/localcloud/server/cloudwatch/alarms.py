"""The alarms of one region, their states and their history; nothing here evaluates an alarm.

Time is an argument, in epoch seconds. Shapes and rules:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

from __future__ import annotations

import copy
import json
import threading
from collections import deque
from collections.abc import Iterable

from fastscale.localcloud.server.cloudwatch.errors import InvalidFormat, ResourceNotFound, ValidationError
from fastscale.localcloud.server.shapes import Shape, pick

#: AWS keeps the history for 30 days; a bound keeps a long-running server small.
HISTORY_KEPT = 5000

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")

_SETTINGS = (
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
)
_DEFAULTS: Shape = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "Dimensions": [],
}
_STATE = ("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp")


class AlarmBook:
    """Metric alarms by name. ``arn_prefix`` is all of an alarm's ARN but its name."""

    def __init__(self, arn_prefix: str) -> None:
        self._arn_prefix = arn_prefix
        self._lock = threading.RLock()
        self._alarms: dict[str, Shape] = {}
        self._history: deque[Shape] = deque(maxlen=HISTORY_KEPT)

    def put(self, request: Shape, *, now: float) -> str:
        """PutMetricAlarm; returns the ARN. An alarm that is there keeps its state, a new one has INSUFFICIENT_DATA.

        Raises ValidationError with AWS's words for settings that exclude each other or a bad period.
        """
        _check(request)
        with self._lock:
            name = request["AlarmName"]
            present = self._alarms.get(name)
            state = pick(present, _STATE) if present else _initial_state(now)
            alarm = {
                **copy.deepcopy(_DEFAULTS),
                **pick(request, _SETTINGS),
                **state,
                "AlarmArn": self._arn_prefix + name,
                "AlarmConfigurationUpdatedTimestamp": now,
            }
            self._alarms[name] = alarm
            self._note_configuration(alarm, "Update" if present else "Create", now)
            return str(alarm["AlarmArn"])

    def delete(self, names: Iterable[str], *, now: float) -> None:
        """DeleteAlarms; a name that is not there is ignored. The history stays."""
        with self._lock:
            for name in names:
                alarm = self._alarms.pop(name, None)
                if alarm is not None:
                    self._note_configuration(alarm, "Delete", now)

    def set_state(self, name: str, value: str, reason: str, reason_data: str | None, *, now: float) -> None:
        """SetAlarmState: the transition time and the history move only when the value changes.

        Raises ResourceNotFound, ValidationError (an unknown state) or InvalidFormat (reason data that is not JSON).
        """
        if value not in STATES:
            raise ValidationError(
                f"1 validation error detected: Value '{value}' at 'stateValue' failed to satisfy constraint: "
                "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
            )
        _check_json(reason_data)
        with self._lock:
            alarm = self._alarms.get(name)
            if alarm is None:
                raise ResourceNotFound(f"Unknown alarm {name}")
            old = pick(alarm, _STATE)
            alarm.update(StateValue=value, StateReason=reason, StateReasonData=reason_data, StateUpdatedTimestamp=now)
            if value == old["StateValue"]:
                return
            alarm["StateTransitionedTimestamp"] = now
            data = {"version": "1.0", "oldState": _history_state(old), "newState": _history_state(alarm)}
            summary = f"Alarm updated from {old['StateValue']} to {value}"
            self._note(name, "StateUpdate", summary, data, now)

    def enable_actions(self, names: Iterable[str], *, enabled: bool, now: float) -> None:
        """EnableAlarmActions and DisableAlarmActions."""
        with self._lock:
            for name in names:
                alarm = self._alarms.get(name)
                if alarm is not None and alarm["ActionsEnabled"] != enabled:
                    alarm.update(ActionsEnabled=enabled, AlarmConfigurationUpdatedTimestamp=now)
                    self._note_configuration(alarm, "Update", now)

    def record(self, item: Shape) -> None:
        """Add a history item that another part reports, for example of an action; needs AWS's members."""
        with self._lock:
            self._history.appendleft({"AlarmType": "MetricAlarm", **item})

    def all(self) -> list[Shape]:
        """Copies of all alarms, by name as AWS lists them."""
        with self._lock:
            return [copy.deepcopy(self._alarms[name]) for name in sorted(self._alarms)]

    def get(self, name: str) -> Shape | None:
        """A copy of the alarm, None when there is none of that name."""
        with self._lock:
            return copy.deepcopy(self._alarms.get(name))

    def history(self) -> list[Shape]:
        """All history items, newest first."""
        with self._lock:
            return sorted(self._history, key=lambda item: float(item["Timestamp"]), reverse=True)

    def _note_configuration(self, alarm: Shape, kind: str, now: float) -> None:
        name = alarm["AlarmName"]
        done = {"Create": "created", "Update": "updated", "Delete": "deleted"}[kind]
        data = {"version": "1.0", "type": kind, f"{done}Alarm": _configuration(alarm)}
        self._note(name, "ConfigurationUpdate", f'Alarm "{name}" {done}', data, now)

    def _note(self, name: str, kind: str, summary: str, data: Shape, now: float) -> None:
        text = json.dumps(data, separators=(",", ":"))
        item = {"AlarmName": name, "HistoryItemType": kind, "HistorySummary": summary, "HistoryData": text}
        self.record({**item, "Timestamp": now})


def _initial_state(now: float) -> Shape:
    return {
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
    }


def _history_state(alarm: Shape) -> Shape:
    state: Shape = {"stateValue": alarm["StateValue"], "stateReason": alarm["StateReason"]}
    if alarm.get("StateReasonData"):
        state["stateReasonData"] = json.loads(alarm["StateReasonData"])
    return state


def _configuration(alarm: Shape) -> Shape:
    """The settings with AWS's spelling in history data: the members' names start with a small letter."""
    return {name[0].lower() + name[1:]: value for name, value in pick(alarm, _SETTINGS).items()}


def _check(request: Shape) -> None:
    if request.get("Metrics"):
        if request.get("MetricName"):
            raise ValidationError("Metrics and MetricName are mutually exclusive")
    elif not request.get("MetricName") or not request.get("Namespace"):
        raise ValidationError("Either MetricName and Namespace or Metrics must be specified")
    elif bool(request.get("Statistic")) == bool(request.get("ExtendedStatistic")):
        raise ValidationError("Exactly one of Statistic and ExtendedStatistic must be specified")
    else:
        check_period(request.get("Period"))
    points, periods = request.get("DatapointsToAlarm"), request.get("EvaluationPeriods")
    if points is not None and periods is not None and points > periods:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods")


def check_period(period_seconds: int | None) -> None:
    """Raise ValidationError unless the period is one that alarms may have: 10, 20, 30 or a multiple of 60."""
    if period_seconds is None:
        raise ValidationError("The parameter Period is required.")
    if period_seconds not in (10, 20, 30) and (period_seconds <= 0 or period_seconds % 60):
        raise ValidationError(f"Invalid Period {period_seconds}: it must be 10, 20, 30, or a multiple of 60")


def _check_json(reason_data: str | None) -> None:
    if reason_data is None:
        return
    try:
        json.loads(reason_data)
    except ValueError:
        raise InvalidFormat("StateReasonData was not valid JSON") from None
