"""What alarms call when they act: scaling policies and topics.

CloudWatch evaluates; Application Auto Scaling and SNS carry out. So here: a round evaluates all of its alarms, and what
they called for is carried out after it, policies first, so that no alarm waits for the e-mail of another one.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from fastscale.decide.alarm import AlarmProposal
from fastscale.localcloud.backstage import Backstage, api_errors
from fastscale.localcloud.cycle import Say

#: What SNS answers when a notification can never be delivered (SNS API reference, Publish); anything else may pass.
LOST = ("NotFound", "NotFoundException", "InvalidParameter", "AuthorizationError")


@dataclass(frozen=True)
class Action:
    """One call of ``arn``, a scaling policy or a topic, by an alarm whose evaluation ended in ``proposal``."""

    arn: str
    proposal: AlarmProposal

    @property
    def scales(self) -> bool:
        """Whether it calls a scaling policy."""
        return ":scalingPolicy:" in self.arn

    @property
    def notifies(self) -> bool:
        """Whether it tells a topic."""
        return ":sns:" in self.arn


def called(arns: Iterable[str], proposal: AlarmProposal) -> list[Action]:
    """Those of the actions ``arns`` that ``proposal`` calls: topics at a change of state, policies when it acts."""
    actions = [Action(arn, proposal) for arn in arns]
    return [action for action in actions if (action.scales and proposal.act) or (action.notifies and proposal.changed)]


class Actions:
    """The actions that were called and are still to be carried out; none is lost while the API is away."""

    def __init__(self, *, sns: Any, backstage: Backstage, say: Say) -> None:
        self._sns = sns
        self._backstage = backstage
        self._say = say
        self._waiting: deque[Action] = deque()

    def add(self, actions: Iterable[Action]) -> None:
        """Carry these out, too, when it is time."""
        self._waiting.extend(actions)

    def carry_out(self, now: float) -> None:
        """Carry out what waits, at ``now`` (epoch seconds). Raises ApiUnavailableError; then the rest waits on."""
        self._waiting = deque(sorted(self._waiting, key=lambda action: not action.scales))
        while self._waiting:
            if self._waiting[0].scales:
                self._scale(self._waiting[0], now)
            else:
                self._notify(self._waiting[0])
            self._waiting.popleft()

    def _scale(self, action: Action, now: float) -> None:
        """An Action item in the alarm's history, as CloudWatch writes them."""
        data = {
            "actionState": "Succeeded",
            "notificationResource": action.arn,
            "evaluatedUntil": action.proposal.now,
        }
        item = {
            "AlarmName": action.proposal.alarm.name,
            "HistoryItemType": "Action",
            "HistorySummary": f"Successfully executed action {action.arn}",
            "HistoryData": json.dumps(data),
            "Timestamp": now,
        }
        self._backstage.post("/cloudwatch/history", item)

    def _notify(self, action: Action) -> None:
        proposal = action.proposal
        message = {
            "AlarmName": proposal.alarm.name,
            "AlarmDescription": proposal.alarm.description,
            "OldStateValue": proposal.previous,
            "NewStateValue": proposal.state,
            "NewStateReason": proposal.reason,
        }
        subject = f'{proposal.state}: "{proposal.alarm.name}"'
        try:
            with api_errors(ignore=LOST):
                self._sns.publish(TopicArn=action.arn, Subject=subject, Message=json.dumps(message))
        except ClientError as error:
            self._say(f"{proposal.alarm.name}: failed to execute action {action.arn}: {error}")
