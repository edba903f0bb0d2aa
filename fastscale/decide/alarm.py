"""How CloudWatch evaluates a metric alarm, and when it invokes the alarm's actions.

Sources, under https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ : alarm-evaluation.html (states, M of N,
cadence), alarms-and-missing-data.html (evaluation range, fill rule, premature alarms), AlarmThatSendsEmail.html
(actions). What AWS does not publish is kept in :func:`evaluation_range` and :func:`window`, and marked "Model".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastscale.decide import alarm_reason
from fastscale.decide.comparison import BREACHES
from fastscale.decide.observation import AlarmState
from fastscale.plan import Alarm, MissingData
from fastscale.series import STANDARD_RESOLUTION_SECONDS, floor_time

#: Auto Scaling actions are invoked again this often while the state persists (PutMetricAlarm, "AlarmActions").
ACTION_REPEAT_SECONDS = 60
HIGH_RESOLUTION_CADENCE_SECONDS = 10
STANDARD_CADENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AlarmMemory:
    """What an alarm keeps between evaluations: its state, and when its actions were last invoked (epoch seconds).

    The default is a new alarm. One that is read back from DescribeAlarms has its StateValue and, as ``acted_at``, its
    StateTransitionedTimestamp.
    """

    state: AlarmState = AlarmState.INSUFFICIENT_DATA
    acted_at: float | None = None


@dataclass(frozen=True, slots=True)
class AlarmProposal:
    """The outcome of one evaluation.

    ``changed`` calls for the actions of every kind, ``act`` for the Auto Scaling actions of ``state``: on a transition
    and then once a minute while the state persists. ``evaluated`` holds the real datapoints that counted, oldest
    first; a step policy aggregates these.
    """

    alarm: Alarm
    state: AlarmState
    previous: AlarmState
    act: bool
    evaluated: Sequence[float]
    datapoints: Sequence[float | None]
    now: float

    @property
    def changed(self) -> bool:
        """Whether this evaluation is a state transition."""
        return self.state is not self.previous

    @property
    def reason(self) -> str:
        """StateReason, worded as CloudWatch words it."""
        return alarm_reason.text(self.alarm, self.state, self.datapoints, window(self.alarm, self.now)[1])

    @property
    def reason_data(self) -> str:
        """StateReasonData: the same as JSON, in CloudWatch's form."""
        return alarm_reason.data(self.alarm, self.datapoints, window(self.alarm, self.now)[1], self.now)


def cadence_seconds(alarm: Alarm) -> int:
    """Seconds between evaluations: 60, or 10 for an alarm with a period below a minute."""
    if alarm.period < STANDARD_RESOLUTION_SECONDS:
        return HIGH_RESOLUTION_CADENCE_SECONDS
    return STANDARD_CADENCE_SECONDS


def evaluation_range(alarm: Alarm) -> int:
    """How many datapoints CloudWatch looks at: more than EvaluationPeriods, so that late data still counts.

    Model: AWS publishes one number, 5 for 3 periods. Two more than N fits it, and fits a measured alarm of 1 x 900 s
    that kept its last datapoint for 46 minutes, three periods and one evaluation. Below a minute the range is taken to
    reach one minute further back.
    """
    if alarm.period < STANDARD_RESOLUTION_SECONDS:
        return alarm.evaluation_periods + STANDARD_RESOLUTION_SECONDS // alarm.period
    return alarm.evaluation_periods + 2


def window(alarm: Alarm, now: float) -> tuple[float, float]:
    """The time that an evaluation at ``now`` looks at, as (start, end) in epoch seconds.

    It holds :func:`evaluation_range` whole periods. Model: it ends at the last whole minute, so an alarm of 300 s
    slides every minute (StateReasons of such alarms show periods that begin at any minute); below a minute it ends at
    the last even division of the minute, because queries for high-resolution data begin there. To allow for the time
    that data takes to become visible, pass ``now`` less that time.
    """
    end = floor_time(now, min(alarm.period, STANDARD_RESOLUTION_SECONDS))
    return end - evaluation_range(alarm) * alarm.period, end


def evaluate(
    alarm: Alarm, datapoints: Sequence[float | None], memory: AlarmMemory, now: float
) -> tuple[AlarmProposal, AlarmMemory]:
    """Evaluate ``alarm`` on the datapoints of its :func:`window`, oldest first, None for a missing one.

    When at least EvaluationPeriods datapoints are real, the newest of them decide and TreatMissingData is ignored;
    otherwise all the real ones count and the rest is filled in.
    """
    periods = alarm.evaluation_periods
    real = [value for value in datapoints if value is not None][-periods:]
    breaches, threshold = BREACHES[alarm.comparison], alarm.threshold
    breaching = sum([breaches(value, threshold) for value in real])
    if len(real) < periods:
        state = _state_with_fill(alarm, datapoints, len(real), breaching, memory.state)
    else:
        state = AlarmState.ALARM if breaching >= alarm.datapoints_needed else AlarmState.OK
    return _proposal(alarm, state, real, datapoints, memory, now)


def _state_with_fill(
    alarm: Alarm, datapoints: Sequence[float | None], real: int, breaching: int, present: AlarmState
) -> AlarmState:
    """The state when fewer than EvaluationPeriods datapoints are real; ``breaching`` of the ``real`` ones breach."""
    fill = alarm.missing_data
    if fill is MissingData.BREACHING:
        breaching += alarm.evaluation_periods - real
    if breaching >= alarm.datapoints_needed:
        return AlarmState.ALARM
    if fill is MissingData.BREACHING or fill is MissingData.NOT_BREACHING or breaching < real:
        return AlarmState.OK
    if fill is MissingData.IGNORE:
        return present
    if real and _oldest_age(datapoints) >= alarm.datapoints_needed:
        return AlarmState.ALARM
    return AlarmState.INSUFFICIENT_DATA


def _oldest_age(datapoints: Sequence[float | None]) -> int:
    """The age of the oldest real datapoint in periods, 1 for the newest slot.

    When all real points breach but are fewer than M, CloudWatch waits, because the missing ones may be merely late. It
    stops waiting when the oldest of them is M periods old ("Avoiding premature transitions to alarm state").
    """
    return next(len(datapoints) - index for index, value in enumerate(datapoints) if value is not None)


def _proposal(
    alarm: Alarm,
    state: AlarmState,
    real: list[float],
    datapoints: Sequence[float | None],
    memory: AlarmMemory,
    now: float,
) -> tuple[AlarmProposal, AlarmMemory]:
    """The proposal for ``state`` with its actions; time counts in evaluations, so that a late loop skips no repeat."""
    cadence = cadence_seconds(alarm)
    tick = floor_time(now, cadence)
    previous, acted_at = memory.state, memory.acted_at
    changed = state is not previous
    act = changed or (acted_at is not None and tick - floor_time(acted_at, cadence) >= ACTION_REPEAT_SECONDS)
    proposal = AlarmProposal(alarm, state, previous, act, real, datapoints, now)
    return proposal, AlarmMemory(state, tick) if act else memory
