"""The StateReason and StateReasonData of an alarm, worded as CloudWatch words them.

AWS does not document the wording. It is taken from notifications that CloudWatch sent, for example: "Threshold Crossed:
1 out of the last 1 datapoints [2.0 (10/10/23 06:40:00)] was greater than or equal to the threshold (0.0) (minimum 1
datapoint for OK -> ALARM transition).", or, for an alarm without DatapointsToAlarm, "Threshold Crossed: 1 datapoint
[0.0 (19/08/26 09:48:00)] was not greater than the threshold (0.0)." Values stand newest first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from fastscale.decide.comparison import BREACHES
from fastscale.decide.observation import AlarmState
from fastscale.plan import Alarm, Comparison, MissingData

#: From this many crossing datapoints on, CloudWatch lists the newest five in a sentence of their own.
_LISTED = 5

_WORDS = {
    Comparison.GREATER_OR_EQUAL: "greater than or equal to",
    Comparison.GREATER: "greater than",
    Comparison.LESS: "less than",
    Comparison.LESS_OR_EQUAL: "less than or equal to",
}
_FILLED_AS = {MissingData.BREACHING: "Breaching", MissingData.NOT_BREACHING: "NonBreaching"}

#: (value, start of its period in epoch seconds)
_Timed = tuple[float, float]


def text(alarm: Alarm, state: AlarmState, datapoints: Sequence[float | None], end: float) -> str:
    """The StateReason of an alarm that is in ``state`` because of ``datapoints``, the last of which ends at ``end``."""
    real = _newest_first(alarm, datapoints, end)
    if state is AlarmState.INSUFFICIENT_DATA:
        missing = alarm.evaluation_periods - len(real)
        return f"Insufficient Data: {_datapoints(missing)} {_was(missing)} unknown."
    breaches = BREACHES[alarm.comparison]
    crossing = [timed for timed in real if breaches(timed[0], alarm.threshold) == (state is AlarmState.ALARM)]
    filled = _fill_clause(alarm, len(real))
    if crossing:
        return f"Threshold Crossed: {_crossing_clause(alarm, state, crossing, filled)}."
    received = _datapoints(len(real)) if real else "no datapoints"
    periods = _count(alarm.evaluation_periods, "period")
    return f"Threshold Crossed: {received} {_was(len(real))} received for {periods}{filled}."


def data(alarm: Alarm, datapoints: Sequence[float | None], end: float, now: float) -> str:
    """The StateReasonData, JSON: what was asked when, and the datapoints that counted."""
    real = _newest_first(alarm, datapoints, end)
    document: dict[str, object] = {"version": "1.0", "queryDate": _iso(now)}
    if real:
        document["startDate"] = _iso(real[-1][1])
    if alarm.metric is not None:
        document["statistic"] = alarm.metric.statistic
    document["period"] = alarm.period
    document["recentDatapoints"] = [value for value, _ in reversed(real)]
    document["threshold"] = alarm.threshold
    document["evaluatedDatapoints"] = [{"timestamp": _iso(start), "value": value} for value, start in real]
    return json.dumps(document)


def _newest_first(alarm: Alarm, datapoints: Sequence[float | None], end: float) -> list[_Timed]:
    """The real datapoints that count, with the start of their periods."""
    slots = enumerate(reversed(datapoints), start=1)
    return [(value, end - age * alarm.period) for age, value in slots if value is not None][: alarm.evaluation_periods]


def _crossing_clause(alarm: Alarm, state: AlarmState, crossing: list[_Timed], filled: str) -> str:
    count = len(crossing)
    listed = ", ".join(_timed_text(timed) for timed in crossing[:_LISTED])
    crosses = _WORDS[alarm.comparison] if state is AlarmState.ALARM else f"not {_WORDS[alarm.comparison]}"
    relation = f"{crosses} the threshold ({float(alarm.threshold)})"
    of_last = alarm.datapoints_to_alarm is not None
    subject = f"{count} out of the last {alarm.evaluation_periods} datapoints" if of_last else _datapoints(count)
    minimum = f" ({_minimum_clause(alarm, state)})" if of_last else ""
    if count < _LISTED:
        return f"{subject} [{listed}] {_was(count)} {relation}{filled}{minimum}"
    return (
        f"{subject} were {relation}{filled}. "
        f"The most recent datapoints which crossed the threshold: [{listed}]{minimum}"
    )


def _minimum_clause(alarm: Alarm, state: AlarmState) -> str:
    if state is AlarmState.ALARM:
        return f"minimum {_datapoints(alarm.datapoints_needed)} for OK -> ALARM transition"
    needed = alarm.evaluation_periods - alarm.datapoints_needed + 1
    return f"minimum {_datapoints(needed)} for ALARM -> OK transition"


def _fill_clause(alarm: Alarm, real: int) -> str:
    missing = alarm.evaluation_periods - real
    treated = _FILLED_AS.get(alarm.missing_data)
    if not missing or treated is None:
        return ""
    return f" and {_count(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]"


def _timed_text(timed: _Timed) -> str:
    value, start = timed
    return f"{float(value)} ({datetime.fromtimestamp(start, UTC):%d/%m/%y %H:%M:%S})"


def _iso(timestamp: float) -> str:
    moment = datetime.fromtimestamp(timestamp, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _datapoints(count: int) -> str:
    return _count(count, "datapoint")


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
