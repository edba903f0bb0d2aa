"""CloudWatch's part: evaluates every metric alarm on its cadence, sets its state and invokes its actions.

It reads alarms and datapoints through the AWS API and writes states through it (SetAlarmState), so that any client
sees what this loop saw. The decision itself is :func:`fastscale.decide.alarm.evaluate`. Actions are carried out after
the round that called for them (:mod:`fastscale.localcloud.alarm_actions`): an invoked Auto Scaling action becomes an
Action item of the alarm's history, which is where Application Auto Scaling's part
(:mod:`fastscale.localcloud.scaling`) finds it.
"""

from __future__ import annotations

import logging
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from typing import Any

from fastscale.aws import shapes
from fastscale.decide import alarm as decide
from fastscale.decide.observation import AlarmState
from fastscale.localcloud.alarm_actions import Actions, called
from fastscale.localcloud.backstage import Backstage, api_errors
from fastscale.localcloud.cycle import Patience, Say, run_cycles
from fastscale.localcloud.datapoints import fetch
from fastscale.plan import Alarm
from fastscale.series import floor_time

logger = logging.getLogger(__name__)

#: How often the loop looks whether an evaluation is due, in seconds.
POLL_SECONDS = 0.25
#: DescribeAlarms answers at most this many alarms a page (CloudWatch API reference).
PAGE_SIZE = 100
#: The cloud's own metric: milliseconds from asking for an alarm's datapoints to its new state being set, that is
#: GetMetricData (all of the call that it shares with other alarms), the decision, and SetAlarmState when the state
#: changed. Listing the alarms before a round and carrying out actions after it are no part of it. Sent once a minute.
OWN_NAMESPACE = "FastScaling/LocalCloud"
EVALUATION_TIME = "AlarmEvaluationTime"
#: PutMetricData takes at most this many values a metric (CloudWatch API reference).
MAX_VALUES = 150
#: An evaluation that takes longer than this is logged with its time: the loop is to stay out of the way of all others.
SLOW_EVALUATION_MS = 50.0

ACTIONS = {
    AlarmState.ALARM: "AlarmActions",
    AlarmState.OK: "OKActions",
    AlarmState.INSUFFICIENT_DATA: "InsufficientDataActions",
}


@dataclass(frozen=True)
class _Described:
    """An alarm as DescribeAlarms shows it."""

    alarm: Alarm
    state: AlarmState
    transitioned_at: float | None
    shape: dict[str, Any]

    def actions(self, state: AlarmState) -> list[str]:
        """The ARNs to invoke in ``state``."""
        return list(self.shape.get(ACTIONS[state]) or ()) if self.shape.get("ActionsEnabled", True) else []


class AlarmLoop:
    """Evaluates the alarms of one account and Region.

    ``settle_seconds``: a period is evaluated this long after it ended, as long as a datapoint needs to become visible
    and a little more, so that the period is complete.
    """

    def __init__(self, *, cloudwatch: Any, sns: Any, backstage: Backstage, say: Say, settle_seconds: float) -> None:
        self._cloudwatch = cloudwatch
        self._actions = Actions(sns=sns, backstage=backstage, say=say)
        self._say = say
        self._settle_seconds = settle_seconds
        self._patience = Patience(say)
        self._memories: dict[str, decide.AlarmMemory] = {}
        self._evaluated_until = -math.inf
        self._took_ms: list[float] = []

    def run(self, stop: Event) -> None:
        """Evaluate until ``stop`` is set."""
        self._patience.attempt(self._warm_up, time.time())
        run_cycles(self.tick, stop, name="alarms", period_seconds=POLL_SECONDS, say=self._say)

    def tick(self, now: float) -> None:
        """Evaluate, once after the end of each 10 s, the alarms that are due at ``now`` (seconds since 1970)."""
        until = floor_time(now - self._settle_seconds, decide.HIGH_RESOLUTION_CADENCE_SECONDS)
        if until <= self._evaluated_until or not self._patience.attempt(lambda _: self._round(until, now), now):
            return
        self._patience.worked(now)
        self._evaluated_until = until

    def _warm_up(self, now: float) -> None:
        """Make each call of an evaluation once, for nothing: client and server load what it needs, 20 ms and more."""
        metric = {"Namespace": OWN_NAMESPACE, "MetricName": EVALUATION_TIME}
        query = {"Id": "own", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
        with api_errors(), suppress(self._cloudwatch.exceptions.ResourceNotFound):
            self._cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=now - 60, EndTime=now)
            self._cloudwatch.set_alarm_state(AlarmName=OWN_NAMESPACE, StateValue="OK", StateReason="No such alarm.")

    @api_errors()
    def _round(self, until: float, now: float) -> None:
        began = time.monotonic()
        self._actions.carry_out(now)  # what a round called for that was cut short
        due = [described for described in self._describe() if self._is_due(described.alarm, until)]
        for group in _asked_together(due):
            asked_at = time.monotonic()
            longest = max((described.alarm for described in group), key=decide.evaluation_range)
            window = decide.window(longest, until)
            datapoints = fetch(self._cloudwatch, [described.alarm for described in group], window)
            answered_at = time.monotonic()
            for described in group:
                started = time.monotonic()
                newest = datapoints[described.alarm.name][-decide.evaluation_range(described.alarm) :]
                self._evaluate(described, newest, until)
                self._took((answered_at - asked_at) * 1000, (time.monotonic() - started) * 1000, described, now)
        self._actions.carry_out(now + time.monotonic() - began)  # the new states are older than what they call
        if until % decide.STANDARD_CADENCE_SECONDS == 0:
            self._publish_times()

    def _took(self, asking_ms: float, deciding_ms: float, described: _Described, now: float) -> None:
        took_ms = asking_ms + deciding_ms
        self._took_ms.append(took_ms)
        if took_ms > SLOW_EVALUATION_MS:
            clock = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
            logger.warning(
                "the evaluation of %s at %s took %.0f ms, %.0f ms of it for its datapoints",
                described.alarm.name,
                clock,
                took_ms,
                asking_ms,
            )

    def _publish_times(self) -> None:
        for first in range(0, len(self._took_ms), MAX_VALUES):
            values = self._took_ms[first : first + MAX_VALUES]
            datum = {"MetricName": EVALUATION_TIME, "Unit": "Milliseconds", "Values": values}
            self._cloudwatch.put_metric_data(Namespace=OWN_NAMESPACE, MetricData=[datum])
        self._took_ms.clear()

    def _is_due(self, alarm: Alarm, until: float) -> bool:
        """By its cadence; a minute that passed while the API was away is made up for."""
        return floor_time(until, decide.cadence_seconds(alarm)) > self._evaluated_until

    def _describe(self) -> Iterator[_Described]:
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(
            AlarmTypes=["MetricAlarm"], PaginationConfig={"PageSize": PAGE_SIZE}
        )
        for page in pages:
            for shape in page["MetricAlarms"]:
                yield _Described(
                    alarm=shapes.alarm(shape),
                    state=AlarmState(shape["StateValue"]),
                    transitioned_at=shapes.epoch(shape.get("StateTransitionedTimestamp")),
                    shape=shape,
                )

    def _evaluate(self, described: _Described, datapoints: list[float | None], until: float) -> None:
        """The state is the one that the API shows, so that what a client set by SetAlarmState is what we start from."""
        alarm = described.alarm
        remembered = self._memories.get(alarm.name)
        acted_at = (
            remembered.acted_at if remembered and remembered.state is described.state else described.transitioned_at
        )
        proposal, memory = decide.evaluate(alarm, datapoints, decide.AlarmMemory(described.state, acted_at), until)
        self._memories[alarm.name] = memory
        if proposal.changed:
            self._set_state(alarm, proposal)
        self._actions.add(called(described.actions(proposal.state), proposal))

    def _set_state(self, alarm: Alarm, proposal: decide.AlarmProposal) -> None:
        self._cloudwatch.set_alarm_state(
            AlarmName=alarm.name,
            StateValue=proposal.state,
            StateReason=proposal.reason,
            StateReasonData=proposal.reason_data,
        )
        self._say(f"{alarm.name}: {proposal.previous} -> {proposal.state}. {proposal.reason}")


def _asked_together(due: Iterable[_Described]) -> Iterable[list[_Described]]:
    """The alarms by the calls that ask for their datapoints: one for all of a period, which end at the same time.

    An alarm on metric math has a call of its own, over its own window, which its functions may look at as a whole.
    """
    groups: dict[tuple[int, str | None], list[_Described]] = defaultdict(list)
    for described in due:
        alarm = described.alarm
        groups[alarm.period, alarm.name if alarm.metric is None else None].append(described)
    return groups.values()
