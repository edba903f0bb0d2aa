"""One call of an AWS API at its pace, with one kind of failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from fastscale.aws.pace import Pace
from fastscale.errors import FastscaleError
from fastscale.ports import Clock


class ApiError(FastscaleError):
    """AWS did not answer, or said no; the line names the operation and the cause."""


class NotNowError(ApiError):
    """The call was not made: its share of the quota is used up, or the API refused lately."""


class Calls:
    """Makes calls for one or more threads; the clients are told not to retry, because a pace does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def make(self, pace: Pace, operation: Callable[..., Any], **arguments: Any) -> Any:
        """The answer of ``operation``. Raises ApiError, and NotNowError when the pace allows no call now."""
        if not pace.take(self._clock.monotonic()):
            raise NotNowError(f"{_name(operation)}: its share of the quota is used up, or it refused lately")
        try:
            answer = operation(**arguments)
        except (ClientError, BotoCoreError) as error:
            pace.refused(self._clock.monotonic())
            raise ApiError(f"{_name(operation)}: {error}") from error
        pace.worked()
        return answer


def _name(operation: Callable[..., Any]) -> str:
    return getattr(operation, "__name__", "an AWS call")
